"""``mlpipe show``: one run, stage by stage: what each used, made and measured. Not for comparing runs (``diff``)."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import duration, print_json, print_table, size
from jupyter_mlpipe.cli.runs import moment


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="latest", help="a run's id, the beginning of one, or `latest`"
    )
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the run."""
    from jupyter_mlpipe.execution.run_facts import find_run, run_facts, stage_facts

    with open_workspace(arguments) as workspace:
        run = find_run(workspace.ledger, arguments.run)
        facts = {**run_facts(run), "stages": stage_facts(workspace.ledger, run.id)}
    if arguments.json:
        print_json(facts)
    else:
        _print(facts)
    return 0


def _print(facts: dict[str, Any]) -> None:
    print(f"run {facts['run']} of {facts['pipeline']}: {facts['status']}")
    print(f"{facts['notebook']}, started {moment(facts['started'])} by {facts['user']} on {facts['host']}")
    if facts["seconds"] is not None:
        print(f"took {duration(facts['seconds'])}")
    for name, value in facts["parameters"].items():
        print(f"parameter {name} = {value!r}")
    if facts["executed"]:
        print(f"executed notebook: {facts['executed']}")
    if facts["error"]:
        print(f"{facts['error'].get('code')}: {facts['error'].get('message')}")
    print()
    rows = [
        (
            stage["name"],
            stage["status"],
            "" if stage["status"] == "skipped" else duration(stage["seconds"]),
            ", ".join(f"{name}={value:.6g}" for name, value in stage["numbers"].items()),
            "" if stage["hit"] else stage["reason"],
        )
        for stage in facts["stages"]
    ]
    print_table(("stage", "status", "took", "numbers", "why"), rows)
    made = [
        (stage["name"], item["name"], item["type"], "" if item["rows"] is None else str(item["rows"]),
         "" if item["bytes"] is None else size(item["bytes"]), item["digest"][:8])
        for stage in facts["stages"]
        for item in stage["outputs"]
    ]  # fmt: skip
    if made:
        print()
        print_table(("stage", "made", "type", "rows", "size", "digest"), made)
    for stage in facts["stages"]:
        for gate in stage["gates"]:
            print(
                f"gate of {stage['name']}: {'passed' if gate['passed'] else 'refused'}: {gate['gate']} ({gate['text']})"
            )
        if stage["error"]:
            print(f"{stage['name']}: {stage['error'].get('code')}: {stage['error'].get('message')}")
