"""How the stages of a run ended: gathered while it goes on, told at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.board import State, Unit
from jupyter_mlpipe.execution.oracle import Verdict
from jupyter_mlpipe.execution.report import StageReport

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_task import StageOutcome


@dataclass
class Ended:
    """What is known of a stage's end."""

    outcome: StageOutcome | None = None
    """Of its last attempt in this run."""
    verdict: Verdict | None = None
    """Why it ran, or what stood for it."""
    error: MlpipeError | None = None
    reason: str = ""
    """Why it never ran; else the verdict says why it did."""
    attempts: int = 0
    started: float | None = None
    """Epoch seconds."""
    ended: float | None = None


def report_of(unit: Unit, ended: Ended) -> StageReport:
    """The report of a stage."""
    manifest, outcome = unit.manifest, ended.outcome
    took = manifest.seconds if manifest is not None else outcome.seconds if outcome is not None else None
    why = "unchanged" if unit.hit else ended.verdict.reason if ended.verdict is not None else ""
    return StageReport(
        name=unit.name,
        status={State.DONE: "hit" if unit.hit else "done"}.get(unit.state, str(unit.state)),
        reason=ended.reason or why,
        seconds=took,
        saved=manifest.seconds if manifest is not None and unit.hit else 0.0,
        implicit=unit.stage.implicit,
        key=unit.key,
        attempts=ended.attempts,
        runs=unit.runs,
        worker=outcome.worker if outcome is not None else "",
        numbers=manifest.numbers if manifest is not None else {},
        error=ended.error,
        started=ended.started,
        ended=ended.ended,
    )
