from __future__ import annotations

import ast
import json
import math
import resource
from pathlib import Path

import nbformat
import pytest

from jupyter_mlpipe.errors import NotebookError, ReadOnlyError, UnknownParameterError
from jupyter_mlpipe.notebook.executed_file import notebook_bytes
from jupyter_mlpipe.notebook.literals import assignments, literal
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, Stage, Statement
from jupyter_mlpipe.notebook.writer import (
    CellResult,
    RunFacts,
    executed_notebook,
    kernel_source,
    stage_cells,
    write_executed,
)

NOW = 1_790_000_000.0


def code(source: str, *tags: str, **more: object) -> dict:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": 7, **more}


def text(source: str, *tags: str) -> dict:
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)} if tags else {}, "source": source}


def pipeline_of(cells: list[dict], stages: dict[str, tuple[int, ...]], **more: object) -> Pipeline:
    notebook = {"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}}
    return Pipeline(
        name="demo",
        path="",
        notebook={**notebook, "nbformat": 4, "nbformat_minor": 4},
        statements=(),
        stages=tuple(Stage(name, members, ()) for name, members in stages.items()),
        **more,
    )


CELLS = [
    text("# Title"),
    code("alpha = 0.1", "parameters"),
    code("import math"),
    code("%%stage load\nx = 1"),
    code(["%%stage train\n", "y = x + alpha\n", "y"]),
]
RESULTS = {
    1: CellResult(started=NOW, seconds=0.0),
    2: CellResult(started=NOW, seconds=0.0),
    3: CellResult(
        ({"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},), 2, "hit", NOW, 0.5, "same inputs"
    ),
    4: CellResult(
        ({"output_type": "execute_result", "data": {"text/plain": "1.1"}, "execution_count": 2, "transient": {}},),
        2,
        "done",
        NOW,
        1.5,
        "parameter alpha 0.1 -> 0.2",
    ),
}
FACTS = RunFacts("run1", started=NOW, finished=NOW + 3, input_path="in.ipynb", output_path="out.ipynb")


def demo() -> Pipeline:
    return pipeline_of(CELLS, {"load": (3,), "train": (4,)}, parameters_cell=1)


def valid(notebook: dict) -> dict:
    written = nbformat.reads(notebook_bytes(notebook).decode(), as_version=4)
    nbformat.validate(written)
    assert notebook["nbformat_minor"] == 5
    return notebook


# -- a stage's cells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%stage load\nx = 1", "# %%stage load\nx = 1"),
        ("%%mlstage load\nx = 1", "# %%mlstage load\nx = 1"),
        ("# about\n\n%%stage load --gpus 1\nx = 1", "# about\n\n# %%stage load --gpus 1\nx = 1"),
        ("%%stage load\n%%time\nx = 1", "%%time\nx = 1"),
        ("%%stage load\n\n# timed\n%%time\nx = 1", "%%time\nx = 1"),
        ("%%time\n%%stage load\nx = 1", "%%time\n# %%stage load\nx = 1"),
        ("%%stage load\n%time x = 1", "# %%stage load\n%time x = 1"),
        ("%%capture out\n%%stage load\n%%time\nx = 1", "%%capture out\n\n%%time\nx = 1"),
        ("%%stage load \\\n  --gpus 1\nx = 1", "# %%stage load \\\n#   --gpus 1\nx = 1"),
        ("%%stage load\nx = 'a\x0cb'\r\n", "# %%stage load\nx = 'a\x0cb'\r\n"),
        ("%%stages_of_x\nx = 1", "%%stages_of_x\nx = 1"),
        ("s = '''\n%%stage load\n'''", "s = '''\n%%stage load\n'''"),
        ("%%stage load", "# %%stage load"),
        ("", ""),
    ],
)
def test_the_stage_line_goes_and_the_rest_keeps_its_lines(source: str, expected: str):
    assert kernel_source(source) == expected


def test_our_other_lines_do_nothing_and_leave_the_last_expression_alone():
    source = "%load_ext jupyter_mlpipe\nx = 1\nx\n%pipeline demo --owner a@b"
    out = kernel_source(source, directives=True)
    assert out.splitlines() == ["pass  # %load_ext jupyter_mlpipe", "x = 1", "x", "pass  # %pipeline demo --owner a@b"]
    assert kernel_source("%load_ext jupyter_mlpipe.more", directives=True) == "%load_ext jupyter_mlpipe.more"


def test_stage_cells_keep_the_users_metadata_and_say_where_they_come_from():
    cells = [code("%%stage a\nx = 1", "keep"), code("y = 2"), code("%%stage a\nz = 3")]
    pipeline = pipeline_of(cells, {"a": (0, 2)})
    out = stage_cells(pipeline, pipeline.stage("a"))
    assert [cell["source"] for cell in out] == ["# %%stage a\nx = 1", "# %%stage a\nz = 3"]
    assert out[0]["metadata"] == {"tags": ["keep"], "mlpipe": {"cell": 0}}
    assert out[1]["metadata"] == {"mlpipe": {"cell": 2}}
    assert "mlpipe" not in cells[0]["metadata"]


def test_directive_lines_go_only_from_cells_that_hold_directives():
    cells = [code("%pipeline demo\nprint(1)"), code("s = '''\n%pipeline demo\n'''")]
    statement = Statement(0, 0, 1, "get_ipython().run_line_magic('pipeline', 'demo')", "", Kind.DIRECTIVE, "%pipeline")
    pipeline = pipeline_of(cells, {"cell-0": (0,), "cell-1": (1,)})
    pipeline = Pipeline(**{**vars(pipeline), "statements": (statement,)})
    assert stage_cells(pipeline, pipeline.stages[0])[0]["source"] == "pass  # %pipeline demo\nprint(1)"
    assert stage_cells(pipeline, pipeline.stages[1])[0]["source"] == "s = '''\n%pipeline demo\n'''"


# -- the executed notebook ----------------------------------------------------------------------------------------


def test_the_executed_notebook_is_laid_out_as_the_source():
    notebook = valid(executed_notebook(demo(), RESULTS, {}, FACTS))
    assert [cell["source"] for cell in notebook["cells"]] == [
        cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]) for cell in CELLS
    ]
    assert [cell.get("execution_count") for cell in notebook["cells"]] == [None, 1, 2, 3, 4]
    assert notebook["cells"][3]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "a\nb"}]
    (result,) = notebook["cells"][4]["outputs"]
    assert result == {
        "output_type": "execute_result",
        "data": {"text/plain": "1.1"},
        "metadata": {},
        "execution_count": 4,
    }
    assert notebook["cells"][3]["metadata"]["mlpipe"] == {
        "cell": 3,
        "status": "hit",
        "stage": "load",
        "implicit": False,
        "reason": "same inputs",
        "seconds": 0.5,
    }
    assert CELLS[4]["execution_count"] == 7, "the source stays as it was"


