"""The one state in which a stage is shown, from its plan, how it ended last, and the run that is going on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlpipe.execution.plan import PlannedStage
from jupyter_mlpipe.ledger import gates
from jupyter_mlpipe.ledger.stages import StageRun
from jupyter_mlpipe.server.live_run import LiveRun
from jupyter_mlpipe.server.shapes.notebook import StageState
from jupyter_mlpipe.workspace import Workspace


@dataclass(frozen=True)
class Judged:
    """A stage's state, and what is known of its last end."""

    state: StageState
    reason: str
    last_run: str | None = None
    last_seconds: float | None = None
    run: str | None = None
    """The run that is going on, where the stage waits or works in it."""
    started: float | None = None


def judge(
    planned: PlannedStage,
    last: StageRun | None,
    asked: Mapping[str, Any],
    live: LiveRun | None,
    workspace: Workspace,
) -> Judged:
    """Say how a stage stands.

    Parameters
    ----------
    planned
        What a run would do with it.
    last
        How it ended last; None where it never did.
    asked
        What the notebook asks of it now: the options of hooks on its line.
    live
        The run that is going on.
    """
    history = Judged("never", "")
    if last is not None:
        history = replace(history, last_run=last.run, last_seconds=last.seconds or last.saved_seconds or None)
    if live is not None and planned.name not in live.ended:
        if planned.name in live.started:
            started = live.started[planned.name]
            return replace(history, state="running", run=live.run, started=started)
        if planned.status != "hit" and planned.name in live.members:
            return replace(history, state="queued", reason=planned.reason, run=live.run)
    state, reason = _at_rest(planned, last, asked, workspace)
    return replace(history, state=state, reason=reason)


def _at_rest(
    planned: PlannedStage, last: StageRun | None, asked: Mapping[str, Any], workspace: Workspace
) -> tuple[StageState, str]:
    same = last is not None and bool(planned.key) and last.key == planned.key
    if planned.status == "hit":
        if last is not None and same and last.status == "refused":
            verdicts = gates.verdicts(workspace.ledger, last.run, last.stage)
            if _still_asked(verdicts, asked):
                return "refused", "; ".join(verdict.text for verdict in verdicts if not verdict.passed)
            return "stale", "its gates changed"
        return ("restored" if last is not None and same and last.status == "hit" else "cached"), ""
    if last is None:
        return "never", planned.reason
    if same and last.status == "failed":
        return "failed", str((last.error or {}).get("message", "it failed"))
    return "stale", planned.reason


def _still_asked(verdicts: Iterable[gates.Verdict], asked: Mapping[str, Any]) -> bool:
    """Whether verdicts are on what the line asks for now.

    A gate is no part of the key: where the line has other gates now, they are of no use any more. What another hook
    was asked for is named by the hook alone, which has an option of its own name.
    """
    by_hook: dict[str, set[str]] = {"gate": set()}
    for verdict in verdicts:
        by_hook.setdefault(str(verdict.facts.get("hook", "gate")), set()).add(verdict.gate)
    written = by_hook.pop("gate")
    return written == set(map(str, asked.get("gate", ()))) and all(hook in asked for hook in by_hook)
