"""``mlpipe run``: run a notebook's pipeline, say what happens, and leave the executed notebook.

Not for how a run goes: ``execution.walk`` says that.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.main import INTERRUPTED
from jupyter_mlpipe.cli.narration import Narrator, say_result
from jupyter_mlpipe.cli.opening import add_json, add_parameters, open_notebook, parameters_of
from jupyter_mlpipe.cli.output import note, print_json
from jupyter_mlpipe.errors import BudgetConsentError, UsageError

if TYPE_CHECKING:
    from jupyter_mlpipe.errors import MlpipeError
    from jupyter_mlpipe.execution.report import RunResult

_EXIT = {"done": 0, "failed": 1, "refused": 3, "cancelled": INTERRUPTED, "interrupted": INTERRUPTED}

_EVERY = "*"
_DOOR = "cli"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("notebook", metavar="NOTEBOOK", nargs="?", help="the notebook; it is never changed")
    add_parameters(parser)
    add_run_options(parser)
    parser.add_argument(
        "--warm",
        action="store_true",
        help="let a process that stays ready carry it out, and start one where there is none",
    )
    parser.add_argument("-o", "--output", metavar="PATH", type=Path, help="where the executed notebook goes")
    parser.add_argument("--stage", metavar="NAME", help="run only what stands up to the end of this stage")
    parser.add_argument(
        "--from", metavar="STAGE", dest="rerun_from",
        help="run this stage and all that follow from it, whatever is cached",
    )  # fmt: skip
    parser.add_argument(
        "--force", metavar="STAGE", nargs="?", action="append", const=_EVERY, default=[],
        help="run this stage (without STAGE: every stage) whatever is cached; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--keep-going", action="store_true", help="after a failure, go on with the stages that do not depend on it"
    )
    parser.add_argument(
        "--accept-cost", metavar="BUDGET", nargs="?", action="append", const=_EVERY, default=[],
        help="go on beyond this budget (without BUDGET: any that asks); may be repeated, and is written down",
    )  # fmt: skip
    # For programs that start runs: they know the run's id before it begins, and are named in the ledger.
    parser.add_argument("--run-id", help=argparse.SUPPRESS)
    parser.add_argument("--door", default=_DOOR, help=argparse.SUPPRESS)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where a run runs and how much it says."""
    parser.add_argument(
        "--cluster", metavar="WHERE", help="`local`, a Dask scheduler's address, or the path of a Dask cluster class"
    )
    parser.add_argument("--workers", metavar="N", type=int, help="number of workers")
    parser.add_argument("-k", "--kernel", metavar="NAME", help="the Jupyter kernel to run in, not the notebook's own")
    parser.add_argument("--no-track", action="store_true", help="tell MLflow nothing of this run")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run, and return the exit code of the run's status."""
    _settle_notebook(arguments)
    result = run_notebook(arguments)
    if isinstance(result.error, BudgetConsentError) and _consents(arguments, result.error):
        arguments.accept_cost += result.error.details["budgets"]
        result = run_notebook(arguments)
    if arguments.json:
        print_json(result.to_json())
    else:
        say_result(result, quiet=arguments.quiet)
    refused = result.status == "refused" and result.error is not None
    return result.error.exit_code if refused and result.error else _EXIT[result.status]


def run_notebook(arguments: argparse.Namespace) -> RunResult:
    """Run the notebook that the arguments name; Ctrl-C cancels the run, a second one stops at once."""
    overrides = {
        "cluster": arguments.cluster,
        "workers": arguments.workers,
        "kernel_name": arguments.kernel,
        "tracking": False if arguments.no_track else None,
    }
    workspace, pipeline = open_notebook(arguments, overrides)
    from jupyter_mlpipe.execution.runner import run_pipeline

    silent = arguments.quiet or arguments.json
    narrator = Narrator(pipeline, silent=silent)
    with workspace, narrator, _cancelled_by_signals() as cancel:
        return run_pipeline(
            workspace,
            pipeline,
            parameters=parameters_of(arguments),
            output=arguments.output,
            force=arguments.force,
            keep_going=arguments.keep_going,
            until=arguments.stage,
            rerun_from=arguments.rerun_from,
            on_event=narrator.hear,
            cancel=cancel,
            run_id=arguments.run_id,
            options=_options(arguments),
        )


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the ledger is to say of how the run was asked for."""
    accepted = getattr(arguments, "accept_cost", None)
    return {"door": arguments.door} | ({"accept_cost": accepted} if accepted else {})


def _consents(arguments: argparse.Namespace, error: MlpipeError) -> bool:
    """Ask whoever sits at the terminal; nobody sits there where a program reads what is said."""
    if arguments.json or arguments.run_id or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note(f"mlpipe: {error.message}")
    print("Go on all the same? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _settle_notebook(arguments: argparse.Namespace) -> None:
    """Tell ``--force NOTEBOOK`` from ``--force STAGE NOTEBOOK``: argparse gives the next word to ``--force``."""
    if arguments.notebook is None and arguments.force and arguments.force[-1] != _EVERY:
        arguments.notebook = arguments.force[-1]
        arguments.force[-1] = _EVERY
    if arguments.notebook is None:
        raise UsageError("no notebook was named", hint="`mlpipe run NOTEBOOK`")


@contextmanager
def _cancelled_by_signals() -> Iterator[threading.Event]:
    cancel = threading.Event()

    def stop(*_: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()
        note("mlpipe: stopping; Ctrl-C once more stops at once")

    before: Mapping[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        numbers = (signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else (signal.SIGINT,)
        before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