def test_facts_stand_where_papermills_readers_look():
    notebook = valid(executed_notebook(demo(), RESULTS, {"alpha": 0.2}, FACTS))
    facts = notebook["metadata"]["papermill"]
    assert facts["parameters"] == {"alpha": 0.2}
    assert facts["duration"] == 3
    assert facts["exception"] is None
    assert facts["start_time"].startswith("2026-")
    assert (facts["input_path"], facts["output_path"]) == ("in.ipynb", "out.ipynb")
    cell = notebook["cells"][5]["metadata"]["papermill"]
    assert (cell["status"], cell["exception"], cell["duration"]) == ("completed", False, 1.5)
    assert notebook["metadata"]["mlpipe"] == {"run": "run1", "status": "done", "pipeline": "demo"}


def test_parameters_are_injected_after_the_parameters_cell():
    notebook = valid(executed_notebook(demo(), RESULTS, {"alpha": 0.2, "name": "a'b"}, FACTS))
    injected = notebook["cells"][2]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    assert injected["source"] == '# Parameters\nalpha = 0.2\nname = "a\'b"'
    assert [cell.get("execution_count") for cell in notebook["cells"]] == [None, 1, 2, 3, 4, 5]


def test_injected_parameters_replace_those_of_an_earlier_run_or_stand_on_top():
    cells = [code("alpha = 1", "parameters"), code("alpha = 2", "injected-parameters", id="kept"), code("alpha")]
    notebook = valid(executed_notebook(pipeline_of(cells, {}, parameters_cell=0), {}, {"alpha": 3}, FACTS))
    assert [cell["source"] for cell in notebook["cells"]] == ["alpha = 1", "# Parameters\nalpha = 3", "alpha"]
    assert notebook["cells"][1]["id"] == "kept"
    top = valid(executed_notebook(pipeline_of([text("hi"), code("alpha")], {}), {}, {"alpha": 3}, FACTS))
    assert top["cells"][0]["metadata"]["tags"] == ["injected-parameters"]


def test_a_failed_run_is_marked_as_papermill_marks_it():
    trace = ["\x1b[31mValueError\x1b[39m", "Cell \x1b[32mIn[2]\x1b[39m, line 2", "Cell \x1b[32mIn[9]\x1b[39m, line 1"]
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": trace}
    results = {
        **RESULTS,
        3: CellResult((error,), 2, "failed", NOW, 0.1),
        4: CellResult(status="skipped", reason="load failed"),
    }
    notebook = valid(executed_notebook(demo(), results, {}, RunFacts("r", status="failed", started=NOW, finished=NOW)))
    assert notebook["metadata"]["papermill"]["exception"] is True
    link, anchor = notebook["cells"][0], notebook["cells"][4]
    assert "In [3]" in link["source"]
    assert 'id="papermill-error-cell"' in anchor["source"]
    failed, skipped = notebook["cells"][5], notebook["cells"][6]
    assert failed["metadata"]["papermill"]["status"] == "failed"
    assert "In[3]" in failed["outputs"][0]["traceback"][1], "the prompt is the executed notebook's"
    assert "In[9]" in failed["outputs"][0]["traceback"][2], "prompts we do not know stay"
    assert (skipped["execution_count"], skipped["outputs"]) == (None, [])
    assert skipped["metadata"]["mlpipe"]["reason"] == "load failed"
    assert skipped["metadata"]["papermill"]["status"] == "pending"

    unmarked = executed_notebook(demo(), results, {}, FACTS, markers=False)
    assert len(unmarked["cells"]) == len(CELLS)
    again = pipeline_of(notebook["cells"], {})
    assert len(executed_notebook(again, {}, {}, FACTS)["cells"]) == len(CELLS), "old markers go"


