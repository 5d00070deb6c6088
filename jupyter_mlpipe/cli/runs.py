"""``mlpipe runs``: the runs that the ledger knows, newest first. Not for one run's stages (``show``)."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import duration, print_json, print_table

_STATUSES = ("running", "done", "failed", "refused", "cancelled", "interrupted")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--pipeline", metavar="NAME", help="only runs of this pipeline")
    parser.add_argument("--status", choices=_STATUSES, help="only runs with this status")
    parser.add_argument("-n", "--limit", type=int, default=20, metavar="N", help="at most so many (default: 20)")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the runs."""
    from jupyter_mlpipe.execution.lost_runs import record_lost_runs
    from jupyter_mlpipe.execution.run_facts import run_facts
    from jupyter_mlpipe.ledger.runs import runs

    with open_workspace(arguments) as workspace:
        record_lost_runs(
            workspace.ledger,
            tracking=workspace.settings.tracking,
            openlineage=workspace.settings.tells_openlineage,
        )
        found = runs(workspace.ledger, arguments.pipeline, status=arguments.status, limit=max(arguments.limit, 0))
    if arguments.json:
        print_json({"runs": [run_facts(run) for run in found]})
    elif not found:
        print("no runs yet")
    else:
        rows = [
            (
                run.id,
                run.pipeline,
                run.status,
                moment(run.started),
                duration(run.seconds),
                run.user,
                " ".join(f"{name}={_short(value)}" for name, value in run.parameters.items()),
            )
            for run in found
        ]
        print_table(("run", "pipeline", "status", "started", "took", "by", "parameters"), rows)
    return 0


def moment(epoch: float) -> str:
    """A time for people, in their own zone."""
    return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:23]}…"
