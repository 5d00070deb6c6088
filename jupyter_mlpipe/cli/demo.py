"""``mlpipe demo``: copy the tutorial into a folder and run it. Not for the tutorial itself (``notebooks/``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jupyter_mlpipe.cli.run import add_run_options
from jupyter_mlpipe.cli.run import execute as run_command
from jupyter_mlpipe.notebook.tutorial import copy_tutorial


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", type=Path, default=Path("mlpipe-demo"), help="default: mlpipe-demo"
    )
    parser.add_argument("--no-run", action="store_true", help="only copy")
    add_run_options(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Copy what is not there yet, run it, and say how to look at the result."""
    notebook = copy_tutorial(arguments.folder)
    if arguments.no_run:
        print(f"the tutorial is {notebook}")
        return 0
    arguments.notebook = str(notebook)
    arguments.parameter, arguments.raw_parameter, arguments.parameters_file = [], [], None
    arguments.output = arguments.folder / f"{notebook.stem}.executed.ipynb"
    arguments.force, arguments.stage, arguments.rerun_from, arguments.keep_going = [], None, None, False
    arguments.run_id, arguments.door = None, "cli"
    code = run_command(arguments)
    if not arguments.json and not arguments.quiet:
        jupyter = Path(sys.executable).with_name("jupyter")
        command = str(jupyter) if jupyter.exists() else "jupyter"
        print(f"open it:  {command} lab {arguments.output}")
        print(f"run it again, and see what is restored:  {Path(sys.argv[0]).name} run {notebook}")
    return code
