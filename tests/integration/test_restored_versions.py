"""``%restore``: values of earlier versions of a stage in a live kernel, and what stages below make of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]

pytestmark = [pytest.mark.slow]

LOAD = "%%stage load\nrows = [3, 1, 2]"
SETUP = "import math\n\ndef best(values):\n    return max(values)"
TRAIN = "%%stage train\nclass Fit:\n    def __init__(self, at):\n        self.at = at\nfit = Fit({})\nhistory = [{}]"
JUDGE = "%%stage judge\nprint('judging')\nscore = best(rows) * fit.at + len(history)\nscore"
SORT = "%%stage train\nrows.sort()\nfit = len(rows)"


def train(factor: int) -> str:
    return TRAIN.replace("{}", str(factor))


def notebook(project: Path, factor: int, *more: str) -> Path:
    return write(project / "nb.ipynb", "%pipeline versions", SETUP, LOAD, train(factor), JUDGE, "print(score)", *more)


def batch(path: Path) -> RunResult:
    with Workspace.open(path, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(workspace, workspace.read(path))
    assert result.status == "done", result
    return result


def key(result: RunResult, stage: str) -> str:
    return next(report.key for report in result.stages if report.name == stage)


@pytest.fixture
def versions(project: Path) -> tuple[RunResult, RunResult]:
    """Two runs, of which the second one's code is in the file."""
    old = batch(notebook(project, 2))
    return old, batch(notebook(project, 5))


def test_a_version_in_a_fresh_kernel_is_what_stages_below_read(
    project: Path, live: Callable[..., LiveKernel], versions: tuple[RunResult, RunResult]
) -> None:
    old, new = versions
    kernel = live(project / "nb.ipynb")
    for cell in ("c0", "c1", "c2"):
        kernel.cell(cell)
    reply = kernel.run(f"%restore train --key {key(old, 'train')[:9]}")
    assert reply.status == "ok"
    assert "train: loaded `fit`" in reply.told
    assert f"from run {old.run_id}" in reply.told
    assert kernel.value("fit.at") == 2
    judged = kernel.cell("c4")
    assert judged.told.startswith(f"judge: restored v{key(old, 'judge')[:4]}"), "the very result of the run then"
    assert kernel.value("score") == 3 * 2 + 1
    assert f"from run {new.run_id}" in kernel.run("%restore train").told
    assert kernel.cell("c4").told.startswith(f"judge: restored v{key(new, 'judge')[:4]}")
    assert kernel.value("score") == 3 * 5 + 1


def test_a_version_beside_cells_that_were_executed(
    project: Path, live: Callable[..., LiveKernel], versions: tuple[RunResult, RunResult]
) -> None:
    old, new = versions
    kernel = live(project / "nb.ipynb")
    assert all(reply.status == "ok" for reply in kernel.all().values())
    assert kernel.value("score") == 16
    assert kernel.run(f"%restore train --run {old.run_id}").status == "ok"
    assert kernel.cell("c4").told.startswith(f"judge: restored v{key(old, 'judge')[:4]}")
    assert kernel.value("score") == 7
    # Nothing was stored for a mixture of both: it is run, and kept under what it really read.
    kernel.run("fit.at = 100")
    mixed = kernel.cell("c4")
    assert mixed.told.startswith("judge: ran")
    assert kernel.value("score") == 301
    assert kernel.cell("c3").told.startswith(f"train: restored v{key(new, 'train')[:4]}"), "its own code as it is now"
    assert kernel.value("fit.at") == 5
    assert batch(project / "nb.ipynb").stages[-2].status == "hit"
    assert json.loads((project / "nb.ipynb").read_text())["cells"][3]["source"] == train(5)


def test_what_an_earlier_version_changed_in_place_is_no_hit_for_others(
    project: Path, live: Callable[..., LiveKernel]
) -> None:
    look, show = "%%stage look\nfirst = rows[0]", "print(first)"
    sorting = write(project / "nb.ipynb", "%pipeline sorted", LOAD, SORT, look, show)
    old = batch(sorting)
    plain = write(project / "nb.ipynb", "%pipeline sorted", LOAD, SORT.replace("rows.sort()", "pass"), look, show)
    new = batch(plain)
    assert key(old, "look") != key(new, "look")
    kernel = live(plain)
    for cell in ("c0", "c1", "c2"):
        kernel.cell(cell)
    kernel.run(f"%restore train --key {key(old, 'train')}")
    assert kernel.value("rows") == [1, 2, 3]
    kernel.cell("c3")
    assert kernel.value("first") == 1
    assert batch(plain).stages[-2].status == "hit"
    fresh = live(plain)
    assert all(reply.status == "ok" for reply in fresh.all().values())
    assert fresh.value("first") == 3, "what was made of the earlier version stands for nothing else"


