"""How often each value of a column occurs: exactly for few distinct values, within bounds for many.

A Misra-Gries summary as in Agarwal et al., "Mergeable summaries" (PODS 2012): the most frequent values with their
counts, and one bound on how often any value that is not kept can occur. Not for quantiles (``sketches``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_EXACT = 4096
"""So many distinct values are counted exactly."""

MOST_KEPT = 1024
"""Of more distinct values than that so many are kept, the most frequent ones."""


@dataclass(frozen=True)
class ValueCounts:
    """Values of one column and how often they occur."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """By value; never too high, and too low by at most `missed`."""
    missed: int = 0
    """How often a value that is not kept may occur; 0: all values are kept, with their exact counts."""
    applies: bool = True
    """False: the column's values are not counted, such as numbers with many distinct values."""

    @property
    def complete(self) -> bool:
        """Every value is here, exactly."""
        return self.applies and not self.missed

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> ValueCounts:
        """Of all values of a column."""
        return _bounded(counts, 0)

    @classmethod
    def none(cls) -> ValueCounts:
        """Of a column whose values are not counted."""
        return cls(applies=False)

    @staticmethod
    def merged(parts: Iterable[ValueCounts]) -> ValueCounts:
        """Of several parts of a column."""
        total: dict[str, int] = {}
        missed = 0
        for part in parts:
            if not part.applies:
                return ValueCounts.none()
            missed += part.missed
            for value, count in part.counts.items():
                total[value] = total.get(value, 0) + count
        return _bounded(total, missed)


def _bounded(counts: Mapping[str, int], missed: int) -> ValueCounts:
    if len(counts) <= (MOST_KEPT if missed else MOST_EXACT):
        return ValueCounts(dict(counts), missed)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ValueCounts(dict(ordered[:MOST_KEPT]), missed + ordered[MOST_KEPT][1])
