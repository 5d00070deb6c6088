"""Our magics in real kernels: a notebook behaves as it would without us, and a hit is never a lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, shared, write

__all__ = ["live", "project", "shared"]

# -- a live kernel by itself --------------------------------------------------------------------------------------


def test_a_hit_skips_the_body_and_shows_its_outputs_again(live: Callable[..., LiveKernel]):
    kernel = live()
    kernel.run("runs = []\n\ndef note():\n    import pathlib\n    pathlib.Path('runs.txt').open('a').write('x')")
    cell = "%%stage make\nprint('out')\nimport sys\nprint('err', file=sys.stderr)\nvalue = [1, 2]\nvalue"
    first, second = kernel.run(cell), kernel.run(cell)
    assert first.told.startswith("make: ran")
    assert second.told.startswith("make: restored v")
    assert "saved" in second.told
    assert [(o["output_type"], o.get("text")) for o in second.own[:2]] == [("stream", "out\n"), ("stream", "err\n")]
    assert second.own[2]["data"] == {"text/plain": "[1, 2]"}
    assert kernel.value("value") == [1, 2]


def test_a_fresh_kernel_hits_what_another_kept(live: Callable[..., LiveKernel]):
    cells = ["def double(x):\n    return 2 * x", "%%stage a\nimport math\nx = double(21)\n\ndef own():\n    return x"]
    for expected in ("a: ran", "a: restored"):
        kernel = live()
        kernel.run(cells[0])
        assert kernel.run(cells[1]).told.startswith(expected)
        assert kernel.value("[x, own(), math.floor(1.5)]") == [42, 42, 1]


def test_a_miss_names_what_changed(project: Path, live: Callable[..., LiveKernel]):
    (project / "helpers.py").write_text("def fit(x):\n    return x + 1\n")
    kernel = live()
    stage = "%%stage train\nmodel = fit(seed)"
    kernel.run("def fit(x):\n    return x + 1", "f")
    kernel.run("seed = 1", "s")
    assert kernel.run(stage, "t").told == "train: ran, because it has not run before"
    assert kernel.run(stage, "t").told.startswith("train: restored")
    kernel.run("def fit(x):\n    return x + 2", "f")
    assert kernel.run(stage, "t").told == "train: ran, because function fit changed"
    assert kernel.value("model") == 3


def test_errors_of_the_body_are_shown_once_and_as_always(live: Callable[..., LiveKernel]):
    kernel = live()
    reply = kernel.run("%%stage bad\nx = 1\n1 / 0")
    assert (reply.status, reply.ename) == ("error", "ZeroDivisionError")
    assert reply.kinds() == ["error"]
    assert "line 3" in reply.text
    assert "jupyter_mlpipe" not in reply.text
    assert kernel.value("x") == 1
    assert kernel.run("%%stage bad\nx = 1\n1 / 0").status == "error", "a failed stage is not kept"


@pytest.mark.parametrize(
    ("cell", "code", "text"),
    [
        ("%%stage train --gpu 1\nx = 1", "MP101", "--gpus"),
        ("%%stage\nx = 1", "MP101", "NAME"),
        ("%%stage a\n%%stage b\nx = 1", "MP101", "two stage lines"),
        ("%%stage a --timeout soon\nx = 1", "MP101", "duration"),
        ("%pipeline", "MP101", "NAME"),
        ("%stage_inputs nowhere", "MP110", "nowhere"),
    ],
)
def test_errors_of_a_line_are_one_message(shared: LiveKernel, cell: str, code: str, text: str):
    reply = shared.run(cell)
    assert reply.status == "error"
    assert reply.kinds() == ["error"]
    assert code in reply.text
    assert text in reply.text
    assert "Traceback" not in reply.text
    assert ".py" not in reply.text


@pytest.mark.parametrize(
    ("cell", "name", "value"),
    [
        ("%%stage s1\nimport asyncio\nawait asyncio.sleep(0)\nr1 = 1", "r1", 1),
        ("%%stage s2\n%%time\nr2 = 2", "r2", 2),
        ("%%time\n%%stage s3\nr3 = 3", "r3", 3),
        ("# a comment\n\n%%stage s4\nr4 = 4", "r4", 4),
        ("%%mlstage s5\nr5 = 5", "r5", 5),
        ("%%stage s6\nr6 = !echo 6", "r6[0]", "6"),
        ("%%stage s7\n%matplotlib inline\nr7 = 7", "r7", 7),
        ("%%capture seen\n%%stage s8\nr8 = 8", "r8", 8),
        ("%%stage s9 --owner a@b --memory 1GB\nif True:\n    r9 = 9", "r9", 9),
    ],
)
def test_ipythons_syntax_works_around_a_stage(shared: LiveKernel, cell: str, name: str, value: object):
    reply = shared.run(cell)
    assert reply.status == "ok", reply
    assert shared.value(name) == value


def test_awaiting_stages_are_restored_too(shared: LiveKernel):
    cell = "%%stage waiting\nimport asyncio\nawait asyncio.sleep(0)\nw = 1\nw"
    shared.run(cell)
    reply = shared.run(cell)
    assert reply.told.startswith("waiting: restored")
    assert reply.kinds() == ["execute_result"]


def test_a_trailing_semicolon_hides_the_value_live_and_restored(shared: LiveKernel):
    cell = "%%stage quiet\nq = 1\nq;"
    assert shared.run(cell).own == []
    again = shared.run(cell)
    assert again.told.startswith("quiet: restored")
    assert again.own == []


def test_a_syntax_error_is_shown_once(shared: LiveKernel):
    reply = shared.run("%%stage broken\nx = = 1")
    assert reply.ename == "SyntaxError"
    assert reply.kinds() == ["error"]


def test_no_cache_runs_each_time(shared: LiveKernel):
    cell = "%%stage each --no-cache\ne = 1"
    shared.run(cell)
    assert shared.run(cell).told == "each: ran, because --no-cache"


def test_a_stage_with_a_gate_that_does_not_hold_stops_the_queue(shared: LiveKernel):
    reply = shared.run("%%stage judged --gate 'auc >= 0.9'\nauc = 0.5")
    assert (reply.status, reply.ename) == ("error", "GateRefusedError")
    assert "MP501" in reply.text
    assert shared.value("auc") == 0.5


# -- never a lie --------------------------------------------------------------------------------------------------


def test_a_rebound_constant_is_bound_again_in_the_result(live: Callable[..., LiveKernel]):
    """Rebinding a name to the very same object is still the stage's output."""
    for _ in range(2):
        kernel = live()
        kernel.run("n = 5")
        reply = kernel.run("%%stage a\nn = 5\nm = n + 1")
        assert kernel.value("[n, m]") == [5, 6]
    assert reply.told.startswith("a: restored")


