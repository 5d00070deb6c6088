"""The table that ``%stages`` shows: for each stage what a run would do with it now, its version and its age."""

from __future__ import annotations

import html
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_mlpipe.execution.plan import plan_pipeline
from jupyter_mlpipe.ledger.stages import latest_stage_runs
from jupyter_mlpipe.magics.telling import version

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live import LiveKernel

_COLUMNS = ("stage", "state", "version", "age", "why")
_STATES = {"hit": "stored", "run": "to run", "maybe": "follows"}


@dataclass(frozen=True)
class StageTable:
    """Rows of text, shown as HTML or plain text."""

    pipeline: str
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        table = [_COLUMNS, *self.rows]
        widths = [max(len(row[at]) for row in table) for at in range(len(_COLUMNS))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in _COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def stage_table(kernel: LiveKernel, *, everything: bool = False) -> StageTable:
    """The stages of the kernel's notebook as a run would find them.

    Raises
    ------
    NotebookError
        The notebook cannot be run.
    """
    workspace = kernel.workspace
    pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
    plan = plan_pipeline(workspace, pipeline, folder=kernel.surroundings.folder)
    runs = latest_stage_runs(workspace.ledger, pipeline.name)
    rows = []
    for stage in plan.stages:
        if stage.implicit and not everything:
            continue
        run = runs.get(stage.name)
        same = run is not None and (stage.status != "hit" or run.key == stage.key)
        key = stage.key if stage.status == "hit" else run.key if run is not None else ""
        age = _age(time.time() - run.ended) if run is not None and same else ""
        why = "" if stage.status == "hit" else stage.reason
        rows.append((stage.name, _STATES[stage.status], version(key) if key else "", age, why))
    return StageTable(pipeline.name, tuple(rows))


def _age(seconds: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "now" if seconds < 2 else f"{seconds:.0f} s"
