"""Drift of predictions: how far what a model says has moved from what it said on the reference, needing no label.

The distance is Wasserstein's (the area between two distribution functions; L. N. Wasserstein 1969, S. S. Vallender,
*Calculation of the Wasserstein distance between probability distributions on the line*, 1974) in standard deviations of
the reference, in 200 bins of equally many rows. Any finite sample is at some distance: what chance alone makes of so
many rows is drawn from the reference's own distribution, and what is usual lies above that by as much as chunks of the
reference do (``norms``).

Not for drift of the data that goes in (``monitoring.drift``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_mlpipe.monitoring.quality.measures import each_label
from jupyter_mlpipe.monitoring.quality.norms import Figure, Norm, norm_of
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from jupyter_mlpipe.statistics.arrays import Array

NAME = "prediction_drift"
DOC = "Wasserstein distance of predictions from the reference's, in its standard deviations"
QUANTILES = 200
DRAWS = 200


@dataclass(frozen=True)
class Distribution:
    """How predictions lay on the reference."""

    points: Array
    """Means of its bins of equally many rows, shape (bins,), rising."""
    shares: Array
    """Of its rows in each bin."""
    deviation: float
    """Standard deviation; 1 where predictions were constant."""
    rows: int
    norm: Norm | None = None
    """How far chunks of the reference are, beyond chance."""

    def distance(self, values: Array) -> float:
        """How far values, shape (rows,), are from it."""
        import numpy as np

        ordered = np.sort(values)
        places = np.sort(np.concatenate([self.points, ordered]))
        here = np.concatenate([[0.0], np.cumsum(self.shares)])[np.searchsorted(self.points, places, side="right")]
        there = np.searchsorted(ordered, places, side="right") / len(values)
        return float((abs(here - there)[:-1] * np.diff(places)).sum() / self.deviation)

    def chance(self, rows: int) -> Figure:
        """The mean distance, and its standard deviation, of so many rows drawn from the reference itself."""
        import numpy as np

        generator = np.random.default_rng(rows)
        drawn = generator.multinomial(rows, self.shares, DRAWS) / rows
        # The reference is a sample too.
        own = generator.multinomial(self.rows, self.shares, DRAWS) / self.rows
        apart = abs(np.cumsum(drawn - own, axis=1))[:, :-1]
        distances = (apart * np.diff(self.points)).sum(axis=1) / self.deviation
        return Figure(float(distances.mean()), float(distances.std(ddof=1)))

    def limit(self, rows: int) -> float | None:
        """The greatest distance of so many rows that is usual; None where that is not known."""
        if self.norm is None:
            return None
        chance = self.chance(rows)
        return chance.value + self.norm.limits(chance.error)[1]


def distribution(data: Predictions, parts: Sequence[Array]) -> Distribution | None:
    """How predictions lie on a reference, and how far its chunks are from the rest of it; None without rows."""
    values = said(data)
    if not len(values):
        return None
    found = []
    for part, rest in _halves(parts, len(values)):
        held = _of(values[rest])
        chance = held.chance(len(part))
        found.append(Figure(held.distance(values[part]) - chance.value, chance.error))
    whole = _of(values)
    return Distribution(whole.points, whole.shares, whole.deviation, whole.rows, norm_of(found))


def said(data: Predictions) -> Array:
    """What is compared: the score, of many labels the highest one, else the prediction. Shape (rows,), float64."""
    if data.scores is None:
        return data.predicted.astype(float)
    return data.scores if data.scores.ndim == 1 else each_label(data).max(axis=1)


def _of(values: Array) -> Distribution:
    import numpy as np

    ordered = np.sort(values)
    begins = np.unique(np.linspace(0, len(values), QUANTILES + 1)[:-1].astype(int))
    rows: Array = np.diff(np.append(begins, len(values)))
    deviation = float(values.std())
    points: Array = np.add.reduceat(ordered, begins) / rows
    return Distribution(points, rows / len(values), deviation if deviation > 0 else 1.0, len(values))


def _halves(parts: Sequence[Array], rows: int) -> Iterator[tuple[Array, Array]]:
    import numpy as np

    for part in parts if len(parts) > 1 else []:
        rest: Array = np.ones(rows, dtype=bool)
        rest[part] = False
        yield part, rest
