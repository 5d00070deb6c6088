"""The run of a notebook that is going on, and how far its stages got, from the ledger's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_mlpipe.execution.lost_runs import open_runs
from jupyter_mlpipe.ledger import events
from jupyter_mlpipe.ledger.runs import LIVE_KERNEL, Run
from jupyter_mlpipe.workspace import Workspace


@dataclass(frozen=True)
class LiveRun:
    """A run that is going on."""

    run: str
    started: Mapping[str, float]
    """When each stage that runs now started."""
    ended: Mapping[str, str]
    """How each stage that has ended did."""
    members: frozenset[str]
    """The stages that take part: a run may go only up to one of them."""


def _is_live(run: Run) -> bool:
    """Whether a run is what a notebook's own kernel did so far: nothing waits or works there on anybody's behalf."""
    return run.options.get("door") == LIVE_KERNEL


def live_run(workspace: Workspace, notebook: str) -> LiveRun | None:
    """The newest run of a notebook that is going on; None where there is none.

    Parameters
    ----------
    notebook
        Its path as facts have it.
    """
    found = next((run for run in open_runs(workspace.ledger) if run.notebook == notebook and not _is_live(run)), None)
    if found is None:
        return None
    started: dict[str, float] = {}
    ended: dict[str, str] = {}
    members: frozenset[str] = frozenset()
    for _, event in events.read_types(workspace.ledger, found.id, ("run_started", "stage_started", "stage_finished")):
        if event["type"] == "run_started":
            members = frozenset(stage["name"] for stage in event.get("stages", ()))
        elif event["type"] == "stage_started":
            started[event["stage"]] = event["time"]
            ended.pop(event["stage"], None)
        else:
            started.pop(event["stage"], None)
            ended[event["stage"]] = event["status"]
    return LiveRun(found.id, started, ended, members)
