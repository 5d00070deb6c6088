"""A notebook that stands where a stage of a run failed, really executed: the error comes at the same cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlpipe.errors import BrokenNotebookError, UnknownRunError, UnknownStageError
from jupyter_mlpipe.execution.debug_notebook import debug_notebook
from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.notebook.executed_file import notebook_bytes
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]

CELLS = (
    "%load_ext jupyter_mlpipe\n%pipeline flights --owner a@b",
    "alpha = 0.5",
    "import math\n\ndef scaled(values):\n    return [value * alpha for value in values]",
    "%%stage load\nimport statistics\nclass Row:\n    value = 0\nrows = [Row() for n in range(4)]\nrows[3].value = 3",
    "shift = len(rows)\nprint(shift)",
    "%%stage train\n%stages\nvalues = scaled(row.value + shift for row in rows)\nmean = statistics.mean(values)",
    "def chosen(value):\n    return math.floor(value)",
    "%%stage train\nprint('mean', mean)\nbest = chosen(mean)\nscores = [1 / (best - n) for n in range(3, 9)]",
    "%%stage last\nprint(scores)",
)


def run(notebook: Path, **parameters: Any) -> RunResult:
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        return run_pipeline(workspace, workspace.read(notebook), parameters=parameters)


def flights(project: Path) -> Path:
    path = write(project / "flights.ipynb", *CELLS)
    document = json.loads(path.read_text())
    document["cells"][1]["metadata"]["tags"] = ["parameters"]
    path.write_text(json.dumps(document))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited since"])
def test_the_error_comes_at_the_same_cell(project: Path, live: Callable[..., LiveKernel], edited: bool) -> None:
    source = flights(project)
    result = run(source, alpha=1.0)
    failed = next(stage for stage in result.stages if stage.status == "failed")
    assert failed.error is not None
    assert failed.error.details["cell"] == 7
    if edited:
        source.write_text(source.read_text().replace("range(3, 9)", "range(1)").replace("scaled", "other"))
    with Workspace.open(source) as workspace:
        made = debug_notebook(workspace, result.run_id, "train")
        plain = debug_notebook(workspace, result.run_id[:-2], "cell-4")
    assert plain["cells"][-1]["source"] == CELLS[4], "cells that the run added do not count"
    nbformat.validate(nbformat.from_dict(made))
    assert "MP301" in made["cells"][0]["source"]
    assert "ZeroDivisionError" in made["cells"][0]["source"]
    sources = [cell["source"] for cell in made["cells"]]
    assert sources[1:5] == [CELLS[0], CELLS[1], "# Parameters\nalpha = 1.0", CELLS[2]]
    assert sources[5:7] == [CELLS[6], f"%stage_inputs train --run {result.run_id}"]
    assert not any("%%stage" in text for text in sources)

    copy = project / "flights.debug-train.ipynb"
    copy.write_bytes(notebook_bytes(made))
    kernel = live(copy)
    replies = [kernel.run(cell["source"], cell["id"]) for cell in made["cells"] if cell["cell_type"] == "code"]
    assert [reply.status for reply in replies] == ["ok"] * 7 + ["error"]
    assert "loaded `alpha`, `rows`, `shift`" in replies[5].text
    assert replies[-1].ename == failed.error.details["ename"] == "ZeroDivisionError"
    assert "mean 4.75" in replies[-1].text
    assert kernel.value("[shift, best, statistics.mean([1, 3]), rows[3].value]") == [4, 4, 2, 3]


@pytest.mark.slow
def test_a_plain_cell_and_a_stage_that_ended_well_can_be_stepped_through(
    project: Path, live: Callable[..., LiveKernel]
) -> None:
    source = write(project / "plain.ipynb", "%%stage a\nx = [3, 1]", "x.sort()\nprint(x)", "%%stage b\ny = x[0]")
    result = run(source)
    assert result.status == "done"
    with Workspace.open(source) as workspace:
        for stage, expression, value in (("cell-1", "x", [1, 3]), ("b", "y", 1)):
            made = debug_notebook(workspace, result.run_id, stage)
            assert made["cells"][1]["source"] == "%load_ext jupyter_mlpipe\n%pipeline plain"
            assert "failed" not in made["cells"][0]["source"]
            copy = project / f"{stage}.ipynb"
            copy.write_bytes(notebook_bytes(made))
            kernel = live(copy)
            for cell in made["cells"][1:]:
                assert kernel.run(cell["source"], cell["id"]).status == "ok"
            assert kernel.value(expression) == value


@pytest.mark.slow
def test_what_no_debug_notebook_can_be_made_of(project: Path) -> None:
    source = write(project / "nb.ipynb", "%%stage a\nx = 1 / 0", "%%stage b\ny = x")
    result = run(source)
    with Workspace.open(source) as workspace:
        for stage in ("b", "nowhere"):
            with pytest.raises(UnknownStageError):
                debug_notebook(workspace, result.run_id, stage)
        with pytest.raises(UnknownRunError):
            debug_notebook(workspace, "nothing", "a")
        result.notebook.unlink()
        assert debug_notebook(workspace, "latest", "a")["cells"][-1]["source"] == "x = 1 / 0"
        write(source, "%%stage a\nx = 2 / 0")
        with pytest.raises(BrokenNotebookError):
            debug_notebook(workspace, "latest", "a")


@pytest.mark.slow
def test_inputs_of_a_stage_that_is_nowhere(project: Path, live: Callable[..., LiveKernel]) -> None:
    notebook = write(project / "nb.ipynb", "%%stage a\nx = 1")
    assert run(notebook).status == "done"
    reply = live(notebook).run("%stage_inputs b")
    assert "MP110" in reply.text
    assert "no stage `b`" in reply.text
