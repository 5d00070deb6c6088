"""How well a model predicts over time: measured where labels have come, estimated where not, against what is usual.

Not for where predictions come from, nor for telling anybody (``monitoring.alerts``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlpipe.errors import QualityError, QualityReferenceError, UnmeasurableError
from jupyter_mlpipe.monitoring.quality import cbpe, residual
from jupyter_mlpipe.monitoring.quality.cbpe import Band
from jupyter_mlpipe.monitoring.quality.figures import FAIRNESS, compared, measured
from jupyter_mlpipe.monitoring.quality.measures import MEASURES, Measure
from jupyter_mlpipe.monitoring.quality.norms import beyond, error_of
from jupyter_mlpipe.monitoring.quality.prediction_drift import NAME, Distribution, said
from jupyter_mlpipe.monitoring.quality.predictions import Columns, Predictions, Task, read
from jupyter_mlpipe.monitoring.quality.reference import FEWEST_ROWS, Key, Reference, learn
from jupyter_mlpipe.monitoring.quality.report import QualityReport, QualityRow
from jupyter_mlpipe.monitoring.windows import Window, windows
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.statistics.intervals import Interval

SETTLED = 0.9
"""Share of a window's rows that must have a label before its figures are judged: what comes late may be different."""


def quality(
    frame: Any,
    *,
    reference: Any,
    target: str,
    prediction: str | None = None,
    score: str | Mapping[Any, str] | None = None,
    time: str | None = None,
    every: str | None = None,
    groups: Sequence[str] = (),
    segments: Sequence[str] = (),
    measures: Sequence[str] | None = None,
    features: Sequence[str] = (),
    positive: Any = None,
    cut: float = 0.5,
    task: Task | None = None,
    settled: float = SETTLED,
    estimate: bool = True,
    calibrate: bool | None = None,
    model: str = "",
    name: str = "",
) -> QualityReport:
    """Say how well a model predicts, window by window.

    Parameters
    ----------
    frame
        Rows that the model predicted: a frame of pandas, Polars or Arrow.
    reference
        A frame of the same columns with labels: rows that the model was tested on, not those that it learnt from.
    target
        The column of what was true. It may be missing in `frame`, or empty in some rows: labels come late.
    prediction
        The column of what was predicted. Of two classes it may be left out: those whose score is at least `cut`.
    score
        The column of probabilities of the positive label; of more labels a mapping of each label to its column.
    time
        The column of times. Rows may be in any order; those without a time are in no window.
    every
        Windows: ``hour``, ``day``, ``week``, ``month``, ``quarter``, ``year`` (UTC), ``n=1000``, or None for one.
    groups
        Columns whose groups are compared for fairness (two classes).
    segments
        Columns for each of whose values everything is measured as well.
    measures
        Names of `MEASURES`, and ``prediction_drift``; None for those that fit.
    features
        Columns from which errors of a regression are estimated, beside the prediction.
    positive, cut
        The label that counts as positive, where it is not 1, and from which score on it is predicted.
    task
        ``binary``, ``multiclass`` or ``regression``, where columns leave it open: without a score, few whole numbers
        are taken for labels, unless `features` are named.
    settled
        Share of a window's rows that must have a label before its figures are judged.
    estimate, calibrate
        Whether to estimate at all, and to calibrate scores for it (None: where that makes them better).
    model, name
        Of the model (``flight-delay@production``) and of the data, for the report.

    Raises
    ------
    QualityError
        A column is missing or does not hold what it should; no such measure or window.
    QualityReferenceError
        The reference has no labels.
    """
    columns = Columns(
        target, prediction, {str(key): value for key, value in score.items()} if isinstance(score, Mapping) else score,
        time, positive, cut, tuple(dict.fromkeys([*groups, *segments])), tuple(features), task,
    )  # fmt: skip
    known = read(reference, columns, text="the reference")
    if known.missing and not len(known):
        raise QualityReferenceError(
            f"all {known.missing:,} rows of the reference lack a prediction or score",
            hint="give rows that the model has predicted, with their labels",
        )
    data = read(frame, columns, like=known)
    chosen = _chosen(measures, known)
    fairness = tuple(groups) if known.task == "binary" else ()
    if groups and not fairness:
        raise QualityError("fairness is asked of predictions of two classes", hint="name the columns as segments")
    learnt = learn(
        known, [item.name for item in chosen], every=every, fairness=fairness, segments=segments,
        estimate=estimate, calibrate=calibrate,
    )  # fmt: skip
    watch = _Watch(learnt, chosen, fairness, tuple(segments), settled, drift=measures is None or NAME in measures)
    rows = [row for window in windows(data.time, every, len(data)) for row in watch.rows(window, data)]
    assumption = residual.ASSUMPTION if known.task == "regression" else cbpe.ASSUMPTION
    return QualityReport(
        model,
        known.task,
        tuple(rows),
        learnt.labelled,
        name,
        () if learnt.estimator is None else (assumption,),
        tuple(_notes(data, known, learnt, estimate)),
        {"every": every, "settled": settled, "calibrated": _calibrated(learnt)},
    )


