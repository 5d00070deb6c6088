"""What went wrong with an attempt, as one of our errors.

Translates outcomes and the cluster's exceptions; decides nothing about retries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import (
    CancelledError,
    ClusterError,
    ExecutionError,
    KernelDiedError,
    LinearMeaningError,
    MlpipeError,
    StageFailedError,
    StageTimeoutError,
)

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_task import StageOutcome

_MISSING = {
    "NameError": re.compile(r"^name '(\w+)' is not defined"),
    # A pickle that the stage read by itself names a class of the notebook.
    "AttributeError": re.compile(r"^Can't get attribute '(\w+)' on <module '__main__'"),
}

_LONGEST_LINE = 20_000
_MOST_LINES = 200
"""Of a traceback; IPython gives one for each call."""


def error_of(stage: str, failure: StageOutcome | BaseException) -> MlpipeError:
    """The error behind an attempt that did not end well.

    Parameters
    ----------
    stage
        The stage's name.
    failure
        The outcome that the worker sent, or the exception that the cluster raised instead.
    """
    if isinstance(failure, MlpipeError):
        return failure
    if isinstance(failure, BaseException):
        return _cluster_error(stage, failure)
    error = _shortened(failure.error or {})
    if failure.status == "timeout":
        return StageTimeoutError(
            f"stage `{stage}` took longer than its time: {failure.seconds:.0f} s",
            hint="raise --timeout, or make the stage smaller",
            stage=stage,
            **_known(error),
        )
    if failure.status == "died":
        return KernelDiedError(
            f"the kernel of stage `{stage}` died: {error.get('evalue', 'nobody knows why')}",
            hint=str(error.get("hint") or "see how much memory the stage takes; ask for more with --memory"),
            stage=stage,
            **_known(error),
        )
    if failure.status == "cancelled":
        return CancelledError(f"stage `{stage}` was cancelled", stage=stage)
    where = f" in cell {error['cell']}" if error.get("cell") is not None else ""
    return StageFailedError(
        f"stage `{stage}` failed{where}: {error.get('ename', 'Error')}: {error.get('evalue', '')}",
        hint=str(error.get("hint") or "the executed notebook shows the traceback; `%stage_inputs` loads what it had"),
        stage=stage,
        **_known(error),
    )


def missing_name(error: MlpipeError) -> str | None:
    """The name that a stage lacked, where that is why it failed."""
    pattern = _MISSING.get(str(error.details.get("ename")))
    match = pattern.match(str(error.details.get("evalue", ""))) if pattern else None
    return match[1] if match else None


def restless(name: str) -> LinearMeaningError:
    """The error of a stage that would run again and again."""
    return LinearMeaningError(
        f"what stage `{name}` reads is changed by a stage above it each time it runs",
        hint=f"put `--after` with the stage that changes it on the line of `{name}`, or join the two",
        stage=name,
    )


def _known(error: dict[str, Any]) -> dict[str, Any]:
    return {name: error[name] for name in ("ename", "evalue", "traceback", "cell", "exit_code") if name in error}


def _shortened(error: dict[str, Any]) -> dict[str, Any]:
    """The error without what only a program would read: an exception may hold a whole frame as its text."""
    lines = [_cut(str(line), _LONGEST_LINE) for line in error.get("traceback", ())]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES // 2 : -_MOST_LINES // 2] = [f"… {len(lines) - _MOST_LINES} more …"]
    shorter = {"evalue": _cut(str(error.get("evalue", "")), _LONGEST_LINE), "traceback": lines}
    return {**error, **{name: shorter[name] for name in shorter if name in error}}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _cluster_error(stage: str, failure: BaseException) -> MlpipeError:
    name = type(failure).__name__
    if name == "KilledWorker":
        return KernelDiedError(
            f"the workers that ran stage `{stage}` died, one after the other",
            hint="see how much memory the stage takes, and the workers' logs",
            stage=stage,
        )
    if name in ("CancelledError", "FutureCancelledError"):
        return ClusterError(
            f"the cluster dropped stage `{stage}`",
            hint="see whether its scheduler still runs; `mlpipe run` again resumes with what is done",
            stage=stage,
        )
    return ExecutionError(
        f"stage `{stage}` could not be run: {name}: {failure}",
        hint="see the worker's log; check that workers have the same packages as this process",
        stage=stage,
    )
