"""What a result cost to make: the attempts that made it and all that it was made from, in whatever run they were.

Unlike a report it counts what a stored result stood for: a version whose data came from the cache cost what making
that data cost, once.

Not for sums by groups (``reports``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.costs.cost_lines import exact
from jupyter_mlpipe.ledger.stage_lineage import stage_lineages
from jupyter_mlpipe.ledger.usage import Usage, costs_of_keys

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger


@dataclass(frozen=True)
class Making:
    """What one result cost to make."""

    run: str
    stage: str
    parts: Mapping[str, Usage | None]
    """By stage, the last first: the attempt that made its result; None where nobody recorded it."""

    @property
    def totals(self) -> Mapping[str, int]:
        """Billionths by currency, as far as known."""
        found: dict[str, int] = {}
        for usage in self.parts.values():
            if usage is not None and usage.amount is not None:
                found[usage.currency] = found.get(usage.currency, 0) + usage.amount
        return found

    @property
    def unknown(self) -> tuple[str, ...]:
        """Stages whose cost nobody knows."""
        return tuple(name for name, usage in self.parts.items() if usage is None or usage.amount is None)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape; amounts as exact decimal text."""
        return {
            "run": self.run,
            "stage": self.stage,
            "parts": [
                {
                    "stage": name,
                    "run": usage.run if usage else None,
                    "amount": exact(usage.amount) if usage and usage.amount is not None else None,
                    "currency": usage.currency if usage else None,
                    "seconds": usage.seconds if usage else None,
                    "rows": usage.rows if usage else None,
                }
                for name, usage in self.parts.items()
            ],
            "totals": {currency: exact(amount) for currency, amount in self.totals.items()},
            "unknown": list(self.unknown),
        }


def cost_of_making(ledger: Ledger, run: str, stage: str) -> Making:
    """Find what the result of a stage in a run cost, with all stages above that it came from."""
    by_name = {item.stage: item for item in stage_lineages(ledger, [run]).get(run, ())}
    found: list[str] = []
    waiting = [stage] if stage in by_name else []
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found.append(name)
        sources = {item.source for item in by_name[name].inputs if item.source}
        waiting += sorted(source for source in sources if source in by_name)
    keys = {name: by_name[name].key for name in found}
    made = costs_of_keys(ledger, [key for key in keys.values() if key])
    return Making(run, stage, {name: made.get(key) if key else None for name, key in keys.items()})
