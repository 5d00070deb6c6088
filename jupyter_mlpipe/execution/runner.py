"""The way into a run: what it is asked for, checked and written down, before anything starts.

Not for how a run goes: that is ``walk``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.main_guard import end_if_imported_again
from jupyter_mlpipe.execution.metering.accounts import Accounts
from jupyter_mlpipe.execution.metering.run_meters import MeteredRun
from jupyter_mlpipe.execution.oracle import EVERY, Oracle
from jupyter_mlpipe.execution.record import Recorder
from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.walk import Walk
from jupyter_mlpipe.ledger.runs import checked_run_id, new_run_id
from jupyter_mlpipe.notebook.pipeline import Pipeline

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.plan import Plan

Event = dict[str, Any]


def run_pipeline(
    context: RunContext,
    pipeline: Pipeline,
    *,
    parameters: Mapping[str, Any] | None = None,
    output: Path | None = None,
    force: Iterable[str] = (),
    keep_going: bool = False,
    until: str | None = None,
    rerun_from: str | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: threading.Event | None = None,
    folder: Path | None = None,
    run_id: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> RunResult:
    """Run a pipeline.

    Parameters
    ----------
    context
        The workspace.
    pipeline
        The notebook, read.
    parameters
        Values for parameters of the notebook, by name: JSON values.
    output
        Where the executed notebook goes; ``.mlpipe/runs/RUN/`` by default.
    force
        Names of stages that run whatever is stored; ``"*"`` for all.
    keep_going
        After a failure, go on with the stages that do not depend on it.
    until
        Run only what stands up to the end of this stage.
    rerun_from
        This stage, and every stage that follows from it, runs whatever is stored.
    on_event
        Called with each event, in this thread or the cluster client's.
    cancel
        Set it to stop the run.
    folder
        Where kernels start; the notebook's folder by default.
    run_id
        The run's id where whoever starts it has chosen one with ``ledger.runs.new_run_id``.
    options
        What the ledger is to say of how the run was asked for, such as ``{"door": "lab"}``, beside what follows from
        the arguments here (`asked_for`).

    Returns
    -------
    RunResult
        Also where stages failed: only what makes a run impossible is raised.

    Raises
    ------
    NotebookError
        The notebook cannot be run. Nothing was started.
    MainGuardError
        A script called this outside of ``if __name__ == "__main__"``.
    UsageError
        ``run_id`` is not an id, or a run has it already.
    WorkspaceError, StoreError, ClusterError
        The surroundings fail.
    """
    end_if_imported_again()
    run = new_run_id() if run_id is None else checked_run_id(run_id)
    forced = frozenset(force)
    oracle = Oracle(
        context,
        pipeline,
        parameters=parameters,
        until=until,
        force=forced,
        rerun_from=rerun_from,
        folder=folder,
    )
    asked = asked_for(until=until, rerun_from=rerun_from, force=forced, keep_going=keep_going)
    recorder = Recorder(context, oracle, run, on_event=on_event, output=output, options={**asked, **(options or {})})

    def plan() -> Plan:
        from jupyter_mlpipe.execution.plan import plan_pipeline

        return plan_pipeline(
            context,
            pipeline,
            parameters=parameters,
            until=until,
            force=forced,
            rerun_from=rerun_from,
            folder=folder,
        )

    metered = MeteredRun(
        run=run, pipeline=pipeline, context=context, options=recorder.options, plan=plan, tell=recorder.told
    )
    accounts = Accounts(context.hooks(), metered)
    return Walk(context, oracle, recorder, accounts, keep_going=keep_going, cancel=cancel or threading.Event()).go()


def asked_for(*, until: str | None, rerun_from: str | None, force: Collection[str], keep_going: bool) -> dict[str, Any]:
    """What a run was asked for, as the ledger keeps it.

    Returns
    -------
    dict
        ``door``, which the caller of a run replaces with its own; ``mode``: ``all``, ``from`` (with that stage and all
        that follows from it), ``upto`` a stage, or ``stage`` (up to that stage, which runs whatever is stored);
        ``stage``, the stage that the mode is about; ``force``, sorted; ``keep_going``.
    """
    if rerun_from is not None:
        mode, stage = "from", rerun_from
    elif until is not None:
        mode, stage = "stage" if until in force or EVERY in force else "upto", until
    else:
        mode, stage = "all", None
    return {"door": "python", "mode": mode, "stage": stage, "force": sorted(force), "keep_going": keep_going}
