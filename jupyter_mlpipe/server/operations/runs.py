"""Operations on runs: starting and ending them, their facts, events and outputs, two of them compared."""

from __future__ import annotations

from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.runs import (
    CancelledRun,
    CancelRequest,
    RunComparison,
    RunDetail,
    RunEvents,
    RunList,
    RunOutputs,
    RunRequest,
    StartedRun,
)


def list_runs(
    desk: Desk,
    path: str,
    notebook: str | None = None,
    pipeline: str | None = None,
    status: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> RunList:
    """List the runs of the workspace that a notebook or folder belongs to, newest first.

    `notebook` keeps those of one notebook, `pipeline` and `status` those with that name and status; `before` is the
    oldest run of the page before.
    """
    raise NotImplementedError


def start_run(desk: Desk, body: RunRequest) -> StartedRun:
    """Start a run of a notebook, as it is on disk, in a process of its own that outlives this server.

    Replies once the run is in the ledger.
    """
    raise NotImplementedError


def show_run(desk: Desk, run: str, path: str) -> RunDetail:
    """Show a run, stage by stage."""
    raise NotImplementedError


def follow_run(desk: Desk, run: str, path: str, after: int = 0, limit: int = 1000) -> RunEvents:
    """Read the events of a run that came after the one with id `after`."""
    raise NotImplementedError


def run_outputs(desk: Desk, run: str, path: str, stage: str | None = None) -> RunOutputs:
    """Read what the cells of a run, or of one of its stages, put out up to now."""
    raise NotImplementedError


def cancel_run(desk: Desk, run: str, body: CancelRequest) -> CancelledRun:
    """Ask for a run's end; it ends within a second, and what finished stays."""
    raise NotImplementedError


def compare_runs(desk: Desk, run: str, other: str, path: str) -> RunComparison:
    """Compare a run with a later one, stage by stage."""
    raise NotImplementedError
