"""``mlpipe warm``: start, or stop, the process behind ``mlpipe run --warm``. Not for what it does (``resident``)."""

from __future__ import annotations

import argparse

from jupyter_mlpipe.cli.opening import add_workspace
from jupyter_mlpipe.cli.resident_client import start_resident, stop_resident
from jupyter_mlpipe.errors import UsageError
from jupyter_mlpipe.execution.shared_address import AVAILABLE
from jupyter_mlpipe.root import find_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_workspace(parser)
    parser.add_argument("--stop", action="store_true", help="end it, with its cluster")


def execute(arguments: argparse.Namespace) -> int:
    """Start or stop, and say which."""
    if not AVAILABLE:
        raise UsageError("warm runs are to be had on Linux only", hint="run without --warm")
    root = find_root(arguments.workspace)
    if arguments.stop:
        print("stopped" if stop_resident(root) else "nothing was warm")
        return 0
    start_resident(root)
    print(f"warm: `mlpipe run --warm` of notebooks under {root} begins at once")
    return 0