def test_only_values_are_put_in_place(project: Path, live: Callable[..., LiveKernel]) -> None:
    stage = (
        "%%stage train\nimport os, random\nrandom.seed(1)\nos.environ['MODE'] = '{0}'\n"
        "_ = open('f', 'w').write('{0}')\nx = '{0}'"
    )
    draw = "%%stage draw\nimport os, random\ndrawn = (x, os.environ.get('MODE'), random.random())"
    old = batch(write(project / "nb.ipynb", stage.format("old"), draw))
    path = write(project / "nb.ipynb", stage.format("new"), draw)
    new = batch(path)
    kernel = live(path)
    kernel.run(f"%restore train --run {old.run_id}")
    assert (project / "f").read_text() == "new"
    reply = kernel.cell("c1")
    assert reply.status == "ok"
    assert key(old, "draw")[:4] not in reply.told
    assert kernel.value("[drawn[0], drawn[1]]") == ["old", None]
    assert new.stages[-1].status == "done"


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("%restore nowhere", "MP110", "nowhere"),
        ("%restore judg", "MP110", "judge"),
        ("%restore train --key ffffffff", "MP207", "ffffffff"),
        ("%restore train --run zzz", "MP404", "zzz"),
        ("%restore train --run zzz --key a", "MP101", "not allowed"),
        ("%restore", "MP101", "%restore NAME [--key K | --run R]"),
        ("%restore later", "MP207", "has made nothing yet"),
    ],
)
def test_errors_of_the_line_are_one_message(
    project: Path, live: Callable[..., LiveKernel], line: str, code: str, text: str
) -> None:
    batch(notebook(project, 2))
    kernel = live(notebook(project, 2, "%%stage later\nlate = 1"))
    reply = kernel.run(line)
    assert reply.status == "error"
    assert code in reply.text
    assert text in reply.text
    assert "Traceback" not in reply.text


def test_versions_that_are_not_stored_or_not_trusted(
    project: Path, live: Callable[..., LiveKernel], versions: tuple[RunResult, RunResult]
) -> None:
    old, new = versions
    manifests = project / ".mlpipe" / "store"
    with Workspace.open(project) as workspace:
        assert workspace.store.find(key(new, "train"))
    removed = [path for path in manifests.rglob("*") if path.is_file() and key(new, "train") in str(path)]
    for path in removed:
        path.unlink()
    assert removed
    kernel = live(project / "nb.ipynb")
    kernel.cell("c0")
    assert f"from run {old.run_id}" in kernel.run("%restore train").told, "the newest that is stored"
    gone = kernel.run(f"%restore train --key {key(new, 'train')[:12]}")
    assert "MP207" in gone.text
    assert "not stored any more" in gone.text
    failed = kernel.run(f"%restore train --run {new.run_id}")
    assert "not stored any more" in failed.text
    own = project.parent / "config"
    for path in own.rglob("*"):
        if path.is_file():
            path.unlink()
    stranger = live(project / "nb.ipynb")
    stranger.cell("c0")
    refused = stranger.run("%restore train")
    assert "MP200" in refused.text
    assert "does not trust" in refused.text
    assert stranger.value("'fit' in globals()") is False


def test_a_run_leaves_the_line_out_and_says_so(project: Path) -> None:
    told: list[str] = []
    path = notebook(project, 2, "%restore train --key 3f2a\nlate = fit.at", "%%stage last\nprint(late)")
    with Workspace.open(path, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(
            workspace, workspace.read(path), on_event=lambda event: told.append(event.get("text", ""))
        )
    assert result.status == "done", result
    assert "cell 6: `%restore` is for live kernels; this run leaves it out" in told


def test_keys_and_runs_are_completed(
    project: Path, live: Callable[..., LiveKernel], versions: tuple[RunResult, RunResult]
) -> None:
    old, new = versions
    kernel = live(project / "nb.ipynb")
    assert "train" in kernel.complete("%restore tr")
    assert {"--key", "--run"} <= set(kernel.complete("%restore train --"))
    found: list[Any] = kernel.complete("%restore train --key ")
    assert {key(old, "train")[:12], key(new, "train")[:12]} == set(found)
    assert {old.run_id, new.run_id} <= set(kernel.complete("%restore train --run "))
