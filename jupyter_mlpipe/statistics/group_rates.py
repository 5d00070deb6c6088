"""Rates of groups, and intervals for how far they lie apart, from counts of cells.

Each fairness figure is a function of how many rows each cell (group, truth, prediction) has. So cells are resampled
rather than rows: one gamma variate a cell and resample (the Bayesian bootstrap with a prior count of 1/2 a cell, see
``bootstrap``), which takes the same time for a thousand rows as for a million.

The difference between the highest and the lowest rate is biased upward: of groups with one true rate, some come out
higher by chance (K. Lum, Y. Zhang, A. Bower, *De-biasing "bias" measurement*, FAccT 2022), and the bootstrap repeats
that bias, so that its percentiles miss small true differences altogether. Here the interval comes from simultaneous
intervals for the differences of all pairs of groups, `d ± c s`, where `c` is the quantile of the largest standardised
deviation of any pair in the resamples (the single-step max-t method; P. H. Westfall, S. S. Young, *Resampling-Based
Multiple Testing*, 1993; T. Hothorn, F. Bretz, P. Westfall, *Simultaneous inference in general parametric models*,
Biometrical Journal 50 (2008)). The largest true difference is one of them, so that with the stated confidence it is no
smaller than the largest lower end and no larger than the largest upper end. For two groups that is the usual interval;
for more it is careful: it covers at least as often as it says. Ratios are treated the same, on the logarithm.

Not for reading columns, nor for what is asked of the figures (``fairness``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlpipe.statistics import bootstrap
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.intervals import Interval

PRIOR = 0.5
"""Rows that are added to each cell where it is resampled."""


@dataclass(frozen=True)
class Rate:
    """A share of some rows of a group: of those with this truth, those predicted positive."""

    name: str
    doc: str
    truth: int | None
    """Of the rows with this truth; None: of all."""
    predicted: int = 1
    """Those with this prediction."""


SELECTION = Rate("selection_rate", "share of rows predicted positive", None)
TRUE_POSITIVE = Rate("true_positive_rate", "share of the positive rows predicted positive", 1)
FALSE_POSITIVE = Rate("false_positive_rate", "share of the negative rows predicted positive", 0)
TRUE_NEGATIVE = Rate("true_negative_rate", "share of the negative rows predicted negative", 0, 0)
FALSE_NEGATIVE = Rate("false_negative_rate", "share of the positive rows predicted negative", 1, 0)
RATES = (SELECTION, TRUE_POSITIVE, FALSE_POSITIVE, TRUE_NEGATIVE, FALSE_NEGATIVE)


def counted(groups: Array, truth: Array, predicted: Array, number: int) -> Array:
    """Rows of each cell, shape (groups, 2, 2): group, truth, prediction."""
    import numpy as np

    return np.bincount((groups * 2 + truth) * 2 + predicted, minlength=4 * number).reshape(number, 2, 2)


def rates(cells: Array, rate: Rate) -> Array:
    """The rate of each group, shape (…, groups), from cells, shape (…, groups, 2, 2); NaN where it has no such rows."""
    import numpy as np

    rows = cells.sum(axis=-2) if rate.truth is None else cells[..., rate.truth, :]
    with np.errstate(invalid="ignore"):
        return rows[..., rate.predicted] / rows.sum(axis=-1)


def draws(cells: Array, resamples: int, seed: int) -> Array:
    """Resampled cells, shape (resamples, groups, 2, 2)."""
    return bootstrap.resampled(
        (cells + PRIOR).ravel(), lambda weights: weights.reshape(-1, *cells.shape), resamples=resamples, seed=seed
    )


def difference(found: Sequence[Array], resampled: Sequence[Array], confidence: float) -> Interval:
    """The largest difference between two groups in any of some rates.

    Parameters
    ----------
    found
        For each rate its value in each group, shape (groups,).
    resampled
        For each rate its resampled values, shape (resamples, groups).
    confidence
        Of the interval.
    """
    value = max(float(rate.max() - rate.min()) for rate in found)
    low, high = _largest_pair(resampled, confidence)
    return Interval(value, min(max(low, 0.0), value), max(min(high, 1.0), value))


def ratio(found: Sequence[Array], resampled: Sequence[Array], confidence: float) -> Interval:
    """The smallest ratio between two groups in any of some rates; parameters as of `difference`."""
    import numpy as np

    value = min(float(rate.min() / rate.max()) for rate in found)
    low, high = _largest_pair([np.log(rate) for rate in resampled], confidence)
    return Interval(value, min(float(np.exp(-high)), value), max(min(float(np.exp(-low)), 1.0), value))


def each(found: Array, resampled: Array, confidence: float) -> list[Interval]:
    """The rate of each group, with intervals that hold for all groups at once; parameters as of `difference`."""
    import numpy as np

    mean, deviation = resampled.mean(axis=0), resampled.std(axis=0, ddof=1)
    largest = (abs(resampled - mean) / deviation).max(axis=1)
    width = np.quantile(largest, confidence) * deviation
    ends = zip(found.tolist(), (mean - width).tolist(), (mean + width).tolist(), strict=True)
    return [Interval(value, min(max(low, 0.0), value), max(min(high, 1.0), value)) for value, low, high in ends]


def _largest_pair(resampled: Sequence[Array], confidence: float) -> tuple[float, float]:
    """The interval of the largest absolute difference between two columns of any of the arrays."""
    import numpy as np

    largest = np.zeros(len(resampled[0]))
    centres, widths = [], []
    for values in resampled:
        # Centred first, or a pair's deviation would lose its digits.
        mean = values.mean(axis=0)
        centred = values - mean
        for first in range(values.shape[1] - 1):
            apart = centred[:, first + 1 :] - centred[:, [first]]
            deviation = apart.std(axis=0, ddof=1)
            np.maximum(largest, (abs(apart) / deviation).max(axis=1), out=largest)
            centres.append(abs(mean[first + 1 :] - mean[first]))
            widths.append(deviation)
    centre, width = np.concatenate(centres), np.concatenate(widths) * np.quantile(largest, confidence)
    return float((centre - width).max()), float((centre + width).max())
