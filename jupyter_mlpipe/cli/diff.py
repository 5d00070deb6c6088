"""``mlpipe diff``: what differs between two runs, from what the ledger recorded of their stages' keys and numbers.

Not for explaining one stage's miss before a run (``plan``), nor for finding the differences (``store.keys``).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json
from jupyter_mlpipe.cli.show import find_run, latest_by_stage

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger.stages import StageRun

_GROUPS = {
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


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("before", metavar="RUN", help="a run's id, or the beginning of one")
    parser.add_argument("after", metavar="RUN", nargs="?", default="latest", help="the other (default: the newest)")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the differences."""
    with open_workspace(arguments) as workspace:
        ledger = workspace.ledger
        before, after = find_run(ledger, arguments.before), find_run(ledger, arguments.after)
        stages = _stages(latest_by_stage(ledger, before.id), latest_by_stage(ledger, after.id))
    facts = {
        "before": {"run": before.id, "pipeline": before.pipeline, "status": before.status},
        "after": {"run": after.id, "pipeline": after.pipeline, "status": after.status},
        "parameters": _changes(before.parameters, after.parameters),
        "environment": _changes(before.versions, after.versions),
        "stages": stages,
    }
    if arguments.json:
        print_json(facts)
    else:
        _print(facts)
    return 0


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
            **{group: [] for group in dict.fromkeys(_GROUPS.values())},
            "metrics": _changes(old.numbers if old else {}, new.numbers if new else {}),
        }
        if old and new and old.components and new.components and old.key != new.key:
            _explain(stage, old.components, new.components)
        if _differs(stage):
            found.append(stage)
    return found


def _explain(stage: dict[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    from jupyter_mlpipe.store.keys import explain

    for reason in explain(old, new):
        stage[_GROUPS.get(reason.kind, "code")].append({"name": reason.name, "text": reason.text})


def _differs(stage: Mapping[str, Any]) -> bool:
    ended_well = {"done", "hit"}
    same_end = stage["before"] == stage["after"] or {stage["before"], stage["after"]} == ended_well
    return not same_end or any(stage[group] for group in (*_GROUPS.values(), "metrics"))


def _print(facts: Mapping[str, Any]) -> None:
    print(f"{facts['before']['run']} → {facts['after']['run']}")
    for change in facts["parameters"]:
        before, after = (_shown(change[side], "default") for side in ("before", "after"))
        print(f"parameter {change['name']}: {before} → {after}")
    for change in facts["environment"]:
        print(f"{change['name']}: {_shown(change['before'])} → {_shown(change['after'])}")
    for stage in facts["stages"]:
        print()
        print(stage["name"] + _ends(stage["before"], stage["after"]))
        for group in dict.fromkeys(_GROUPS.values()):
            for change in stage[group]:
                print(f"  {group}: {change['text']}")
        for change in stage["metrics"]:
            print(f"  metrics: {change['name']} {_shown(change['before'])} → {_shown(change['after'])}")
    if not facts["parameters"] and not facts["environment"] and not facts["stages"]:
        print("no difference")


def _ends(before: str | None, after: str | None) -> str:
    if before is None:
        return ": only in the second"
    if after is None:
        return ": only in the first"
    return "" if before == after or {before, after} == {"done", "hit"} else f": {before} → {after}"


def _shown(value: Any, missing: str = "none") -> str:
    if value is None:
        return missing
    return f"{value:.6g}" if isinstance(value, float) else str(value)
