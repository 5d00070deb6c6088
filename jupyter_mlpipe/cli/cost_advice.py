"""``mlpipe cost advise``: what stages should ask for. Not for finding it out (``costs.right_sizing``)."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json, print_table


def configure_advise(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser(
        "advise", help="say which stages ask for more, or less, than they use", allow_abbrev=False
    )
    parser.set_defaults(parser=parser)
    parser.add_argument("--pipeline", metavar="NAME", help="only this one")
    add_workspace(parser)
    add_json(parser)


def execute_advise(arguments: argparse.Namespace) -> int:
    """Print the advice."""
    from jupyter_mlpipe.costs.charging import Charger
    from jupyter_mlpipe.costs.money import shown
    from jupyter_mlpipe.costs.right_sizing import ENOUGH, advise

    with open_workspace(arguments) as workspace:
        found = advise(workspace.ledger, Charger.of(workspace.root), arguments.pipeline)
    if arguments.json:
        print_json({"advice": [item.to_json() for item in found]})
        return 0
    if not found:
        print(f"nothing to advise: stages use what they ask for, or ended well fewer than {ENOUGH} times")
        return 0
    rows = [
        (
            f"{item.pipeline}/{item.stage}",
            item.option or f"without --{item.resource}",
            shown(item.saves, item.currency) if item.saves else "",
            item.text,
        )
        for item in found
    ]
    print_table(("stage", "better", "saves a run", "why"), rows)
    return 0