def _chosen(names: Sequence[str] | None, data: Predictions) -> list[Measure]:
    if names is None:
        return [item for item in MEASURES.values() if item.asks(data)]
    found = []
    for name in names:
        if name == NAME:
            continue
        if name not in MEASURES:
            raise QualityError(f"there is no measure {name}", hint=nearest(name, [*MEASURES, NAME], "measures are"))
        if not MEASURES[name].asks(data):
            needs = "scores" if data.task in MEASURES[name].tasks else " or ".join(MEASURES[name].tasks)
            fitting = [item.name for item in MEASURES.values() if item.asks(data)]
            raise QualityError(
                f"{name} cannot be told of these predictions ({data.task}): it needs {needs}",
                hint=f"measures that fit: {', '.join(fitting)}",
            )
        found.append(MEASURES[name])
    return found


def _calibrated(learnt: Reference) -> bool | None:
    return learnt.estimator.calibration.functions is not None if isinstance(learnt.estimator, cbpe.Estimator) else None


def _notes(data: Predictions, known: Predictions, learnt: Reference, estimate: bool) -> Iterator[str]:
    import numpy as np

    for read_from, text in ((known, "the reference"), (data, "the data")):
        if read_from.missing:
            yield f"{read_from.missing:,} rows of {text} have no prediction or score and are left out"
    if data.time is not None:
        without = int(np.isnan(data.time).sum())
        if without:
            yield f"{without:,} rows of the data have no time and are in no window"
    if not len(data):
        yield "the data has no rows"
    if learnt.labelled < learnt.rows:
        yield f"{learnt.rows - learnt.labelled:,} of {learnt.rows:,} rows of the reference have no label"
    if learnt.why_not and estimate:
        yield f"nothing is estimated: {learnt.why_not}"
    if not learnt.norms:
        yield f"the reference is too short to say what is usual: {learnt.labelled:,} labelled rows"


