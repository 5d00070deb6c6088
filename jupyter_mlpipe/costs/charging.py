"""Puts prices to facts of usage: the ledger's row, with its cost and the prices in force.

Not for the prices (``price_book``) nor the sum itself (``pricing``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_mlpipe.costs import pricing
from jupyter_mlpipe.costs.price_book import load_prices
from jupyter_mlpipe.ledger.usage import Usage

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_mlpipe.costs.prices import PriceBook


@dataclass(frozen=True)
class Charger:
    """Charges usage by one price book."""

    book: PriceBook

    @classmethod
    def of(cls, root: Path) -> Charger:
        """By the price book of a workspace. Raises `PriceBookError` where it cannot be read."""
        return cls(load_prices(root))

    @property
    def currency(self) -> str:
        """The book's currency."""
        return self.book.currency

    def charged(self, usage: Usage) -> Usage:
        """The usage with its cost; with an unknown one, and the reason, where the book has no price for it."""
        cost = pricing.cost_of(
            pricing.Usage(
                machine=usage.machine,
                purchase=usage.purchase,
                started=usage.started,
                seconds=usage.seconds,
                cpus=usage.cpus,
                cpu_seconds=usage.cpu_seconds,
                memory=usage.memory,
                memory_byte_seconds=usage.memory_byte_seconds,
                gpus=usage.gpus,
                gpu_names=tuple(usage.measured.get("gpus", ())),
                energy_joules=usage.energy,
            ),
            self.book,
        )
        return replace(
            usage,
            currency=cost.currency,
            amount=cost.amount,
            unknown="; ".join(cost.unknown) or None,
            terms=cost.terms,
        )
