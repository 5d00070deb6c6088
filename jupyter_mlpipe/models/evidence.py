"""What speaks for and against a version: the verdicts on the stages that it came from, that used it, and on its data.

A version's stages are those of the newest run that its result took part in: all above the stage that made the model,
all below, and those that checked data which went into it. Not for the gates that a policy adds (``promotion``).
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
        The version's registration. One that names no run has no verdicts.
    """
    found: dict[tuple[str, str], StageVerdict] = {}
    judged: set[str] = set()
    for run_id in _runs(ledger, made):
        stages = _stages_of(ledger, run_id, made)
        rows = gates.verdicts(ledger, run_id)
        latest = latest_by_stage(ledger, run_id)
        for stage in sorted(stages - judged):
            own = [row for row in rows if row.stage == stage]
            for row in own:
                if row.passed and any(check.get(HANDED_OVER) for check in row.facts.get("checks", ())):
                    continue
                found[stage, row.gate] = StageVerdict(row.gate, row.passed, row.text, stage, run_id, row.facts)
            ended = latest.get(stage)
            if ended is not None and ended.status == "refused" and all(row.passed for row in own):
                why = str((ended.error or {}).get("message", "it was refused"))
                found[stage, ""] = StageVerdict("", False, why, stage, run_id)
            if ended is not None and ended.status in ("done", "hit", "refused"):
                judged.add(stage)
    return list(found.values())


def _runs(ledger: Ledger, made: Registration) -> list[str]:
    """Runs that made or restored this very model, newest first, and the one that registered it."""
    return list(dict.fromkeys([*lineage.runs_with(ledger, made.content), *([made.run] if made.run else [])]))


def _stages_of(ledger: Ledger, run_id: str, made: Registration) -> set[str]:
    edges = lineage.run_inputs(ledger, run_id)
    above: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for edge in edges:
        if edge.source is not None:
            above.setdefault(edge.stage, set()).add(edge.source)
            below.setdefault(edge.source, set()).add(edge.stage)
    makers = {edge.stage for edge in lineage.run_outputs(ledger, run_id) if edge.digest == made.content}
    start = makers | {stage for stage in (made.stage, made.facts.get("made_by")) if stage}
    ancestors = _reached(start, above)
    stages = ancestors | _reached(start, below)
    used = {(edge.name, edge.digest) for edge in edges if edge.stage in ancestors}
    for row in gates.verdicts(ledger, run_id):
        frames = {check.get(FRAME) for check in row.facts.get("checks", ())}
        if any(edge.stage == row.stage and edge.name in frames and (edge.name, edge.digest) in used for edge in edges):
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
