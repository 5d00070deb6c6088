"""Improvement: a candidate against the model in production, on the same rows.

Both models predict the same data; what is resampled is the difference of their figures, with the same weights for both
(a paired bootstrap), so that what makes rows hard for both does not blur it. Not for predictions of a stage: subtract
two measures for that, as in ``roc_auc(y, new) - roc_auc(y, old) >= 0``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.models.gates.model_calls import predictions
from jupyter_mlpipe.models.gates.performance import AVERAGE, CONFIDENCE, POSITIVE, RESAMPLES, estimate
from jupyter_mlpipe.statistics import metrics
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.bootstrap import seed_of
from jupyter_mlpipe.statistics.columns import same_length
from jupyter_mlpipe.statistics.metrics import Metric, Sample
from jupyter_mlpipe.statistics.samples import METRICS, label_codes, label_figure, sample_of

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence


def _improvement(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
    metric = METRICS[taken["metric"].value]
    positive, average = taken["positive"].value, taken["average"].value
    production = evidence.production(taken["of"].value)
    candidate = predictions(taken["model"], taken["X"], metric, positive)
    truth = replace(taken["y"], value=taken["y"].column())
    if production is None:
        figure = sample_of(metric, truth.named, candidate.named, positive=positive, average=average).value
        note = "there is no model in production to compare with yet"
        return Estimate(math.inf, evidence={"production": None, "candidate": figure}, note=note)
    current = Taken("the model in production", production)
    other = predictions(current, taken["X"], metric, positive)
    if metric.takes == "labels":
        sample, figures = _labels(metric, truth, candidate, other, positive=positive, average=average)
    else:
        one = sample_of(metric, truth.named, candidate.named, positive=positive)
        two = sample_of(metric, truth.named, other.named, positive=positive)
        sample, figures = _paired(one, two), (one.value, two.value)
    facts = {"metric": metric.name, "candidate": figures[0], "production": figures[1], "paired": True}
    found = estimate(_oriented(sample, metric), taken, *_contents(candidate, other), metric.name, evidence=facts)
    return replace(found, note=f"{metric.name} {figures[0]:.4g} against {figures[1]:.4g} in production")


def _labels(
    metric: Metric, truth: Taken, candidate: Taken, other: Taken, *, positive: Any, average: str
) -> tuple[Sample, tuple[float, float]]:
    arrays = [(taken.text, taken.column()) for taken in (truth, candidate, other)]
    same_length(*arrays)
    number, rows, labels = label_codes(metric, arrays, positive, average)
    figure = label_figure(metric, average, number)
    each = tuple(metrics.confusion(figure, rows[0], predicted, labels).value for predicted in rows[1:])
    return metrics.paired_confusion(figure, rows, labels), (each[0], each[1])


def _paired(one: Sample, other: Sample) -> Sample:
    """The difference of two samples of the same rows, as a sample with the rows in their own order."""

    def figures(weights: Array) -> Array:
        return _ordered(one, weights) - _ordered(other, weights)

    return Sample(_unordered(one.counts, one), figures, _unordered(one.prior, one), one.few)


def _ordered(sample: Sample, weights: Array) -> Array:
    return sample.figures(weights.copy() if sample.order is None else weights[:, sample.order])


def _unordered(values: Array | float, sample: Sample) -> Array:
    import numpy as np

    found = np.broadcast_to(values, sample.counts.shape).astype(float)
    if sample.order is not None:
        found[sample.order] = found.copy()
    return found


def _oriented(sample: Sample, metric: Metric) -> Sample:
    """The sample, turned so that greater is better."""
    return sample if metric.greater_is_better else replace(sample, figures=lambda weights: -sample.figures(weights))


def _contents(candidate: Taken, other: Taken) -> tuple[Any, Any]:
    found = [item.column() for item in (candidate, other)]
    return tuple(seed_of(item if item.dtype != object else repr(item.tolist())) for item in found)  # type: ignore[return-value]


MEASURES = (
    Measure(
        "improvement",
        "how much better than the model in production, on the same data; positive is better",
        (
            Parameter("metric", "text", "a performance metric", choices=tuple(METRICS)),
            Parameter("model", "value", "the candidate"),
            Parameter("X", "value", "what both models predict from"),
            Parameter("y", "value", "what was true, one value a row"),
            Parameter("of", "text", "registered name of the model in production", default=None),
            POSITIVE,
            AVERAGE,
            CONFIDENCE,
            RESAMPLES,
        ),
        _improvement,
    ),
)
