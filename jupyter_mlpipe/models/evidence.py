"""What speaks for and against a version: the verdicts on the stages that it came from, that used it, and on its data.

A version's stages are those of the runs that its very value took part in: all above the stage that made the model, all
below, and those that checked data which went into it. Of each, its newest verdicts count. Not for the gates that a
policy adds (``decision``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.execution.run_facts import latest_by_stage
from jupyter_mlpipe.ledger import gates, lineage
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.registrations import Registration

HANDED_OVER = "handed_over"
"""A check with this key only says that a model was handed to the registry; it is no gate."""

FRAME = "frame"
"""A check that names a frame under this key judges data, whoever else reads it."""


@dataclass(frozen=True)
class StageVerdict:
    """A gate's verdict on a stage, or a stage that failed without one."""

    gate: str
    passed: bool
    text: str
    stage: str
    run: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "gate": self.gate,
            "passed": self.passed,
            "text": self.text,
            "stage": self.stage,
            "run": self.run,
            "facts": dict(self.facts),
        }


def stage_verdicts(ledger: Ledger, made: Registration) -> list[StageVerdict]:
    """The newest verdict of each gate on the stages that a version depends on or that judged it.

    Parameters
    ----------
    ledger
        The workspace's.
    made
        The version's registration.
    """
    found: dict[tuple[str, str, str], StageVerdict] = {}
    judged: set[tuple[str, str]] = set()
    failed: dict[tuple[str, str], StageVerdict] = {}
    for run_id in _runs(ledger, made):
        rows = gates.verdicts(ledger, run_id)
        latest = latest_by_stage(ledger, run_id)
        for stage in sorted(_stages_of(ledger, run_id, made, rows)):
            ended = latest.get(stage)
            which = (ended.pipeline if ended is not None else made.pipeline or "", stage)
            if which in judged:
                continue
            own = [row for row in rows if row.stage == stage]
            newest = {
                (*which, row.gate): StageVerdict(row.gate, row.passed, row.text, stage, run_id, row.facts)
                for row in own
                if not (row.passed and any(check.get(HANDED_OVER) for check in row.facts.get("checks", ())))
            }
            status = ended.status if ended is not None else ""
            why = str(((ended.error if ended is not None else None) or {}).get("message", ""))
            if status == "refused" and all(row.passed for row in own):
                newest[*which, ""] = StageVerdict("", False, why or "it was refused", stage, run_id)
            # A run that ended before this stage did says nothing new of gates that an older run has judged.
            found = newest | found
            if status in ("done", "hit", "refused"):
                judged.add(which)
            elif status in ("failed", "cancelled"):
                text = f"it {'failed' if status == 'failed' else 'was cancelled'}, so that it judged nothing"
                failed.setdefault(which, StageVerdict("", False, f"{text}: {why}" if why else text, stage, run_id))
    return [*found.values(), *(verdict for which, verdict in failed.items() if which not in judged)]


def _runs(ledger: Ledger, made: Registration) -> list[str]:
    """Runs in which this very value took part, newest first, and the one that registered it."""
    return list(dict.fromkeys([*lineage.runs_with(ledger, made.content), *([made.run] if made.run else [])]))


def _stages_of(ledger: Ledger, run_id: str, made: Registration, rows: Iterable[gates.Verdict]) -> set[str]:
    used, made_there = lineage.run_inputs(ledger, run_id), lineage.run_outputs(ledger, run_id)
    above: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for edge in used:
        if edge.source is not None:
            above.setdefault(edge.stage, set()).add(edge.source)
            below.setdefault(edge.source, set()).add(edge.stage)
    makers = {edge.stage for edge in made_there if edge.digest == made.content}
    if run_id == made.run:
        makers |= {stage for stage in (made.stage, made.facts.get("made_by")) if stage}
    # Who only uses the value judges it; what else they use, such as a sibling's model, is not where it came from.
    users = {edge.stage for edge in used if edge.digest == made.content}
    ancestors = _reached(makers, above)
    stages = ancestors | _reached(makers | users, below)
    learnt_from = {edge.digest for edge in used if edge.stage in ancestors}
    for row in rows:
        frames = {check.get(FRAME) for check in row.facts.get("checks", ())} - {None}
        if frames and any(
            edge.stage == row.stage and edge.name in frames and edge.digest in learnt_from
            for edge in (*used, *made_there)
        ):
            stages.add(row.stage)
    return stages


def _reached(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        stage = waiting.pop()
        if stage not in seen:
            seen.add(stage)
            waiting += edges.get(stage, ())
    return seen
