"""A metric's figure with its interval, from the Bayesian bootstrap. Not for resampling itself (``bootstrap``)."""

from __future__ import annotations

from typing import Any, NamedTuple

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.statistics import bootstrap
from jupyter_mlpipe.statistics.metrics import Sample


class Interval(NamedTuple):
    """A figure and the interval that it lies in."""

    value: float
    low: float
    high: float


def interval_of(
    sample: Sample,
    *contents: Any,
    confidence: float = bootstrap.CONFIDENCE,
    resamples: int = bootstrap.RESAMPLES,
    perfect: int | None = None,
) -> Interval:
    """The sample's figure with its bootstrap interval.

    Parameters
    ----------
    sample
        Of a metric.
    contents
        What the seed depends on beside the sample's counts; equal contents give equal intervals.
    confidence
        Of the interval.
    resamples
        How many are drawn; see ``bootstrap.resamples_for``.
    perfect
        Rows that a figure rests on which can be 0 or 1 in every resample; it then gets the Clopper-Pearson bound for
        so many of so many.

    Raises
    ------
    UnmeasurableError
        It is not defined on these rows.
    """
    import numpy as np

    value = sample.value
    if np.isnan(value):
        raise UnmeasurableError("it is not defined here: it divides by zero rows")
    draws = bootstrap.resampled(
        sample.counts + sample.prior,
        sample.figures,
        resamples=resamples,
        seed=bootstrap.seed_of(sample.counts, *contents),
    )
    low, high = bootstrap.interval(draws, confidence, None if sample.few is None else max(sample.few, 2))
    # The prior may move the interval of few rows past a figure at its own edge.
    low, high = min(low, value), max(high, value)
    if perfect is not None and low == high and value in (0.0, 1.0):
        bound = ((1 - confidence) / 2) ** (1 / perfect)
        low, high = (bound, high) if value == 1 else (low, 1 - bound)
    return Interval(value, low, high)
