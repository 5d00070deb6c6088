"""The bootstrap: how far a figure would vary, had other rows been drawn.

It is Rubin's Bayesian bootstrap: where Efron's gives each row a count from a multinomial distribution, it gives each
row an exponential weight. The two agree to first order, but no resample loses a class or a group, and a weight for a
*cell* of equal rows (so many rows of this group, this truth, this prediction) is one gamma variate, however many rows
the cell has. Cells may get a prior count; with 1/2 for each outcome a proportion's interval is Jeffreys', which keeps
its coverage where all or none of few rows are right, and Efron's bootstrap would give an interval of width zero.

Intervals are percentile intervals. Sources: D. B. Rubin, *The Bayesian Bootstrap*, Annals of Statistics 9 (1981);
A. Y. Lo, *A large sample study of the Bayesian bootstrap*, Annals of Statistics 15 (1987); L. D. Brown, T. T. Cai,
A. DasGupta, *Interval estimation for a binomial proportion*, Statistical Science 16 (2001).

Not for the figures themselves (``metrics``, ``group_rates``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.statistics import student
from jupyter_mlpipe.statistics.arrays import Array

RESAMPLES = 1000
CONFIDENCE = 0.95
MOST_WEIGHTS = 200_000_000
"""Rows times resamples; of larger data fewer resamples are drawn."""
FEWEST_RESAMPLES = 200
_CHUNK = 400_000
"""Weights drawn at once: they stay in the processor's cache."""

Figures = Callable[[Array], Array]
"""From weights, shape (resamples, atoms), to figures, shape (resamples,) or (resamples, figures)."""


def resamples_for(rows: int, asked: int) -> int:
    """How many resamples are drawn for so many rows."""
    return min(asked, max(FEWEST_RESAMPLES, MOST_WEIGHTS // max(rows, 1)))


def resampled(counts: Array, figures: Figures, *, resamples: int, seed: int) -> Array:
    """Figures of resamples.

    Parameters
    ----------
    counts
        Rows of each atom with its prior count, shape (atoms,); all 1 where each row is an atom.
    figures
        Is given weights whose expectation is proportional to `counts`, and may write them.
    resamples
        How many are drawn.
    seed
        Equal seeds give equal figures.

    Returns
    -------
    ndarray
        Shape (resamples,) or (resamples, figures).
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    cells = np.flatnonzero(counts != 1)
    single = len(cells) < len(counts) / 2  # rows, and a few atoms of a prior
    step = max(1, _CHUNK // len(counts))
    found = []
    for begin in range(0, resamples, step):
        shape = (min(step, resamples - begin), len(counts))
        weights = generator.standard_exponential(shape) if single else generator.standard_gamma(counts, shape)
        if single and len(cells):
            weights[:, cells] = generator.standard_gamma(counts[cells], (shape[0], len(cells)))
        found.append(figures(weights))
    return np.concatenate(found)


def interval(draws: Array, confidence: float, rows: int | None = None) -> tuple[float, float]:
    """The percentile interval of figures of resamples, shape (resamples,).

    Parameters
    ----------
    draws
        Figures of resamples.
    confidence
        Of the interval.
    rows
        How many were resampled, where few rows make percentiles too narrow: they are taken further out, by what
        Student's t distribution is wider than the normal one, and by what a resample varies less than new rows would
        (T. C. Hesterberg, *What teachers should know about the bootstrap*, American Statistician 69 (2015)).

    Raises
    ------
    UnmeasurableError
        More than one in twenty resamples has no figure.
    """
    import numpy as np

    finite = draws[np.isfinite(draws)]
    if len(finite) < 0.95 * len(draws):
        raise UnmeasurableError("too few rows to tell how far it varies")
    tail = (1 - confidence) / 2 if rows is None else _expanded(confidence, rows)
    low, high = np.quantile(finite, [tail, 1 - tail])
    return float(low), float(high)


def _expanded(confidence: float, rows: int) -> float:
    """The share of resamples beyond either end."""
    from statistics import NormalDist

    free = max(rows - 1, 2)
    return NormalDist().cdf(-student.quantile((1 + confidence) / 2, free) * math.sqrt((rows + 1) / free))


def seed_of(*contents: Any) -> int:
    """A seed from arrays and JSON-like values: the same data give the same verdict, today and tomorrow."""
    import numpy as np

    digest = hashlib.blake2b(digest_size=8)
    for content in contents:
        if isinstance(content, np.ndarray):
            digest.update(f"{content.dtype}{content.shape}".encode())
            digest.update(np.ascontiguousarray(content).tobytes())
        else:
            digest.update(repr(content).encode())
    return int.from_bytes(digest.digest())
