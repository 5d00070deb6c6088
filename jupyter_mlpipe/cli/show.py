"""``mlpipe show``: one run, stage by stage: what each used, made and measured. Not for comparing runs (``diff``)."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import duration, print_json, print_table, size
from jupyter_mlpipe.cli.runs import moment, run_facts
from jupyter_mlpipe.errors import UnknownRunError

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.ledger.runs import Run
    from jupyter_mlpipe.ledger.stages import StageRun

LATEST = "latest"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default=LATEST, help="a run's id, the beginning of one, or `latest`"
    )
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the run."""
    with open_workspace(arguments) as workspace:
        run = find_run(workspace.ledger, arguments.run)
        facts = {**run_facts(run), "stages": _stages(workspace.ledger, run.id)}
    if arguments.json:
        print_json(facts)
    else:
        _print(facts)
    return 0


def find_run(ledger: Ledger, name: str) -> Run:
    """The run with this id or beginning of one; ``latest`` is the newest.

    Raises
    ------
    UnknownRunError
        There is none, or more than one.
    """
    from jupyter_mlpipe.ledger import runs

    if name != LATEST:
        return runs.run(ledger, name)
    newest = runs.runs(ledger, limit=1)
    if not newest:
        raise UnknownRunError("there are no runs yet", hint="run a notebook first: `mlpipe run NOTEBOOK`")
    return newest[0]


def latest_by_stage(ledger: Ledger, run_id: str) -> dict[str, StageRun]:
    """For each stage of a run, how it ended at last."""
    from jupyter_mlpipe.ledger.stages import stage_runs

    return {found.stage: found for found in stage_runs(ledger, run_id)}


def _stages(ledger: Ledger, run_id: str) -> list[dict[str, Any]]:
    from jupyter_mlpipe.ledger import gates, lineage

    verdicts = gates.verdicts(ledger, run_id)
    return [
        {
            "name": found.stage,
            "status": found.status,
            "hit": found.hit,
            "reason": found.reason,
            "seconds": found.seconds,
            "saved": found.saved_seconds,
            "key": found.key,
            "attempt": found.attempt,
            "worker": found.worker,
            "owner": found.owner,
            "numbers": dict(found.numbers),
            "inputs": [asdict(item) for item in lineage.inputs(ledger, found.id)],
            "outputs": [asdict(item) for item in lineage.outputs(ledger, found.id)],
            "gates": [
                {"gate": item.gate, "passed": item.passed, "text": item.text}
                for item in verdicts
                if item.stage == found.stage
            ],
            "error": found.error,
        }
        for found in latest_by_stage(ledger, run_id).values()
    ]


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
