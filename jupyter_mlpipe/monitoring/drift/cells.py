"""Cells in which two distributions are compared: intervals of numbers, categories of texts. Shares, not rows.

Not for the distances between them (``statistics``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlpipe.monitoring.profiles import ColumnProfile
from jupyter_mlpipe.statistics.arrays import Array

BINS = 10
"""Intervals for PSI and the like: deciles of the reference."""

_GRID = 100
"""Quantiles of each side at which distribution functions are compared."""

_SCARCE = 5.0
"""Categories of which fewer are expected in the window count together (Cochran, 1954)."""


@dataclass(frozen=True)
class NumberCells:
    """A fine grid of points, at which both distribution functions are known, and coarse bins of it."""

    points: Array
    """Sorted, distinct; shape ``(points,)``."""
    reference: Array
    """Distribution function at the points."""
    current: Array
    bins: Array
    """Places of the bins' upper edges among the points; shape ``(bins - 1,)``."""


@dataclass(frozen=True)
class CategoryCells:
    """Categories; the scarce ones together in the last cell."""

    names: tuple[str, ...]
    reference: Array
    """Shares, shape ``(cells,)``."""
    current: Array
    unseen: Mapping[str, float]
    """Values that the reference never had, and their shares; empty where that cannot be told."""
    missing: Mapping[str, float]
    """Values of the reference that are gone, and the shares that they had."""


def number_cells(reference: ColumnProfile, current: ColumnProfile) -> NumberCells:
    """Cells of two columns of numbers."""
    import numpy as np

    tails = np.array([0.0, 0.0002, 0.0005, 0.001, 0.002, 0.005])
    probabilities = np.concatenate((tails, np.linspace(0.01, 0.99, _GRID - 1), 1 - tails[::-1]))
    points = np.unique(np.concatenate([reference.quantiles(probabilities), current.quantiles(probabilities)]))
    deciles = np.unique(reference.quantiles(np.linspace(0, 1, BINS + 1)[1:-1]))
    # The last point is no edge: there is nothing above it.
    bins = np.unique(np.searchsorted(points, deciles[deciles < points[-1]]))
    return NumberCells(points, reference.cdf(points), current.cdf(points), bins)


def binned(shares: Array, bins: Array) -> Array:
    """Shares of coarse bins, from distribution functions at fine points; shapes ``(…, points)`` to ``(…, bins)``."""
    import numpy as np

    edges = [np.zeros_like(shares[..., :1]), shares[..., bins], np.ones_like(shares[..., :1])]
    return np.diff(np.concatenate(edges, axis=-1), axis=-1)


def of_cells(cumulated: Array) -> Array:
    """Shares between neighbouring points, from distribution functions; the last reaches 1. Shape ``(…, points)``."""
    import numpy as np

    shares = np.diff(cumulated, axis=-1, prepend=0.0)
    return np.clip(shares, 0.0, None)


def category_cells(reference: ColumnProfile, current: ColumnProfile) -> CategoryCells:
    """Cells of two columns of categories, the most frequent first."""
    import numpy as np

    before, after = reference.counts.counts, current.counts.counts
    n, m = max(1, current.valid), max(1, reference.valid)
    names = sorted({*before, *after}, key=lambda name: (-before.get(name, 0) / m - after.get(name, 0) / n, name))
    kept = [name for name in names if (before.get(name, 0) + after.get(name, 0)) * n / (n + m) >= _SCARCE]
    shares = [
        np.array([*(counts.get(name, 0) / total for name in kept), 0.0]) for counts, total in ((before, m), (after, n))
    ]
    for share in shares:
        share[-1] = max(0.0, 1.0 - share.sum())
    if shares[0][-1] == 0 and shares[1][-1] == 0 and kept:
        shares = [share[:-1] for share in shares]
    unseen = {name: after[name] / n for name in after if name not in before} if reference.complete else {}
    missing = {name: before[name] / m for name in before if name not in after} if current.complete else {}
    return CategoryCells(tuple(kept), shares[0], shares[1], unseen, missing)


def category_counts(names: Sequence[str], column: ColumnProfile, cells: int) -> Array:
    """Counts of a further column in the same categories; shape ``(cells,)``."""
    import numpy as np

    counts = [column.counts.counts.get(name, 0) for name in names]
    if cells > len(names):
        counts.append(max(0, column.valid - sum(counts)))
    return np.array(counts, dtype=np.float64)
