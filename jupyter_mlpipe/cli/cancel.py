"""``mlpipe cancel``: end a run that goes on, in whatever process, on whatever host. Not for how it ends (``run``)."""

from __future__ import annotations

import argparse

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of one, or `latest`")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Ask for the run's end, and say whether it had ended already."""
    from jupyter_mlpipe.execution.cancelling import cancel_run

    with open_workspace(arguments) as workspace:
        run, asked = cancel_run(workspace, arguments.run)
    if arguments.json:
        print_json({"run": run.id, "asked": asked, "status": run.status})
    elif asked:
        print(f"run {run.id} was asked to end; what it has finished stays stored")
    else:
        print(f"run {run.id} had ended already: {run.status}")
    return 0
