"""``mlpipe cost prices``: the price book as it is understood. Not for reading it (``costs.price_book``)."""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json, print_table


def configure_prices(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("prices", help="show the prices in force; say what is wrong with prices.toml",
                                allow_abbrev=False)  # fmt: skip
    parser.set_defaults(parser=parser)
    parser.add_argument("--check", action="store_true", help="only say whether the file can be used")
    parser.add_argument("--all", action="store_true", help="also rates that are not in force now")
    add_workspace(parser)
    add_json(parser)


def execute_prices(arguments: argparse.Namespace) -> int:
    """Print the price book; a mistake in it is the error that ends the command."""
    from jupyter_mlpipe.costs.price_book import FILE, load_prices
    from jupyter_mlpipe.costs.scope import machine_class

    with open_workspace(arguments) as workspace:
        book = load_prices(workspace.root)
        own = (workspace.root / FILE).exists()
        machine, purchase = machine_class(workspace.settings), workspace.settings.purchase or "on-demand"
    now = time.time()
    priced = book.rate(machine, purchase, now) is not None
    rates = [rate for rate in book.rates if arguments.all or rate.begin <= now < rate.end]
    if arguments.json:
        print_json(
            {
                "file": FILE if own else None,
                "currency": book.currency,
                "machine": machine,
                "purchase": purchase,
                "priced": priced,
                "rates": [rate.to_json() for rate in rates],
                "storage_gib_month": {tier: str(price) for tier, price in book.storage_gib_month.items()},
                "egress_gib": None if book.egress_gib is None else str(book.egress_gib),
            }
        )
        return 0
    print(f"{FILE if own else 'the default prices (no prices.toml)'}: {len(rates)} rates in {book.currency}")
    print(
        f"stages here run on {machine!r}, {purchase}{'' if priced else ': no price for it, so their costs are unknown'}"
    )
    if not arguments.check:
        print()
        rows = [
            (
                rate.machine, rate.purchase, _price(rate.machine_hour), _price(rate.cpu_hour),
                _price(rate.memory_gib_hour), ", ".join(f"{glob} {price}" for glob, price in rate.gpu_hour.items()),
                _until(rate.end), ", ".join(f"x{window.factor} {window.begin:%H:%M}-{window.end:%H:%M} {window.zone}"
                                            for window in rate.windows), rate.source,
            )
            for rate in rates
        ]  # fmt: skip
        heads = ("machine", "purchase", "whole/h", "cpu/h", "GiB/h", "gpu/h", "until", "off peak", "source")
        print_table(heads, rows)
    return 0


def _price(price: Any) -> str:
    return "" if price is None else str(price)


def _until(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment)) if math.isfinite(moment) else ""
