"""``mlpipe lint``: what in a notebook a run will stumble on. Not for the rules: ``notebook.lint`` holds them."""

from __future__ import annotations

import argparse

from jupyter_mlpipe.cli.opening import add_json
from jupyter_mlpipe.cli.output import print_json

FOUND = 2
"""Exit code where a finding keeps the notebook from running as it is."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("notebooks", metavar="NOTEBOOK", nargs="+")
    parser.add_argument(
        "--ignore", metavar="CODE", action="append", default=[], help="leave out a rule; may be repeated"
    )
    parser.add_argument("--strict", action="store_true", help=f"exit with {FOUND} on warnings, too")
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print what the rules find."""
    from jupyter_mlpipe.notebook.lint import RULES, Severity, lint_notebook
    from jupyter_mlpipe.workspace import Workspace

    ignore = {code for given in arguments.ignore for code in given.split(",")}
    _check_codes(ignore, {rule.code for rule in RULES})
    found = []
    for path in arguments.notebooks:
        hooks = Workspace.open(path, create=False).hooks()
        found += [(path, finding) for finding in lint_notebook(path, extend=hooks, ignore=ignore)]
    if arguments.json:
        print_json({"findings": [{"notebook": path, **finding.to_json()} for path, finding in found]})
    else:
        for path, finding in found:
            place = ":".join(
                [path]
                + ([f"cell {finding.cell}"] if finding.cell is not None else [])
                + ([str(finding.line)] if finding.line is not None else [])
            )
            print(f"{place}: {finding.code} {finding.message}\n  → {finding.fix}")
        print(f"{len(found)} found" if found else "nothing found")
    stops = {Severity.ERROR, Severity.WARNING} if arguments.strict else {Severity.ERROR}
    return FOUND if any(finding.severity in stops for _, finding in found) else 0


def _check_codes(given: set[str], known: set[str]) -> None:
    from jupyter_mlpipe.errors import UsageError

    for code in sorted(given - known):
        raise UsageError(f"there is no rule {code}", hint=f"the rules are {', '.join(sorted(known))}")
