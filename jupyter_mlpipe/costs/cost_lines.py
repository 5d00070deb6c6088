"""A line of a cost report: what a group used and cost, and by which rules facts count in it.

Not for which facts count in which line (``reports``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from jupyter_mlpipe.costs.money import to_decimal
from jupyter_mlpipe.ledger.usage_sums import UsageSum

_FAILED = frozenset({"failed", "died", "timeout"})
_STOPPED = frozenset({"cancelled", "discarded", "lost"})


@dataclass
class CostLine:
    """What one group used and cost, in one currency. Amounts are billionths of it."""

    group: tuple[str, ...]
    currency: str
    attempts: int = 0
    hits: int = 0
    retries: int = 0
    """Attempts after a first one."""
    runs: int = 0
    amount: int = 0
    """All that is known; the next four add up to it."""
    done: int = 0
    failed: int = 0
    """Failed, died, or took too long."""
    stopped: int = 0
    """Cancelled, discarded since something above changed, or lost with their runner."""
    idle: int = 0
    """Workers that were there and did nothing."""
    retried: int = 0
    """Of the amount: attempts after a first one."""
    unknown: int = 0
    """Facts that have no price, and are in no amount."""
    saved_by_cache: int = 0
    saved_by_scaling: int = 0
    """Workers that were sent away."""
    unsaved: int = 0
    """Hits of which nobody knows what they saved."""
    seconds: float = 0.0
    """Of attempts."""
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    gpu_busy_seconds: float = 0.0
    energy: float | None = None
    """Joules."""
    bytes_stored: int = 0
    rows: int = 0
    rows_amount: int = 0

    def take(self, usage: UsageSum) -> None:
        """Count facts of its group."""
        if usage.unknown is not None:
            self.unknown += usage.count
        self.shift(usage.kind, usage.outcome, usage.amount)
        if usage.kind == "idle":
            self.saved_by_scaling += usage.saved
            return
        if usage.kind == "hit":
            self.hits += usage.count
            self.saved_by_cache += usage.saved
            self.unsaved += usage.unsaved
            return
        self.attempts += usage.count
        if usage.retried:
            self.retries += usage.count
            self.retried += usage.amount
        self.seconds += usage.seconds
        self.cpu_seconds += usage.cpu_seconds
        self.gpu_seconds += usage.gpu_seconds
        self.gpu_busy_seconds += usage.gpu_busy_seconds
        if usage.energy is not None:
            self.energy = (self.energy or 0.0) + usage.energy
        self.bytes_stored += usage.bytes_stored
        self.rows += usage.rows
        self.rows_amount += usage.rows_amount

    def shift(self, kind: str, outcome: str, amount: int) -> None:
        """Add an amount, and to the column that it belongs to."""
        self.amount += amount
        if kind == "idle":
            self.idle += amount
        elif outcome in _FAILED:
            self.failed += amount
        elif outcome in _STOPPED:
            self.stopped += amount
        else:
            self.done += amount

    def add(self, other: CostLine) -> None:
        """Count all that another line counts; their runs are different ones."""
        for item in fields(self):
            mine, its = getattr(self, item.name), getattr(other, item.name)
            if item.name not in ("group", "currency") and its is not None:
                setattr(self, item.name, its if mine is None else mine + its)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: idle time that was shared out among stages."""
        told = (self.attempts, self.hits, self.amount, self.unknown, self.saved_by_scaling)
        return not any(told)

    @property
    def per_run(self) -> int | None:
        """What a run cost on the average; None without runs, and where a cost is unknown."""
        return None if self.unknown or not self.runs else self.amount // self.runs

    @property
    def per_row(self) -> float | None:
        """What a row of data cost that a stage read, in units of the currency; None where nobody read any."""
        return float(to_decimal(self.rows_amount)) / self.rows if self.rows else None

    def to_json(self, by: Sequence[str]) -> dict[str, Any]:
        """JSON values; amounts as exact decimal text in units of the currency."""
        found: dict[str, Any] = {"group": dict(zip(by, self.group, strict=True)), "currency": self.currency}
        for item in fields(self)[2:]:
            value = getattr(self, item.name)
            found[item.name] = exact(value) if item.name in _AMOUNTS else value
        found["per_run"] = None if self.per_run is None else exact(self.per_run)
        found["per_row"] = self.per_row
        return found


_AMOUNTS = frozenset(
    ("amount", "done", "failed", "stopped", "idle", "retried", "saved_by_cache", "saved_by_scaling", "rows_amount")
)


def exact(amount: int) -> str:
    """An amount in units of its currency, as text that loses nothing."""
    return f"{to_decimal(amount):f}"
