"""What a reference says of a model: how well it predicts there, how that varies, and how to estimate it elsewhere.

Not for windows (``over_time``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_mlpipe.errors import QualityReferenceError, UnmeasurableError
from jupyter_mlpipe.monitoring.quality import cbpe, residual
from jupyter_mlpipe.monitoring.quality.cbpe import Band
from jupyter_mlpipe.monitoring.quality.figures import FAIRNESS, compared, measured
from jupyter_mlpipe.monitoring.quality.measures import MEASURES
from jupyter_mlpipe.monitoring.quality.norms import FEW_CHUNKS, Figure, Norm, error_of, norm_of, stray_of, widened
from jupyter_mlpipe.monitoring.quality.prediction_drift import Distribution, distribution
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from jupyter_mlpipe.monitoring.windows import windows
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.intervals import Interval

CHUNKS = 10
FEWEST_ROWS = 30
"""Of a chunk or a window, so that it counts."""

Key = tuple[str, str]
"""A measure and a segment: ``column=value``, for fairness the column, empty for all rows."""


@dataclass(frozen=True)
class Reference:
    """What was learnt."""

    rows: int
    labelled: int
    values: Mapping[Key, float]
    """Figures of all labelled rows."""
    norms: Mapping[Key, Norm]
    """How they vary from chunk to chunk."""
    estimator: cbpe.Estimator | residual.Estimator | None = None
    strays: Mapping[str, Norm] = field(default_factory=dict)
    """By measure, how far truth strays from estimates."""
    drift: Distribution | None = None
    """How predictions lie there."""
    why_not: str = ""
    """Why nothing is estimated."""

    def estimates(self, data: Predictions, measures: Sequence[str]) -> dict[str, Band]:
        """What is expected of rows without labels, with bands."""
        if isinstance(self.estimator, residual.Estimator):
            return self.estimator.bands(data, measures)
        if self.estimator is None:
            return {}
        found = {}
        for name, band in self.estimator.bands(data, measures).items():
            found[name] = Band(band.value, *widened(band.low, band.value, band.high, self.strays.get(name)))
        return found

    def estimable(self, data: Predictions) -> tuple[str, ...]:
        """Measures that can be estimated for such predictions."""
        if self.estimator is None:
            return ()
        return cbpe.ESTIMATED if data.task != "regression" else tuple(self.estimator.models)  # type: ignore[union-attr]


def learn(
    data: Predictions,
    measures: Sequence[str],
    *,
    every: str | None = None,
    fairness: Sequence[str] = (),
    segments: Sequence[str] = (),
    estimate: bool = True,
    calibrate: bool | None = None,
) -> Reference:
    """Learn from a reference; its chunks are windows of the calendar where it has eight or more, else ten parts.

    Raises
    ------
    QualityReferenceError
        No row of it has a label.
    """
    known = data.take(data.known)
    if not len(known):
        raise QualityReferenceError(
            "no row of the reference has a label, so it does not say how well the model predicts",
            hint="give rows whose labels are known, such as those on which the model was tested",
        )
    parts = chunks(known, every)
    keys = [
        *((name, "") for name in measures),
        *((name, column) for column in fairness for name in FAIRNESS),
        *((name, f"{column}={value}") for column in segments for value in known.groups[column][0] for name in measures),
    ]
    norms: dict[Key, Norm] = {}
    for key in keys:
        figures = [figure for part in parts if (figure := _figure(key, known.take(part))) is not None]
        norm = norm_of(figures)
        if norm is not None:
            norms[key] = norm
    values = {key: found.value for key in keys if (found := figure_of(key, known)) is not None}
    learnt = Reference(len(data), len(known), values, norms, drift=distribution(data, chunks(data, every)))
    if not estimate:
        return replace(learnt, why_not="no estimates were asked for")
    try:
        return _with_estimates(learnt, known, parts, measures, calibrate)
    except QualityReferenceError as error:
        return replace(learnt, why_not=error.message)


def _with_estimates(
    found: Reference, known: Predictions, parts: Sequence[Array], measures: Sequence[str], calibrate: bool | None
) -> Reference:
    if known.task == "regression":
        wanted = [name for name in measures if name in residual.ESTIMATED]
        return replace(found, estimator=residual.fit(known.take(_ordered(known)), wanted))
    estimator = cbpe.fit(known, calibrate=calibrate)
    names = [name for name in measures if name in cbpe.ESTIMATED]
    calibrated = estimator.calibration.functions is not None
    return replace(found, estimator=estimator, strays=_strays(known, parts, names, calibrate=calibrated))


def chunks(data: Predictions, every: str | None) -> list[Array]:
    """Parts of a reference, in the order of time where it has one, else of rows."""
    import numpy as np

    if every is not None and not every.startswith("n=") and data.time is not None:
        found = [window.rows for window in windows(data.time, every, len(data)) if len(window.rows) >= FEWEST_ROWS]
        if len(found) >= FEW_CHUNKS:
            return found
    count = min(CHUNKS, len(data) // FEWEST_ROWS)
    return np.array_split(_ordered(data), count) if count else []


def _ordered(data: Predictions) -> Array:
    import numpy as np

    return np.arange(len(data)) if data.time is None else np.argsort(data.time, kind="stable")


def part_of(key: Key, data: Predictions) -> Predictions:
    """The rows of a key's segment."""
    import numpy as np

    segment = key[1]
    if not segment or key[0] in FAIRNESS:
        return data
    column, _, value = segment.partition("=")
    values, at = data.groups[column]
    return data.take(at == values.index(value)) if value in values else data.take(np.zeros(len(data), dtype=bool))


def figure_of(key: Key, data: Predictions) -> Interval | None:
    """A key's figure of these rows; None where it has none."""
    name, segment = key
    try:
        return compared(name, segment, data)[0] if name in FAIRNESS else measured(MEASURES[name], part_of(key, data))
    except UnmeasurableError:
        return None


def _figure(key: Key, data: Predictions) -> Figure | None:
    if len(part_of(key, data)) < FEWEST_ROWS:
        return None
    found = figure_of(key, data)
    return None if found is None else Figure(found.value, error_of(found.low, found.high))


def _strays(data: Predictions, parts: Sequence[Array], names: Sequence[str], *, calibrate: bool) -> dict[str, Norm]:
    """How far each chunk's truth is from what the other chunks make one expect of it."""
    import numpy as np

    gaps: dict[str, list[Figure]] = {name: [] for name in names}
    for part, rest in _without(parts, len(data)):
        try:
            estimator = cbpe.fit(data.take(rest), calibrate=calibrate, resamples=0)
        except QualityReferenceError:
            continue
        held = data.take(part)
        truth = cbpe.expected(held, np.eye(len(held.labels))[held.truth], names)
        for name, band in estimator.bands(held, names).items():
            gap = truth[name] - band.value
            if np.isfinite(gap) and np.isfinite(band.low):
                gaps[name].append(Figure(gap, error_of(band.low, band.high)))
    return {name: norm for name, found in gaps.items() if (norm := stray_of(found)) is not None}


def _without(parts: Sequence[Array], rows: int) -> Iterator[tuple[Array, Array]]:
    import numpy as np

    for part in parts if len(parts) > 1 else []:
        rest: Array = np.ones(rows, dtype=bool)
        rest[part] = False
        yield part, rest
