"""Writes notebooks: a stage's cells for its own kernel, and one executed notebook for a whole run.

The executed notebook is laid out as the source and carries the facts where papermill's readers look for them
(``metadata.papermill``), with ours beside them (``metadata.mlpipe``). It is plain JSON of nbformat 4.5; nothing here
imports nbformat. This module is not for reading notebooks (``reader``) and runs nothing.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from jupyter_mlpipe.notebook.executed_file import write_executed
from jupyter_mlpipe.notebook.installed import installed_version
from jupyter_mlpipe.notebook.literals import assignments
from jupyter_mlpipe.notebook.notebook_file import cell_source
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, Stage
from jupyter_mlpipe.notebook.syntax import split_cell

__all__ = ["CellResult", "RunFacts", "executed_notebook", "kernel_source", "stage_cells", "write_executed"]

ERROR_MARKER_TAG = "papermill-error-cell-tag"
"""The tag by which papermill (and we) find and drop the error markers of an earlier run."""

_ERROR_STYLE = 'style="color:red; font-family:Helvetica Neue, Helvetica, Arial, sans-serif; font-size:2em;"'
_OUTPUT_KEYS = {
    "stream": ("output_type", "name", "text"),
    "display_data": ("output_type", "data", "metadata"),
    "execute_result": ("output_type", "execution_count", "data", "metadata"),
    "error": ("output_type", "ename", "evalue", "traceback"),
}
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PROMPT = re.compile(r"(?:\b|(?<=\dm))In ?\[(\d+)\]")
_OWN_LINE = re.compile(r"%(?:pipeline|stages|stage_inputs|restore|drift|(?:re)?load_ext[ \t]+jupyter_mlpipe)(?![\w.])")
_PAPERMILL_STATUS = {"hit": "completed", "done": "completed", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class CellResult:
    """What became of one code cell in a run."""

    outputs: Sequence[Mapping[str, Any]] = ()
    """Outputs as nbformat has them."""
    execution_count: int | None = None
    """The count that the cell had in its own kernel; used only to put prompts in tracebacks right."""
    status: str = "done"
    """``hit``, ``done``, ``failed`` or ``skipped``."""
    started: float | None = None
    """Seconds since the epoch."""
    seconds: float | None = None
    reason: str = ""
    """Why it ran, or why it did not."""

    @property
    def executed(self) -> bool:
        """Whether a reader of the executed notebook should see the cell as having run."""
        return self.status != "skipped"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the executed notebook says about the run as a whole."""

    run: str
    status: str = "done"
    started: float | None = None
    """Seconds since the epoch."""
    finished: float | None = None
    input_path: str = ""
    output_path: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """More facts for ``metadata.mlpipe`` (JSON values)."""


def stage_cells(pipeline: Pipeline, stage: Stage) -> list[dict[str, Any]]:
    """The user's cells of a stage, ready for a kernel that knows nothing of us.

    Returns
    -------
    list of dict
        ``{"source", "metadata"}`` a cell; the metadata is the cell's own, with ``mlpipe`` = ``{"cell": index}``.
    """
    ours = {statement.cell for statement in pipeline.statements if statement.kind is Kind.DIRECTIVE}
    cells = []
    for index in stage.cells:
        cell = pipeline.notebook["cells"][index]
        metadata = {**copy.deepcopy(dict(cell.get("metadata") or {})), "mlpipe": {"cell": index}}
        cells.append({"source": kernel_source(cell_source(cell), index in ours), "metadata": metadata})
    return cells


def kernel_source(source: str, directives: bool = False) -> str:
    """A cell's source without our own lines, its other lines where they were.

    The ``%%stage`` line becomes a comment, so that line numbers in tracebacks stay true; where another cell magic
    follows it, that magic must come first, so everything above it goes. Other lines of ours (``directives``) become
    ``pass``: as a comment they would make the expression before them the cell's last.
    """
    split = split_cell(source)
    lines, before = split.body.splitlines(keepends=True), source.splitlines(keepends=True)
    if split.stage_line is not None:
        taken = [at for at, line in enumerate(lines) if line != before[at]]
        magic_follows = next((line for line in lines[taken[-1] :] if line.strip()), "").startswith("%%")
        if not magic_follows:
            for at in taken:
                lines[at] = f"# {before[at]}"
        elif not any(line.strip() for line in lines[: taken[0]]):
            while not lines[0].strip():
                del lines[0]
    if directives:
        lines = [f"pass  # {line}" if _OWN_LINE.match(line) else line for line in lines]
    return "".join(lines)