def test_stale_values_are_not_seen(live: Callable[..., LiveKernel]):
    kernel = live()
    kernel.run("%%stage a\nresult = 1")
    reply = kernel.run("%%stage a\nif 'result' not in dir():\n    result = 2")
    assert kernel.value("result") == 2, reply.text


def test_a_definition_from_below_is_not_kept_as_if_from_above(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(
        project / "n.ipynb", "def f():\n    return 1", "%%stage a\nx = f()", "def f():\n    return 2", "print(x)"
    )
    kernel = live(notebook)
    kernel.all()
    again = kernel.cell("c1")
    assert "not kept" in again.told
    assert "`f`" in again.told
    assert kernel.value("x") == 2
    kernel.cell("c0")
    assert kernel.cell("c1").told.startswith("a: restored")
    assert kernel.value("x") == 1


def test_a_name_that_no_cell_makes_is_not_kept(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(project / "n.ipynb", "%%stage a\nx = later() + 1", "def later():\n    return 1", "print(x)")
    kernel = live(notebook)
    kernel.cell("c1")
    reply = kernel.cell("c0")
    assert "`later`, which no cell above makes" in reply.told


def test_changed_input_is_a_miss_and_its_column_is_named(live: Callable[..., LiveKernel]):
    kernel = live()
    kernel.run("import pandas as pd")
    kernel.run("%%stage load\nframe = pd.DataFrame({'a': [1], 'b': [2]})", "l")
    kernel.run("%%stage use\ntotal = int(frame.sum().sum())", "u")
    kernel.run("frame.loc[0, 'b'] = 5", "e")
    assert kernel.run("%%stage use\ntotal = int(frame.sum().sum())", "u").told == (
        "use: ran, because column b of frame changed"
    )
    assert kernel.value("total") == 6


def test_draws_are_those_of_a_run_however_often_a_stage_runs(live: Callable[..., LiveKernel]):
    kernel = live()
    kernel.run("import random\nrandom.seed(7)", "s")
    first = kernel.run("%%stage a --no-cache\nx = random.random()\nprint(x)", "a")
    second = kernel.run("%%stage a --no-cache\nx = random.random()\nprint(x)", "a")
    assert first.own == second.own


def test_a_file_that_the_stage_read_is_an_input(project: Path, live: Callable[..., LiveKernel]):
    (project / "data.txt").write_text("one")
    cell = "%%stage a\ntext = open('data.txt').read()"
    kernel = live()
    kernel.run(cell)
    assert kernel.run(cell).told.startswith("a: restored")
    (project / "data.txt").write_text("two")
    assert kernel.run(cell).told == "a: ran, because file data.txt changed"
    assert kernel.value("text") == "two"


def test_a_stage_over_two_cells_is_kept_as_one(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(
        project / "n.ipynb", "%%stage a\nx = 1\nprint('one')", "%%stage a\ny = x + 1\nprint('two')", "print(y)"
    )
    first = live(notebook).all()
    assert first["c0"].told == ""
    assert first["c1"].told.startswith("a: ran")
    again = live(notebook)
    second = again.all()
    assert second["c0"].told.startswith("a: restored")
    assert second["c0"].own[0]["text"] == "one\n"
    assert second["c1"].own[0]["text"] == "two\n"
    assert second["c2"].text == "2\n"


def test_a_cell_run_between_keeps_a_split_stage_from_being_kept(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(project / "n.ipynb", "%%stage a\nx = 1", "%%stage a\ny = x + 1", "print(y)")
    kernel = live(notebook)
    kernel.cell("c0")
    kernel.run("x = 10", "scratch")
    assert "another cell ran between" in kernel.cell("c1").told
    assert kernel.value("y") == 11


# -- the other magics ---------------------------------------------------------------------------------------------


def test_stages_are_listed_with_state_version_and_age(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(project / "n.ipynb", "%pipeline demo", "%%stage a\nx = 1", "%%stage b\ny = x", "print(y)")
    kernel = live(notebook)
    kernel.cell("c0")
    kernel.cell("c1")
    (table,) = kernel.run("%stages").own
    rows = [line.split() for line in table["data"]["text/plain"].splitlines()]
    assert rows[0][:2] == ["stage", "state"]
    assert rows[1][:2] == ["a", "stored"]
    assert rows[1][2].startswith("v")
    assert rows[2][:3] == ["b", "to", "run"]
    assert "<table>" in table["data"]["text/html"]


def test_inputs_of_a_failed_stage_are_loaded(project: Path, live: Callable[..., LiveKernel]):
    cells = ("limit = 3\n\ndef check(rows):\n    assert len(rows) > limit", "%%stage load\nrows = [1, 2]")
    notebook = write(project / "n.ipynb", *cells, "%%stage check\ncheck(rows)")
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(workspace, workspace.read(notebook))
    assert result.status == "failed"
    kernel = live(notebook)
    reply = kernel.run(f"%stage_inputs check --run {result.run_id}")
    assert reply.status == "ok", reply
    assert "`rows`" in reply.text
    assert kernel.value("[rows, limit]") == [[1, 2], 3]
    assert kernel.run("check(rows)").ename == "AssertionError"


def test_options_are_completed(shared: LiveKernel):
    assert "--gpus" in shared.complete("%%stage train --gp")
    assert "--memory" in shared.complete("%%mlstage train --")
    assert "--gate" in shared.complete("%%stage train --ga")
    assert "--owner" in shared.complete("%pipeline demo --o")
    assert "--run" in shared.complete("%stage_inputs a --")


def test_help_lists_the_options(shared: LiveKernel):
    assert "--gpus" in shared.help("%%stage")
    assert "--owner" in shared.help("%pipeline")


def test_a_stage_magic_of_another_extension_is_left_alone(live: Callable[..., LiveKernel], project: Path):
    (project / "calkit_like.py").write_text(
        "def load_ipython_extension(shell):\n"
        "    shell.register_magic_function(lambda line, cell: print('theirs', line), 'cell', 'stage')\n"
    )
    kernel = live()
    kernel.run("%unload_ext jupyter_mlpipe")
    kernel.run("%load_ext calkit_like")
    told = kernel.run("%load_ext jupyter_mlpipe").text
    assert "calkit_like" in told
    assert "%%mlstage" in told
    assert kernel.run("%%stage a\nx = 1").text == "theirs a\n"
    assert kernel.run("%%mlstage a\nx = 1").told.startswith("a: ran")


def test_unloading_leaves_nothing_behind(live: Callable[..., LiveKernel]):
    kernel = live()
    kernel.run("%%stage a\nx = 1")
    assert kernel.run("%unload_ext jupyter_mlpipe").status == "ok"
    assert kernel.run("%%stage a\nx = 1").status == "error"
    assert kernel.value("[name for name in dir() if 'mlpipe' in name]") == []
