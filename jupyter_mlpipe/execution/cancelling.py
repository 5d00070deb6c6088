"""Ending a run from anywhere: another terminal, another host, a server.

The request goes through the ledger, and the run's own process carries it out (``walk``). Not for stopping stages on
workers (``stage_task``).
"""

from __future__ import annotations

from jupyter_mlpipe.errors import UsageError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.lost_runs import record_lost_runs
from jupyter_mlpipe.execution.run_facts import find_run
from jupyter_mlpipe.ledger.requests import ask_to_cancel
from jupyter_mlpipe.ledger.runs import LIVE_KERNEL, Run, run


def cancel_run(context: RunContext, name: str) -> tuple[Run, bool]:
    """Ask a run to end; it does within a second, and what had finished stays stored.

    Parameters
    ----------
    context
        The workspace.
    name
        The run's id, the beginning of one, or ``latest``.

    Returns
    -------
    run, asked
        The run's facts, and whether it was still going on. One whose process has died counts as ended.

    Raises
    ------
    UnknownRunError
        There is no such run.
    UsageError
        The run is what a notebook's own kernel did: it ends with the kernel.
    """
    record_lost_runs(context.ledger, tracking=context.settings.tracking, openlineage=context.settings.tells_openlineage)
    found = find_run(context.ledger, name)
    if found.options.get("door") == LIVE_KERNEL and found.status == "running":
        raise UsageError(
            f"run {found.id} is the kernel of {found.notebook or found.pipeline}, in which somebody works",
            hint="interrupt the kernel where its notebook is open",
            run=found.id,
        )
    asked = ask_to_cancel(context.ledger, found.id)
    return (found if asked else run(context.ledger, found.id)), asked
