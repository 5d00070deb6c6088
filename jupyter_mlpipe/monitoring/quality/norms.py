"""What is usual: how measures vary from chunk to chunk of the reference, and how far truth strays from estimates.

Chunks vary for two reasons: each has few rows, and the world is not the same each week. The first depends on the rows
that a window has, the second does not; so they are told apart, as the random-effects model of meta-analysis does
(R. DerSimonian, N. Laird, *Meta-analysis in clinical trials*, Controlled Clinical Trials 7 (1986)): what chunks vary
beyond the sampling error of their own figures is variance between chunks.

A figure is unusual where it lies beyond ``mean ± 3 sd`` of chunks, as is common in monitoring (W. A. Shewhart,
*Economic control of quality of manufactured product*, 1931). Of few chunks the standard deviation is itself not well
known, so 3 becomes Student's quantile of the same chance (0.27 %); the window's own sampling error comes in addition.

Not for measuring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from jupyter_mlpipe.monitoring.quality.measures import Worse
from jupyter_mlpipe.statistics import student

FEWEST_CHUNKS = 3
FEW_CHUNKS = 8
"""With fewer, the two variances are not told apart well: Student's quantile widens both."""
DEVIATIONS = 3.0
_LEAST = 1e-12
_SHARE = 0.1
"""Of the chunks' mean variance: the least that one is taken to have."""
_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Figure:
    """A figure of a chunk, and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Norm:
    """How a measure varies between chunks of the reference."""

    mean: float
    between: float
    """Standard deviation between chunks, beyond their sampling errors."""
    error: float
    """Standard error of the mean by sampling alone."""
    chunks: int

    def limits(self, error: float) -> tuple[float, float]:
        """Between which ends the figure of a window with this standard error is usual."""
        reach = student.quantile(NormalDist().cdf(DEVIATIONS), self.chunks - 1)
        spread = (reach * self.between) ** 2 * (1 + 1 / self.chunks) if self.between else 0.0
        own = DEVIATIONS if self.chunks >= FEW_CHUNKS else reach
        width = math.sqrt(spread + own**2 * (error**2 + self.error**2))
        return self.mean - width, self.mean + width


def norm_of(figures: Sequence[Figure]) -> Norm | None:
    """The norm of a measure's figures of chunks; None of fewer than three."""
    if len(figures) < FEWEST_CHUNKS:
        return None
    # A chunk in which no row differs has no error to be seen; it must not count for all others.
    least = max(_SHARE * sum(item.error**2 for item in figures) / len(figures), _LEAST)
    sampling = [max(item.error**2, least) for item in figures]
    weights = [1 / variance for variance in sampling]
    mean = _weighted(figures, weights)
    heterogeneity = sum(weight * (item.value - mean) ** 2 for item, weight in zip(figures, weights, strict=True))
    scale = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    between = max((heterogeneity - (len(figures) - 1)) / scale, 0.0)
    weights = [1 / (variance + between) for variance in sampling]
    # Of the mean, the error by sampling alone: what chunks vary between them comes with the limits.
    shares = [weight / sum(weights) for weight in weights]
    error = math.sqrt(sum(share**2 * variance for share, variance in zip(shares, sampling, strict=True)))
    return Norm(_weighted(figures, weights), math.sqrt(between), error, len(figures))


def _weighted(figures: Sequence[Figure], weights: Sequence[float]) -> float:
    return sum(item.value * weight for item, weight in zip(figures, weights, strict=True)) / sum(weights)


def stray_of(gaps: Sequence[Figure]) -> Norm | None:
    """How far truth strays from estimates: the norm of gaps between them, about zero. None of fewer than three."""
    if len(gaps) < FEWEST_CHUNKS:
        return None
    squares = sum(item.value**2 - item.error**2 for item in gaps) / len(gaps)
    return Norm(0.0, math.sqrt(max(squares, 0.0)), 0.0, len(gaps))


def widened(low: float, value: float, high: float, stray: Norm | None) -> tuple[float, float]:
    """The ends of a 95 % band, further out by how far truth strayed on the reference."""
    if stray is None or not stray.between:
        return low, high
    reach = student.quantile(0.975, stray.chunks) * stray.between
    return value - math.hypot(value - low, reach), value + math.hypot(high - value, reach)


def error_of(low: float, high: float) -> float:
    """The standard error that a 95 % interval tells of."""
    return (high - low) / (2 * _Z95)


def beyond(value: float, limits: tuple[float, float], worse: Worse) -> bool:
    """Whether a figure is unusual in the direction that is worse."""
    low, high = limits
    return (value < low and worse != "higher") or (value > high and worse != "lower")
