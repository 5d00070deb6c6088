"""When a distance is too much: what distances reach by chance alone, between samples of these sizes.

The chance is shared out beforehand: a whole report calls unchanged data drifted at most at the configured rate, however
many columns and measures it has (Bonferroni). Not for the distances (``statistics``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from jupyter_mlpipe.statistics.arrays import Array

DRAWS = 400
"""Resamples from which the tail of a distance's distribution is fitted."""

Resamples = tuple[Array, Array]
"""Shares of references and of windows, shapes ``(DRAWS, cells)``."""


def pooled_resamples(reference: Array, current: Array, rows: int, reference_rows: int, *, seed: int) -> Resamples:
    """Pairs of a reference and a window as they would be without drift, if rows were independent.

    Both are drawn from what the two have together: a permutation test's null distribution, as a parametric bootstrap
    (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 16). Both vary, since a reference of few
    rows is as far from the truth as a window of few.

    Parameters
    ----------
    reference, current
        Shares in cells, shape ``(cells,)``.
    rows, reference_rows
        Sizes of the samples.
    seed
        The same draws for the same data.

    Returns
    -------
    reference, window
        Shares, shapes ``(DRAWS, cells)``.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    pooled = _valid((reference * reference_rows + current * rows) / (rows + reference_rows))
    before = random.multinomial(reference_rows, pooled, size=DRAWS) / reference_rows
    return before, random.multinomial(rows, pooled, size=DRAWS) / rows


def chunk_resamples(chunks: Array, rows: int, *, seed: int) -> Resamples:
    """The same, if the chunks of the reference are independent and rows within one are not.

    A block bootstrap (Künsch, "The jackknife and the bootstrap for general stationary observations", 1989), in which
    days or batches that differ from one another are no drift: the reference is put together of as many chunks as it
    has, drawn with replacement, and the window of as many as fill it.

    Parameters
    ----------
    chunks
        Counts in cells of each chunk, shape ``(chunks, cells)``, at least two.
    rows
        Of the window.
    seed
        The same draws for the same data.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    together = max(1, round(rows / chunks.sum(axis=1).mean()))

    def drawn(many: int) -> Array:
        # How often each chunk is in it.
        return _valid(random.multinomial(many, np.full(len(chunks), 1 / len(chunks)), size=DRAWS) @ chunks)

    return drawn(len(chunks)), random.multinomial(rows, drawn(together)) / rows


def _valid(shares: Array) -> Array:
    """Shares that NumPy takes: sums a rounding error above 1 are refused."""
    import numpy as np

    shares = np.clip(shares, 0.0, None)
    return shares / shares.sum(axis=-1, keepdims=True)


def tail(draws: Array, level: float, power: int) -> float:
    """The value that a distance exceeds by chance at a rate, from its resamples; reaches rates far below one in them.

    The distance to the given power is near to a sum of squares, so a gamma distribution is fitted by its moments
    (Satterthwaite, 1946), whose quantile is Wilson and Hilferty's (1931).

    Parameters
    ----------
    draws
        Shape ``(draws,)``.
    level
        The rate, such as 0.0001.
    power
        1 for a measure that is a sum of squares (PSI), 2 for its root.
    """
    largest = float(draws.max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    raised = (draws / largest) ** power
    mean, variance = float(raised.mean()), float(raised.var())
    if variance <= 0:
        return largest
    part = variance / (9 * mean * mean)  # 2 / 9 of the degrees of freedom's inverse
    reached = mean * max(0.0, 1 - part + NormalDist().inv_cdf(1 - level) * math.sqrt(part)) ** 3
    return float(largest * reached ** (1 / power))


def rate_tail(share: float, rows: int, level: float) -> float:
    """By how much the share of rare events may differ by chance: Bernstein's inequality, both ways.

    ``sqrt(2 p (1 - p) L / n) + L / (3 n)`` with ``L = ln(2 / level)`` (Boucheron, Lugosi and Massart, "Concentration
    Inequalities", 2013, section 2.8). Holds for any share and number of rows.
    """
    logarithm = math.log(2 / level)
    return math.sqrt(2 * share * (1 - share) * logarithm / rows) + logarithm / (3 * rows)


def unseen_bound(once: int, twice: int, reference_rows: int, level: float) -> float:
    """How much of the distribution a reference may have missed.

    The share of values that were seen once (Good, "The population frequencies of species", 1953), with the variance
    ``(f1 + 2 f2) / m²`` of Esty (1983) carried to the level as in `rate_tail`: a value of share ``ln(1 / level) / m``
    is missed that seldom.

    Parameters
    ----------
    once, twice
        How many distinct values the reference has once, and twice.
    reference_rows
        ``m``
    level
        How often more may have been missed.
    """
    logarithm = math.log(1 / level)
    return min(1.0, (once + math.sqrt(2 * (once + 2 * twice) * logarithm) + logarithm) / max(1, reference_rows))


def spread_of_chunks(shares: Sequence[float], level: float) -> float:
    """By how much a share varies over a reference's chunks: a normal quantile of their standard deviation."""
    if len(shares) < 2:
        return 0.0
    mean = math.fsum(shares) / len(shares)
    deviation = math.sqrt(math.fsum((share - mean) ** 2 for share in shares) / (len(shares) - 1))
    return NormalDist().inv_cdf(1 - level / 2) * deviation
