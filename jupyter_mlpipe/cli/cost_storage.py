"""``mlpipe cost storage``: what keeping results costs. Not for measuring it (``costs.storage``)."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json, print_table, size


def configure_storage(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("storage", help="say what a month of the store costs, by stage", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    add_workspace(parser)
    add_json(parser)


def execute_storage(arguments: argparse.Namespace) -> int:
    """Print it."""
    from jupyter_mlpipe.costs.cost_lines import exact
    from jupyter_mlpipe.costs.money import shown
    from jupyter_mlpipe.costs.price_book import load_prices
    from jupyter_mlpipe.costs.storage import storage_costs
    from jupyter_mlpipe.ledger.profiles import profile_blobs

    with open_workspace(arguments) as workspace:
        book = load_prices(workspace.root)
        kept = storage_costs(workspace.store, book, profile_blobs(workspace.ledger))
    months = [item.month for item in kept if item.month is not None]
    total = sum(months) if len(months) == len(kept) else None
    if arguments.json:
        print_json(
            {
                "currency": book.currency,
                "bytes": sum(item.size for item in kept),
                "month": None if total is None else exact(total),
                "kept": [item.to_json() for item in kept],
            }
        )
        return 0
    rows = [
        (item.pipeline, item.stage, str(item.blobs), size(item.size), shown(item.month, book.currency)) for item in kept
    ]
    print_table(("pipeline", "stage", "blobs", "size", "a month"), rows)
    print(f"{size(sum(item.size for item in kept))} cost {shown(total, book.currency)} a month")
    if total is None:
        note("the price book has no price for storage: [storage] store = …")
    return 0