def executed_notebook(
    pipeline: Pipeline,
    results: Mapping[int, CellResult],
    parameters: Mapping[str, Any],
    facts: RunFacts,
    *,
    markers: bool = True,
) -> dict[str, Any]:
    """The notebook as it looks after a run.

    Parameters
    ----------
    pipeline
        The notebook as read; it is not changed.
    results
        Index of a code cell in the source notebook -> what became of it. A code cell without a result did not run.
    parameters
        Values that were given for this run (JSON values). When there are any, a cell tagged ``injected-parameters``
        shows them, where papermill would put it.
    facts
        What to say about the run as a whole.
    markers
        Whether to mark the first failed cell as papermill does. Papermill marks it itself where it is the caller.

    Returns
    -------
    dict
        A notebook of nbformat 4.5, multi-line strings joined.

    Raises
    ------
    UnknownParameterError
        A parameter's name is not a Python name, or its value is not JSON.
    """
    cells = enumerate(pipeline.notebook.get("cells", ()))
    kept = [
        (index, _executed_cell(pipeline, index, cell, results.get(index)))
        for index, cell in cells
        if ERROR_MARKER_TAG not in _tags(cell)
    ]
    if parameters:
        _inject(kept, pipeline, parameters, facts)
    _number(kept, pipeline, results)
    failed = next((at for at, (_, cell) in enumerate(kept) if _status(cell) == "failed"), None)
    if failed is not None and markers:
        _mark(kept, failed)
    metadata = copy.deepcopy(dict(pipeline.notebook.get("metadata") or {}))
    lasted = None if facts.started is None or facts.finished is None else facts.finished - facts.started
    metadata["papermill"] = {
        **_times(facts.started, lasted),
        "default_parameters": {},
        "environment_variables": {},
        "exception": True if failed is not None else None,
        "input_path": facts.input_path or pipeline.path,
        "output_path": facts.output_path,
        "parameters": dict(parameters),
        "version": installed_version("papermill") or str((metadata.get("papermill") or {}).get("version", "")),
    }
    metadata["mlpipe"] = {"run": facts.run, "status": facts.status, "pipeline": pipeline.name, **facts.extra}
    notebook: dict[str, Any] = {
        "cells": [cell for _, cell in kept],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": max(5, int(pipeline.notebook.get("nbformat_minor") or 0)),
    }
    _give_ids(notebook["cells"])
    return notebook


# -- the executed notebook ----------------------------------------------------------------------------------------


def _executed_cell(
    pipeline: Pipeline, index: int, source: Mapping[str, Any], result: CellResult | None
) -> dict[str, Any]:
    cell = copy.deepcopy(dict(source))
    cell["source"] = cell_source(source)
    metadata = dict(cell.get("metadata") or {})
    cell["metadata"] = metadata
    if cell.get("cell_type") != "code":
        return cell
    executed = result is not None and result.executed
    cell["execution_count"] = None
    cell["outputs"] = [_output(output) for output in result.outputs] if result is not None and executed else []
    status = "skipped" if result is None else result.status
    metadata["papermill"] = {
        **_times(result.started if result else None, result.seconds if result else None),
        "exception": status == "failed" if executed else None,
        "status": _PAPERMILL_STATUS.get(status, "pending"),
    }
    stage = pipeline.stage_of_cell.get(index)
    said: dict[str, Any] = {"cell": index, "status": status}
    if stage is not None:
        said["stage"] = stage.name
        said["implicit"] = stage.implicit
    if result is not None:
        if result.reason:
            said["reason"] = result.reason
        if result.seconds is not None:
            said["seconds"] = result.seconds
    metadata["mlpipe"] = said
    return cell


def _inject(
    cells: list[tuple[int, dict[str, Any]]], pipeline: Pipeline, parameters: Mapping[str, Any], facts: RunFacts
) -> None:
    """Put the cell that shows the given parameters where papermill puts it."""
    injected: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "injected-parameters",
        "metadata": {
            "tags": ["injected-parameters"],
            "papermill": {**_times(facts.started, 0.0), "exception": False, "status": "completed"},
            "mlpipe": {"status": "done", "reason": "parameters of this run"},
        },
        "outputs": [],
        "source": "# Parameters\n" + assignments(parameters),
    }
    before = next((at for at, (_, cell) in enumerate(cells) if "injected-parameters" in _tags(cell)), None)
    if before is not None:
        injected["id"] = cells[before][1].get("id") or injected["id"]
        cells[before] = (-1, injected)
        return
    own = next((at for at, (index, _) in enumerate(cells) if index == pipeline.parameters_cell), None)
    cells.insert(0 if own is None else own + 1, (-1, injected))


