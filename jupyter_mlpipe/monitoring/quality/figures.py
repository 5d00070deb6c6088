"""A measure's figure of some rows with its interval, in bounded time. Not for what the figure is compared with."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.monitoring.quality.measures import Measure
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from jupyter_mlpipe.statistics import bootstrap, group_rates
from jupyter_mlpipe.statistics.group_rates import FALSE_POSITIVE, SELECTION, TRUE_POSITIVE
from jupyter_mlpipe.statistics.intervals import Interval, interval_of

RESAMPLES = 200
MOST_ROWS = 5000
"""That are resampled; of more, as many from the whole stand for them, and their interval is narrowed to all."""
SMALLEST_GROUP = 30

FAIRNESS = {
    "demographic_parity_difference": (SELECTION,),
    "equal_opportunity_difference": (TRUE_POSITIVE,),
    "equalized_odds_difference": (TRUE_POSITIVE, FALSE_POSITIVE),
}
"""Measures that compare groups, by the rates that they compare."""


def measured(measure: Measure, data: Predictions) -> Interval:
    """The measure's figure with a 95 % interval.

    Raises
    ------
    UnmeasurableError
        It is not defined on these rows.
    """
    import numpy as np

    if not len(data):
        raise UnmeasurableError("there are no rows")
    sample = measure.sample(data)
    if len(sample.counts) <= MOST_ROWS:
        return interval_of(sample, measure.name, resamples=RESAMPLES, perfect=sample.few)
    value = sample.value
    some = data.take(np.random.default_rng(0).permutation(len(data))[:MOST_ROWS])
    part = interval_of(measure.sample(some), measure.name, resamples=RESAMPLES)
    scale = (len(some) / len(data)) ** 0.5
    return Interval(value, value - scale * (part.value - part.low), value + scale * (part.high - part.value))


def compared(name: str, column: str, data: Predictions) -> tuple[Interval, Mapping[str, int]]:
    """A measure of fairness between the groups of a column, and the rows of groups too small to count.

    Raises
    ------
    UnmeasurableError
        Fewer than two groups have rows enough.
    """
    import numpy as np

    values, at = data.groups[column]
    truth = data.truth if len(FAIRNESS[name]) > 1 or FAIRNESS[name][0].truth is not None else np.zeros_like(at)
    cells = group_rates.counted(at, truth, data.predicted, len(values))
    rows = cells.sum(axis=(1, 2))
    large = rows >= SMALLEST_GROUP
    small = {values[number]: int(rows[number]) for number in np.flatnonzero((rows > 0) & ~large)}
    cells = cells[large]
    drawn = group_rates.draws(cells, RESAMPLES, bootstrap.seed_of(cells)) if large.any() else cells
    found, resampled = [], []
    for rate in FAIRNESS[name]:
        each = group_rates.rates(cells, rate)
        known = ~np.isnan(each)
        if known.sum() < 2:
            raise UnmeasurableError(
                f"{int(known.sum())} of {len(values)} groups of {column} have rows enough; a comparison needs two"
            )
        found.append(each[known])
        resampled.append(group_rates.rates(drawn, rate)[:, known])
    return group_rates.difference(found, resampled, bootstrap.CONFIDENCE), small
