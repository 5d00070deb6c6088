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


def resampled_shares(
    reference: Array, current: Array, rows: int, reference_rows: int, *, seed: int, chunks: Array | None = None
) -> tuple[Array, Array]:
    """Shares in cells as they would be without drift: pairs of a reference and a window.

    Without chunks both are drawn from what the two have together: a permutation test's null distribution, as a
    parametric bootstrap (Efron and Tibshirani, 1993, chapter 16). With the reference's chunks the window is put
    together of as many chunks, drawn with replacement, as fill it: a block bootstrap (Künsch, 1989), in which days or
    batches that differ from one another are no drift.

    Parameters
    ----------
    reference, current
        Shares in cells, shape ``(cells,)``.
    rows, reference_rows
        Sizes of the samples.
    seed
        The same draws for the same data.
    chunks
        Counts of each of the reference's chunks, shape ``(chunks, cells)``.

    Returns
    -------
    reference, window
        Shapes ``(1 or DRAWS, cells)`` and ``(DRAWS, cells)``: counts.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    if chunks is not None and len(chunks) > 1:
        together = max(1, round(rows / chunks.sum(axis=1).mean()))
        # More than some hundreds average out; as many would only take time.
        picked = random.integers(0, len(chunks), size=(DRAWS, min(together, 400)))
        made_of = chunks[picked].sum(axis=1)
        made_of = made_of / made_of.sum(axis=1, keepdims=True)
        return (reference * reference_rows)[None, :], random.multinomial(rows, _valid(made_of))
    pooled = _valid((reference * reference_rows + current * rows) / (rows + reference_rows))
    return random.multinomial(reference_rows, pooled, size=DRAWS), random.multinomial(rows, pooled, size=DRAWS)


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
    raised = draws**power
    mean, variance = float(raised.mean()), float(raised.var())
    if mean <= 0 or variance <= 0:
        return float(draws.max(initial=0.0))
    part = variance / (9 * mean * mean)  # 2 / 9 of the degrees of freedom's inverse
    reached = mean * max(0.0, 1 - part + NormalDist().inv_cdf(1 - level) * math.sqrt(part)) ** 3
    return float(reached ** (1 / power))


def rate_tail(share: float, rows: int, level: float) -> float:
    """By how much the share of rare events may differ by chance: Bernstein's inequality, both ways.

    ``sqrt(2 p (1 - p) L / n) + L / (3 n)`` with ``L = ln(2 / level)`` (Boucheron, Lugosi and Massart, "Concentration
    Inequalities", 2013, section 2.8). Holds for any share and number of rows.
    """
    logarithm = math.log(2 / level)
    return math.sqrt(2 * share * (1 - share) * logarithm / rows) + logarithm / (3 * rows)


def spread_of_chunks(shares: Sequence[float], level: float) -> float:
    """By how much a share varies over a reference's chunks: a normal quantile of their standard deviation."""
    if len(shares) < 2:
        return 0.0
    mean = math.fsum(shares) / len(shares)
    deviation = math.sqrt(math.fsum((share - mean) ** 2 for share in shares) / (len(shares) - 1))
    return NormalDist().inv_cdf(1 - level / 2) * deviation
