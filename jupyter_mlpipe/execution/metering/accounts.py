"""A run's accounts: what became of each attempt, told to the meters of all metering hooks.

Not for measuring (``measured``), nor for what a meter does with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from jupyter_mlpipe.execution.metering.measured import Measured
from jupyter_mlpipe.execution.metering.run_meters import (
    BegunAttempt,
    ClusterUse,
    EndedAttempt,
    MeteredRun,
    MeteringHook,
    RunMeter,
)

if TYPE_CHECKING:
    from jupyter_mlpipe.errors import MlpipeError
    from jupyter_mlpipe.execution.attempts import Attempt
    from jupyter_mlpipe.execution.board import Unit
    from jupyter_mlpipe.execution.oracle import Verdict
    from jupyter_mlpipe.execution.stage_task import StageOutcome
    from jupyter_mlpipe.store.artifacts import StageManifest


class Accounts:
    """Keeps the accounts of one run.

    Parameters
    ----------
    hooks
        All hooks; those that are metering hooks take part.
    run
        The run.
    """

    def __init__(self, hooks: Iterable[object], run: MeteredRun) -> None:
        self._run = run
        self._embedded = run.context.settings.cluster == "local"
        self._meters: Sequence[RunMeter] = [hook.meter(run) for hook in hooks if isinstance(hook, MeteringHook)]
        self._open: dict[str, BegunAttempt] = {}

    def run_refused(self) -> MlpipeError | None:
        """Why the run must not start, or None."""
        return next((error for meter in self._meters if (error := meter.run_starting()) is not None), None)

    def begin(self, attempt: Attempt) -> MlpipeError | None:
        """Open an attempt that is about to start, unless somebody refuses it: then say why."""
        begun = BegunAttempt(
            task=self._task(attempt, attempt.unit.runs),
            stage=attempt.unit.stage,
            options=attempt.options,
            key=attempt.verdict.key,
            number=attempt.number,
            started=time.time(),
            embedded=self._embedded,
        )
        asked: list[RunMeter] = []
        for meter in self._meters:
            error = meter.attempt_starting(begun)
            if error is not None:
                for other in asked:
                    other.attempt_ended(EndedAttempt(begun=begun, outcome="cancelled", seconds=0.0))
                return error
            asked.append(meter)
        self._open[begun.task] = begun
        return None

    def end(self, attempt: Attempt, outcome: StageOutcome | None, status: str) -> float:
        """Close an attempt that was begun; one that is closed already stays so.

        Parameters
        ----------
        attempt
            It has ended, or was given up.
        outcome
            What its worker said; None where it said nothing.
        status
            See `EndedAttempt.outcome`.

        Returns
        -------
        float
            The seconds that are counted for it.
        """
        begun = self._open.pop(self._task(attempt, attempt.turn), None)
        if begun is None:
            return 0.0
        ended = EndedAttempt(
            begun=begun,
            outcome=status,
            seconds=outcome.seconds if outcome is not None else max(0.0, time.monotonic() - attempt.began),
            stored=_stored(outcome),
            rows=_rows(attempt.verdict),
            measured=outcome.usage if outcome is not None else Measured(),
            worker=outcome.worker if outcome is not None else "",
        )
        for meter in self._meters:
            meter.attempt_ended(ended)
        return ended.seconds

    def _task(self, attempt: Attempt, turn: int) -> str:
        return f"{self._run.run}/{attempt.unit.name}/{turn}/{attempt.number}"

    def restored(self, unit: Unit, manifest: StageManifest) -> None:
        """A stored result stood for running a stage."""
        for meter in self._meters:
            meter.stage_restored(unit.stage, manifest)

    def close(self, use: ClusterUse | None) -> None:
        """The run is over."""
        for meter in self._meters:
            meter.run_ended(use)

    def waited(self, use: ClusterUse) -> None:
        """The cluster that the run left behind waited for another."""
        for meter in self._meters:
            meter.cluster_waited(use)


def _stored(outcome: StageOutcome | None) -> int:
    result = (outcome.result if outcome is not None else None) or {}
    blobs = {
        blob["digest"]: int(blob["size"]) for item in result.get("artifacts", ()) for blob in item.get("blobs", ())
    }
    return sum(blobs.values())


def _rows(verdict: Verdict) -> int | None:
    if verdict.view is None:
        return None
    counts = [artifact.meta["rows"] for _, _, artifact in verdict.view.inputs() if artifact.meta.get("rows")]
    return max(counts, default=None)
