"""papermill's engines: a stage's notebook, and the door to a whole pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution import papermill_engine
from jupyter_mlpipe.execution.papermill_engine import DOOR_ENGINE, STAGE_ENGINE, import_papermill, register_engines

import_papermill()
register_engines()

import nbformat  # noqa: E402
from papermill import execute_notebook  # noqa: E402
from papermill.exceptions import PapermillExecutionError  # noqa: E402


def notebook(folder: Path, *sources: str, tags: tuple[str, ...] = ()) -> Path:
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {}) for source in sources]
    path = folder / "in.ipynb"
    nb = nbformat.v4.new_notebook(cells=cells)
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, path)
    return path


def test_runs_any_notebook_as_papermills_own_engine_would(tmp_path: Path) -> None:
    path = notebook(tmp_path, "alpha = 1", "print(alpha)\nalpha + 1", "x = 3;")
    document = json.loads(path.read_text())
    document["cells"][0]["metadata"]["tags"] = ["parameters"]
    path.write_text(json.dumps(document))
    outputs = {}
    for engine in (None, STAGE_ENGINE):
        out = tmp_path / f"{engine}.ipynb"
        done = execute_notebook(path, out, {"alpha": 5}, engine_name=engine, progress_bar=False)
        outputs[engine] = [
            (cell.source, cell.get("outputs"), cell.get("execution_count"), cell.metadata.papermill.status)
            for cell in done.cells
        ]
        assert done.metadata.papermill.exception is None
        assert done.metadata.language_info.name == "python"
        assert nbformat.read(out, 4).cells == done.cells
    assert outputs[STAGE_ENGINE] == outputs[None]


def test_an_error_has_papermills_shape_and_is_written_down(tmp_path: Path) -> None:
    path = notebook(tmp_path, "1 / 0", "print('never')")
    with pytest.raises(PapermillExecutionError) as caught:
        execute_notebook(path, tmp_path / "out.ipynb", engine_name=STAGE_ENGINE, progress_bar=False)
    assert (caught.value.ename, caught.value.cell_index, caught.value.exec_count) == ("ZeroDivisionError", 0, 1)
    written = nbformat.read(tmp_path / "out.ipynb", 4)
    assert "papermill-error-cell-tag" in written.cells[0].metadata.tags
    assert [cell.metadata.papermill.status for cell in written.cells if cell.cell_type == "code"] == [
        "failed",
        "pending",
    ]


def test_a_dead_kernels_cell_is_not_called_completed(tmp_path: Path) -> None:
    path = notebook(tmp_path, "x = 1", "import os; os._exit(0)", "print('never')")
    with pytest.raises(Exception, match="exit code 0"):
        execute_notebook(path, tmp_path / "out.ipynb", engine_name=STAGE_ENGINE, progress_bar=False)
    written = nbformat.read(tmp_path / "out.ipynb", 4)
    assert [cell.metadata.papermill.status for cell in written.cells] == ["completed", "failed", "pending"]


def test_writes_the_notebook_at_its_end_only(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    path = notebook(tmp_path, f"import os; print(os.path.exists({str(out)!r}))")
    done = execute_notebook(path, out, engine_name=STAGE_ENGINE, progress_bar=False)
    assert done.cells[0].outputs[0].text == "False\n"
    assert out.exists()


@pytest.mark.parametrize(
    "first",
    [
        "import papermill",
        "import jupyter_mlpipe.execution.papermill_engine",
        "import jupyter_mlpipe.execution.stage_task",
    ],
)
def test_can_be_imported_before_and_after_papermill(first: str) -> None:
    script = (
        f"{first}\nimport papermill.engines, jupyter_mlpipe.execution.papermill_engine as ours\n"
        "ours.register_engines()\nget = papermill.engines.papermill_engines.get_engine\n"
        "assert get('mlpipe') is ours.PipelineEngine and get('mlpipe-stage') is ours.StageEngine"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


def test_slow_optional_imports_are_left_out_and_still_to_be_had() -> None:
    script = (
        "import sys, jupyter_mlpipe.execution.papermill_engine as ours\nours.import_papermill(worker=True)\n"
        "assert not {'rfc3987_syntax', 'boto3', 'pyarrow'} & set(sys.modules)\nimport pyarrow"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


# -- the door -----------------------------------------------------------------------------------------------------


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A door of our own behind papermill: it notes what it is asked, and answers what it is told."""
    module = tmp_path / "door_of_this_test.py"
    module.write_text(
        "asked = {}\nanswer = None\ndef run(notebook, **more):\n"
        "    asked.update(more, notebook=notebook)\n    return answer(notebook, more)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(papermill_engine, "DOOR", "door_of_this_test:run")
    sys.modules.pop("door_of_this_test", None)
    import door_of_this_test  # type: ignore[import-not-found]

    return vars(door_of_this_test)


def answered(cell: dict[str, Any], count: int, outputs: list[dict[str, Any]], status: str) -> None:
    cell["execution_count"], cell["outputs"] = count, outputs
    cell["metadata"]["papermill"] = {
        "status": status,
        "exception": status == "failed",
        "duration": 0.1,
        "start_time": None,
        "end_time": None,
    }
    cell["metadata"]["mlpipe"] = {"status": "done", "stage": "train"}


def test_the_door_hands_over_the_notebook_and_takes_the_outputs(tmp_path: Path, door: dict[str, Any]) -> None:
    def answer(nb: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        executed: dict[str, Any] = json.loads(json.dumps(nb))
        for index, cell in enumerate(executed["cells"]):
            answered(cell, index + 1, [{"output_type": "stream", "name": "stdout", "text": f"{index}\n"}], "completed")
            more["on_event"]({"type": "cell_finished", "cell": index})
        executed["metadata"]["mlpipe"] = {"run": "r1", "status": "done"}
        return executed

    door["answer"] = answer
    path = notebook(tmp_path, "alpha = 1", "print(alpha)", tags=("parameters",))
    done = execute_notebook(path, tmp_path / "out.ipynb", {"alpha": 2}, engine_name=DOOR_ENGINE, progress_bar=False)
    assert door["asked"]["path"] == str(path)
    assert door["asked"]["kernel_name"] == "python3"
    injected = door["asked"]["notebook"]["cells"][1]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    assert "alpha = 2" in injected["source"]
    assert [cell.outputs[0].text for cell in done.cells] == ["0\n", "1\n", "2\n"]
    assert done.metadata.mlpipe.run == "r1"
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[2].metadata.mlpipe.stage == "train"


def test_a_failed_cell_and_papermills_markers(tmp_path: Path, door: dict[str, Any]) -> None:
    def answer(nb: dict[str, Any], _more: dict[str, Any]) -> dict[str, Any]:
        executed: dict[str, Any] = json.loads(json.dumps(nb))
        error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["no"]}
        answered(executed["cells"][0], 1, [error], "failed")
        # our own markers are in front, so that cells are found by their ids, not by their places
        executed["cells"].insert(0, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "An exception"})
        executed["metadata"]["mlpipe"] = {"run": "r1", "status": "failed"}
        return executed

    door["answer"] = answer
    with pytest.raises(PapermillExecutionError) as caught:
        execute_notebook(notebook(tmp_path, "raise ValueError('no')"), tmp_path / "out.ipynb",
                         engine_name=DOOR_ENGINE, progress_bar=False)  # fmt: skip
    assert (caught.value.ename, caught.value.exec_count) == ("ValueError", 1)


def test_a_refusal_that_no_cell_shows_is_raised_too(tmp_path: Path, door: dict[str, Any]) -> None:
    def answer(nb: dict[str, Any], _more: dict[str, Any]) -> dict[str, Any]:
        error = {"code": "MP501", "message": "auc >= 0.75 does not hold: auc is 0.7", "hint": "train better"}
        answered(nb["cells"][0], 1, [], "completed")
        return {**nb, "metadata": {**nb["metadata"], "mlpipe": {"status": "refused", "error": error}}}

    door["answer"] = answer
    with pytest.raises(PapermillExecutionError, match=r"auc is 0\.7") as caught:
        execute_notebook(notebook(tmp_path, "auc = 0.7"), tmp_path / "out.ipynb",
                         engine_name=DOOR_ENGINE, progress_bar=False)  # fmt: skip
    assert caught.value.ename == "MP501"
    assert nbformat.read(tmp_path / "out.ipynb", 4).metadata.mlpipe.status == "refused"
