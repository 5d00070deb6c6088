"""``mlpipe diff``: what differs between two runs. Not for finding it out: ``execution.run_diff`` does."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("before", metavar="RUN", help="a run's id, or the beginning of one")
    parser.add_argument("after", metavar="RUN", nargs="?", default="latest", help="the other (default: the newest)")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the differences."""
    from jupyter_mlpipe.execution.run_diff import compare_runs
    from jupyter_mlpipe.execution.run_facts import find_run

    with open_workspace(arguments) as workspace:
        ledger = workspace.ledger
        facts = compare_runs(ledger, find_run(ledger, arguments.before), find_run(ledger, arguments.after))
    if arguments.json:
        print_json(facts)
    else:
        _print(facts)
    return 0


def _print(facts: Mapping[str, Any]) -> None:
    from jupyter_mlpipe.execution.run_diff import GROUPS

    print(f"{facts['before']['run']} → {facts['after']['run']}")
    for change in facts["parameters"]:
        before, after = (_shown(change[side], "default") for side in ("before", "after"))
        print(f"parameter {change['name']}: {before} → {after}")
    for change in facts["environment"]:
        print(f"{change['name']}: {_shown(change['before'])} → {_shown(change['after'])}")
    for stage in facts["stages"]:
        print()
        print(stage["name"] + _ends(stage["before"], stage["after"]))
        for group in GROUPS:
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
