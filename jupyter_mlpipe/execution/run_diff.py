"""What differs between two runs, from what the ledger recorded of their stages' keys and numbers.

Not for explaining one stage's miss before a run (``plan``), nor for finding what differs in keys (``store.keys``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.execution.run_facts import latest_by_stage
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.ledger.stages import StageRun
from jupyter_mlpipe.store.keys import explain

GROUP_OF = {
    "code": "code",
    "slice": "code",
    "module": "code",
    "option": "code",
    "parameter": "parameters",
    "package": "environment",
    "python": "environment",
    "version": "environment",
    "ambient": "environment",
    "input": "inputs",
    "file": "inputs",
}
"""Under which heading each kind of reason stands."""

GROUPS = tuple(dict.fromkeys(GROUP_OF.values()))


def compare_runs(ledger: Ledger, before: Run, after: Run) -> dict[str, Any]:
    """What differs, as JSON values in the shape that ``mlpipe diff --json`` prints."""
    return {
        "before": {"run": before.id, "pipeline": before.pipeline, "status": before.status},
        "after": {"run": after.id, "pipeline": after.pipeline, "status": after.status},
        "parameters": _changes(before.parameters, after.parameters),
        "environment": _changes(before.versions, after.versions),
        "stages": _stages(latest_by_stage(ledger, before.id), latest_by_stage(ledger, after.id)),
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"name": name, "before": before.get(name), "after": after.get(name)}
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    ]


def _stages(before: Mapping[str, StageRun], after: Mapping[str, StageRun]) -> list[dict[str, Any]]:
    """The stages that differ in anything, those of the second run first."""
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        stage: dict[str, Any] = {
            "name": name,
            "before": old.status if old else None,
            "after": new.status if new else None,
            **{group: [] for group in GROUPS},
            "metrics": _changes(old.numbers if old else {}, new.numbers if new else {}),
        }
        if old and new and old.components and new.components and old.key != new.key:
            _explain(stage, old.components, new.components)
        if _differs(stage):
            found.append(stage)
    return found


def _explain(stage: dict[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for reason in explain(old, new):
        stage[GROUP_OF.get(reason.kind, "code")].append({"name": reason.name, "text": reason.text})


def _differs(stage: Mapping[str, Any]) -> bool:
    ended_well = {"done", "hit"}
    same_end = stage["before"] == stage["after"] or {stage["before"], stage["after"]} == ended_well
    return not same_end or any(stage[group] for group in (*GROUPS, "metrics"))
