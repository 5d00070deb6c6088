"""``mlpipe``: the table of commands, the exit codes, and what becomes of an error.

A command's module is imported only when that command is called, so that ``mlpipe --help`` costs little more than Python
itself. This module is not for reading the command line (``parser``), nor for what any one command does.
"""

from __future__ import annotations

import os
import sys

from jupyter_mlpipe.errors import MlpipeError, UsageError

TYPE_CHECKING = False  # `typing` takes longer to import than what a warm run does here
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, str] = {
    "run": "run a notebook's pipeline; what is cached is restored",
    "warm": "keep a process ready, so that `mlpipe run --warm` begins at once",
    "plan": "show what is cached, what would run, why, and how long it took before",
    "graph": "show which stage feeds which",
    "lint": "show what in a notebook would surprise you",
    "cancel": "end a run that goes on, from any terminal",
    "runs": "list the runs so far",
    "show": "show one run, stage by stage",
    "diff": "compare two runs: code, parameters, environment, inputs, metrics",
    "models": "list, compare, promote, approve and roll back registered models",
    "promote": "give a model version a state, if its gates hold; --check only says so",
    "quality": "say how well a model predicts, with labels and before they come; --check fails where it is worse",
    "drift": "say whether data is still what a model learnt from, and on which columns not",
    "lineage": "show what something was made of, and what was made of it",
    "alerts": "list, acknowledge, resolve and silence alerts; tell people",
    "owners": "show who answers for something; check owners.toml",
    "cost": "add up what runs cost, estimate one, show budgets and prices, advise on sizes",
    "store": "verify, measure or sweep the artifact store",
    "retention": "keep, archive, delete and bring back results, notebooks, profiles and MLflow's runs, by rules",
    "metrics": "print the ledger's figures for Prometheus, write them to a file, or serve them",
    "track": "send to MLflow what is still waiting",
    "demo": "copy the tutorial into a folder and run it",
}
"""Each command and what it does; the command's module has the same name."""

EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a stage failed, or an error of ours",
    2: "wrong usage, or a notebook that cannot be run as it is",
    3: "refused by a gate or a policy",
    4: "waits for an approval",
    130: "interrupted",
}

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error ends here."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    as_json = "--json" in words
    try:
        return _execute(words)
    except MlpipeError as error:
        if debug:
            raise
        return report(error, as_json=as_json)
    except KeyboardInterrupt:
        print("mlpipe: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`mlpipe runs | head`); that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        from jupyter_mlpipe.cli.crash import report_crash

        return report_crash(error, words, as_json=as_json)


def _execute(words: list[str]) -> int:
    # `--debug` may stand anywhere, like a compiler's -v.
    words = [word for word in words if word != "--debug"]
    name = next((word for word in words if not word.startswith("-")), None)
    if name == "run" and "--warm" in words:
        from jupyter_mlpipe.cli.resident_client import run_warm

        words = [word for word in words if word != "--warm"]
        code = run_warm(words)
        if code is not None:
            return code
    from jupyter_mlpipe.cli.parser import build_parser, command

    parser = build_parser(only=name or "", alone=words[0] in COMMANDS if words else False)
    arguments, rest = parser.parse_known_args(words)
    if rest:
        getattr(arguments, "parser", parser).error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.show_version:
        from jupyter_mlpipe._version import __version__

        print(f"mlpipe {__version__}")
        return 0
    if arguments.command is None:
        parser.print_help()
        return UsageError.exit_code
    return command(arguments.command).execute(arguments)


def report(error: MlpipeError, *, as_json: bool) -> int:
    """Show an error the way its reader wants it and return its exit code."""
    if as_json:
        import json

        print(json.dumps({"error": error.to_json()}, indent=2, default=str))
    else:
        print(f"mlpipe: {error}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