@dataclass(frozen=True)
class _Watch:
    """What is asked of each window."""

    reference: Reference
    measures: Sequence[Measure]
    fairness: Sequence[str]
    segments: Sequence[str]
    settled: float
    drift: bool

    def rows(self, window: Window, data: Predictions) -> Iterator[QualityRow]:
        """All rows of a window: of all its rows, of fairness, of segments."""
        part = data.take(window.rows)
        blank = QualityRow("rows", 0.0, 0, window.start, window.end, reason="no rows came in this window")
        if not len(part):
            yield blank
            return
        yield from self._measured(part, "", blank)
        if self.drift and self.reference.drift is not None:
            yield self._drift(self.reference.drift, part, blank)
        for column in self.fairness:
            for name in FAIRNESS:
                yield self._compared((name, column), part, blank)
        for column in self.segments:
            values, at = part.groups[column]
            for number in sorted(set(at.tolist())):
                yield from self._measured(part.take(at == number), f"{column}={values[number]}", blank)

    def _measured(self, part: Predictions, segment: str, blank: QualityRow) -> Iterator[QualityRow]:
        known = part.take(part.known)
        share = len(known) / len(part)
        estimable = self.reference.estimable(part)
        wanted = [item.name for item in self.measures if item.name in estimable]
        bands = self.reference.estimates(part, wanted) if wanted else {}
        for measure in self.measures:
            row = replace(
                blank, measure=measure.name, segment=segment, labelled=share,
                reference=self.reference.values.get((measure.name, segment)),
            )  # fmt: skip
            found = None
            if not measure.labelled:
                yield self._judged(self._figure(measure, part, row), measure, 1.0)
            elif len(known):
                found = self._judged(self._figure(measure, known, row), measure, share)
                yield found
            if measure.name in bands:
                estimated = replace(row, rows=len(part), estimated=True, reason="")
                yield self._estimate(bands[measure.name], estimated, measure, found)

    def _figure(self, measure: Measure, data: Predictions, row: QualityRow) -> QualityRow:
        try:
            figure = measured(measure, data)
        except UnmeasurableError as error:
            return replace(row, value=None, rows=len(data), reason=error.message)
        return _with(replace(row, rows=len(data), reason=""), figure)

    def _drift(self, usual: Distribution, part: Predictions, blank: QualityRow) -> QualityRow:
        distance, limit = usual.distance(said(part)), usual.limit(len(part))
        row = replace(
            blank,
            measure=NAME,
            value=distance,
            rows=len(part),
            labelled=float(part.known.mean()),
            highest=limit,
            reason="",
        )
        if limit is None or len(part) < FEWEST_ROWS:
            return row
        if distance <= limit:
            return row
        reason = f"predictions are {distance:.3g} standard deviations from the reference's, above {limit:.3g}"
        return replace(row, breached=True, reason=reason)

    def _compared(self, key: Key, part: Predictions, blank: QualityRow) -> QualityRow:
        name, column = key
        needs = any(rate.truth is not None for rate in FAIRNESS[name])
        data = part.take(part.known) if needs else part
        share = float(part.known.mean())
        row = replace(
            blank, measure=name, segment=column, rows=len(data), labelled=share, reason="",
            reference=self.reference.values.get(key),
        )  # fmt: skip
        try:
            figure, small = compared(name, column, data)
        except UnmeasurableError as error:
            return replace(row, value=None, reason=error.message)
        row = self._judged(_with(row, figure), name, share if needs else 1.0)
        left_out = ", ".join(f"{group} has {rows}" for group, rows in list(small.items())[:5])
        if left_out:
            row = replace(row, reason="; ".join(filter(None, (row.reason, f"left out as too small: {left_out}"))))
        return row

    def _judged(self, row: QualityRow, measure: Measure | str, share: float) -> QualityRow:
        """The row with what is usual, and whether it is worse."""
        worse = "higher" if isinstance(measure, str) else measure.worse
        norm = self.reference.norms.get((row.measure, row.segment))
        if row.value is None or row.low is None or row.high is None or norm is None:
            return row
        limits = norm.limits(error_of(row.low, row.high))
        value = row.value
        if worse != "higher":
            row = replace(row, lowest=_finite(limits[0]))
        if worse != "lower":
            row = replace(row, highest=_finite(limits[1]))
        if row.rows < FEWEST_ROWS:
            return replace(row, reason=f"{row.rows} rows are too few to judge")
        if share < self.settled:
            return replace(row, reason=f"{share:.0%} of the rows have a label: not judged yet")
        if not beyond(value, limits, worse):
            return row
        low = value < limits[0]
        what = f"estimated {row.measure}" if row.estimated else row.measure
        where = f" of {row.segment}" if row.segment else ""
        return replace(
            row,
            breached=True,
            reason=f"{what}{where} is {value:.4g}, {'below' if low else 'above'} {limits[0 if low else 1]:.4g}: "
            f"{norm.chunks} chunks of the reference have {norm.mean:.4g} ± {(limits[1] - norm.mean):.2g}",
        )

    def _estimate(self, band: Band, row: QualityRow, measure: Measure, truth: QualityRow | None) -> QualityRow:
        if not math.isfinite(band.value):
            return replace(row, value=None, reason="it is not defined on these rows")
        row = self._judged(_with(row, band), measure, 1.0)
        if row.low is None or row.high is None or truth is None or truth.value is None or row.segment:
            return row
        if truth.labelled is None or truth.labelled < self.settled or truth.rows < FEWEST_ROWS:
            return row
        if row.low <= truth.value <= row.high:
            return replace(row, holds=True)
        said = (
            f"truth ({truth.value:.4g}) is not where it was estimated ({row.low:.4g} to {row.high:.4g}): the estimate "
            "no longer holds; the same scores mean something else than on the reference (concept drift)"
        )
        return replace(row, holds=False, reason="; ".join(filter(None, (row.reason, said))))


def _with(row: QualityRow, figure: Interval | Band) -> QualityRow:
    return replace(row, value=figure.value, low=_finite(figure.low), high=_finite(figure.high))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