def test_cells_that_never_ran_show_nothing_of_an_earlier_run():
    stale = code("x", outputs=[{"output_type": "stream", "name": "stdout", "text": "old"}])
    notebook = valid(executed_notebook(pipeline_of([stale], {}), {}, {}, FACTS))
    assert notebook["cells"][0]["outputs"] == []
    assert notebook["cells"][0]["execution_count"] is None


def test_ids_are_kept_where_valid_and_given_where_not():
    cells = [text("a"), code("b", id="mine"), code("c", id="mine"), code("d", id="not valid!"), code("e", id="cell-0")]
    notebook = valid(executed_notebook(pipeline_of(cells, {}), {}, {}, FACTS))
    ids = [cell["id"] for cell in notebook["cells"]]
    assert ids[1] == "mine"
    assert len(set(ids)) == 5


# -- parameters as literals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -3,
        1.5,
        math.inf,
        -math.inf,
        "",
        "a'\"\n\\",
        "\ud800",
        "é😀",
        [],
        [1, [2.5]],
        {"k": {"n": None}},
    ],
)
def test_literals_evaluate_to_the_same_value(value: object):
    assert ast.unparse(ast.parse(literal(value)))
    assert eval(literal(value), {}) == value


def test_nan_huge_and_deep_values_are_literals_too():
    assert eval(literal([-(10**5000)]), {}) == [-(10**5000)]
    assert math.isnan(eval(literal(math.nan), {}))
    deep: object = 1
    for _ in range(150):
        deep = {"k": [deep]}
    assert eval(literal(deep), {}) == deep


class Evil(int):
    def __repr__(self) -> str:
        return "__import__('os').system('true')"


def test_a_value_never_becomes_code():
    assert assignments({"x": Evil(3)}) == "x = 3"


@pytest.mark.parametrize("name", ["y=1\nimport os", "a;b", "!touch x #", "class", "", "a.b"])
def test_names_that_are_not_names_are_refused(name: str):
    with pytest.raises(UnknownParameterError) as caught:
        assignments({name: 1})
    assert caught.value.code == "MP107"


@pytest.mark.parametrize("value", [b"x", (1,), {1: 2}, {"a": {3}}, object()])
def test_values_that_are_not_json_are_refused(value: object):
    with pytest.raises(UnknownParameterError, match="JSON"):
        assignments({"x": value})


# -- files --------------------------------------------------------------------------------------------------------


def test_the_source_is_never_written_over(tmp_path: Path):
    source = tmp_path / "in.ipynb"
    source.write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(source)
    (tmp_path / "hard.ipynb").hardlink_to(source)
    notebook = executed_notebook(demo(), {}, {}, FACTS)
    for name in ("in.ipynb", "link.ipynb", "hard.ipynb", "sub/../in.ipynb"):
        with pytest.raises(NotebookError) as caught:
            write_executed(tmp_path / name, notebook, str(source))
        assert caught.value.hint
    assert source.read_text() == "{}"


def test_a_written_notebook_reads_as_nbformat_would_write_it(tmp_path: Path):
    notebook = executed_notebook(demo(), RESULTS, {"alpha": 0.2}, FACTS)
    path = write_executed(tmp_path / "new" / "out.ipynb", notebook)
    read = nbformat.read(path, as_version=4)
    assert nbformat.writes(read) + "\n" == path.read_text()
    assert [entry.name for entry in path.parent.iterdir()] == ["out.ipynb"]


def test_numbers_json_does_not_know_and_lone_surrogates_do_not_break_the_file(tmp_path: Path):
    output = {"output_type": "display_data", "data": {"application/json": {"a": [math.nan]}}, "metadata": {}}
    stream = {"output_type": "stream", "name": "stdout", "text": "\ud800"}
    notebook = executed_notebook(demo(), {4: CellResult((output, stream))}, {"alpha": math.inf}, FACTS)
    text = write_executed(tmp_path / "out.ipynb", notebook).read_text()

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    read = json.loads(text, parse_constant=refuse)
    assert read["cells"][5]["outputs"][0]["data"]["application/json"] == {"a": [None]}
    assert read["cells"][5]["outputs"][1]["text"] == ["\ud800"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadOnlyError) as caught:
        write_executed(tmp_path / "file" / "out.ipynb", executed_notebook(demo(), {}, {}, FACTS))
    assert caught.value.code == "MP405"


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path):
    path = tmp_path / "out.ipynb"
    path.write_text("old")
    big = CellResult(({"output_type": "stream", "name": "stdout", "text": "x" * 200_000},))
    notebook = executed_notebook(demo(), {4: big}, {}, FACTS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ReadOnlyError, match="File too large"):
            write_executed(path, notebook)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.ipynb"]
