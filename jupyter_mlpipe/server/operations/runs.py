"""Operations on runs: starting and ending them, their facts, events and outputs, two of them compared."""

from __future__ import annotations

from jupyter_mlpipe.errors import BrokenNotebookError, RequestError
from jupyter_mlpipe.execution import cancelling
from jupyter_mlpipe.execution.lost_runs import record_lost_runs
from jupyter_mlpipe.ledger import gates, runs
from jupyter_mlpipe.server import run_outputs as news
from jupyter_mlpipe.server.beside import write_beside
from jupyter_mlpipe.server.comparison import compare
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.launch import launch
from jupyter_mlpipe.server.run_facts import run_info, stage_infos
from jupyter_mlpipe.server.shapes.notebook import CreatedNotebook
from jupyter_mlpipe.server.shapes.runs import (
    CancelledRun,
    CancelRequest,
    CopyRequest,
    RunComparison,
    RunDetail,
    RunEvents,
    RunList,
    RunOutputs,
    RunRequest,
    StartedRun,
)
from jupyter_mlpipe.server.shapes.verdicts import StageVerdicts
from jupyter_mlpipe.server.verdict_facts import verdict_checks

_MOST = 500


def list_runs(
    desk: Desk,
    *,
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
    if not 0 < limit <= _MOST:
        raise RequestError(f"`limit` is {limit}", hint=f"give a number from 1 to {_MOST}")
    workspace = desk.look_into(path)
    if not workspace.exists:
        return RunList(workspace.root.name, (), (), more=False)
    ledger = workspace.ledger
    record_lost_runs(ledger, tracking=workspace.settings.tracking, openlineage=workspace.settings.tells_openlineage)
    found = runs.runs(
        ledger,
        pipeline,
        notebook=desk.places.recorded(workspace, notebook) if notebook else None,
        status=status,
        limit=limit + 1,
        before=before,
    )
    return RunList(
        workspace.root.name,
        tuple(run_info(desk.places, workspace, run) for run in found[:limit]),
        tuple(runs.pipelines(ledger)),
        more=len(found) > limit,
    )


def start_run(desk: Desk, *, body: RunRequest) -> StartedRun:
    """Start a run of a notebook, as it is on disk, in a process of its own that outlives this server.

    Replies once the run is in the ledger.
    """
    run = launch(desk.look_into(body.path), desk.places.file(body.path), body, warm=desk.warm_runs)
    desk.watch.expect(desk.workspace(body.path))
    return StartedRun(run)


def show_run(desk: Desk, *, run: str, path: str) -> RunDetail:
    """Show a run, stage by stage."""
    workspace = desk.workspace(path)
    found = runs.run(workspace.ledger, run)
    return RunDetail(run_info(desk.places, workspace, found), stage_infos(workspace, found))


def follow_run(desk: Desk, *, run: str, path: str, after: int = 0, limit: int = 1000) -> RunEvents:
    """Read the events of a run that came after the one with id `after`."""
    workspace = desk.workspace(path)
    if not 0 < limit <= 10 * _MOST:
        raise RequestError(f"`limit` is {limit}", hint=f"give a number from 1 to {10 * _MOST}")
    return news.run_events(workspace, runs.run(workspace.ledger, run), after, limit)


def run_outputs(desk: Desk, *, run: str, path: str, stage: str | None = None) -> RunOutputs:
    """Read what the cells of a run, or of one of its stages, put out up to now."""
    workspace = desk.workspace(path)
    return news.run_outputs(workspace, runs.run(workspace.ledger, run), stage)


def stage_verdicts(desk: Desk, *, run: str, stage: str, path: str) -> StageVerdicts:
    """Show how a stage's gates and contracts stood in a run, each with its evidence."""
    workspace = desk.workspace(path)
    found = runs.run(workspace.ledger, run)
    return StageVerdicts(found.id, stage, verdict_checks(gates.verdicts(workspace.ledger, found.id, stage)))


def cancel_run(desk: Desk, *, run: str, body: CancelRequest) -> CancelledRun:
    """Ask for a run's end; it ends within a second, and what finished stays."""
    found, asked = cancelling.cancel_run(desk.workspace(body.path), run)
    return CancelledRun(found.id, asked)


def copy_executed(desk: Desk, *, run: str, body: CopyRequest) -> CreatedNotebook:
    """Put a copy of a run's executed notebook beside its source."""
    workspace = desk.workspace(body.path)
    found = runs.run(workspace.ledger, run)
    try:
        executed = (workspace.root / (found.executed or "")).read_bytes()
    except OSError as error:
        raise BrokenNotebookError(
            f"the executed notebook of run {found.id} is not there", hint="it is written at a run's end", run=found.id
        ) from error
    target = write_beside(desk.places.file(body.path), f"run-{found.id}", executed)
    return CreatedNotebook(desk.places.path(target) or "")


def compare_runs(desk: Desk, *, run: str, other: str, path: str) -> RunComparison:
    """Compare a run with a later one, stage by stage."""
    workspace = desk.workspace(path)
    before, after = (runs.run(workspace.ledger, name) for name in (run, other))
    return compare(desk.places, workspace, before, after)