def _number(cells: Sequence[tuple[int, dict[str, Any]]], pipeline: Pipeline, results: Mapping[int, CellResult]) -> None:
    """Count the executed cells from 1 in notebook order, in their outputs and tracebacks too."""
    count = 0
    numbers: dict[int, int] = {}
    for index, cell in cells:
        if cell.get("cell_type") != "code" or _status(cell) == "skipped":
            continue
        count += 1
        cell["execution_count"] = count
        numbers[index] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    for index, cell in cells:
        errors = [output for output in cell.get("outputs", ()) if output["output_type"] == "error"]
        if not errors:
            continue
        stage = pipeline.stage_of_cell.get(index)
        kernel_counts = {
            result.execution_count: numbers[mate]
            for mate in (stage.cells if stage else (index,))
            if (result := results.get(mate)) and result.execution_count is not None and mate in numbers
        }
        for output in errors:
            output["traceback"] = [_renumbered(line, kernel_counts) for line in output["traceback"]]


def _renumbered(line: str, kernel_counts: Mapping[int, int]) -> str:
    def replace(match: re.Match[str]) -> str:
        new = kernel_counts.get(int(match[1]))
        return match[0] if new is None else match[0].replace(match[1], str(new))

    return _PROMPT.sub(replace, line)


def _mark(cells: list[tuple[int, dict[str, Any]]], failed: int) -> None:
    """Put papermill's two markers: a link at the top, an anchor before the failed cell."""
    count = cells[failed][1]["execution_count"]
    anchor = (
        f'<span id="papermill-error-cell" {_ERROR_STYLE}>'
        "Execution using papermill encountered an exception here and stopped:</span>"
    )
    link = (
        f"<span {_ERROR_STYLE}>An Exception was encountered at "
        f"'<a href=\"#papermill-error-cell\">In [{count}]</a>'.</span>"
    )
    for at, cell_id, text in ((failed, "papermill-error-cell", anchor), (0, "papermill-error-link", link)):
        metadata = {"tags": [ERROR_MARKER_TAG]}
        cells.insert(at, (-1, {"cell_type": "markdown", "id": cell_id, "metadata": metadata, "source": text}))


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    """An output with the keys that nbformat allows, multi-line strings joined."""
    kind = output["output_type"]
    clean = {key: copy.deepcopy(output[key]) for key in _OUTPUT_KEYS.get(kind, tuple(output)) if key in output}
    if kind == "stream" and not isinstance(clean["text"], str):
        clean["text"] = "".join(clean["text"])
    if kind in ("display_data", "execute_result"):
        clean.setdefault("metadata", {})
        clean["data"] = {mime: _joined(mime, value) for mime, value in clean.get("data", {}).items()}
    if kind == "execute_result":
        clean.setdefault("execution_count", None)
    return clean


def _joined(mime: str, value: Any) -> Any:
    lines = isinstance(value, list) and not mime.endswith("json") and all(isinstance(line, str) for line in value)
    return "".join(value) if lines else value


def _times(started: float | None, seconds: float | None) -> dict[str, Any]:
    ended = started + seconds if started is not None and seconds is not None else None
    return {"start_time": _iso(started), "end_time": _iso(ended), "duration": seconds}


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _tags(cell: Mapping[str, Any]) -> Sequence[str]:
    return (cell.get("metadata") or {}).get("tags") or ()


def _status(cell: Mapping[str, Any]) -> str:
    return str((cell.get("metadata") or {}).get("mlpipe", {}).get("status", ""))


def _give_ids(cells: Sequence[dict[str, Any]]) -> None:
    """Every cell its own valid id: the source's own where it has one, else one from its place."""
    taken: set[str] = set()
    for at, cell in enumerate(cells):
        wanted = cell.get("id")
        if not isinstance(wanted, str) or not _CELL_ID.fullmatch(wanted) or wanted in taken:
            wanted = f"cell-{at}"
            while wanted in taken:
                wanted += "x"
        cell["id"] = wanted
        taken.add(wanted)
