"""Performance: scikit-learn's metrics of truth and prediction, each with a bootstrap interval.

The intervals are percentile intervals of the Bayesian bootstrap over rows (``bootstrap``). A ranking without a single
error, of which no resample has one either, gets the exact binomial bound for as many pairs as rows of the rarer class.
Not for comparing two models (``improvement``), nor groups of people (``fairness``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates import bootstrap, metrics
from jupyter_mlpipe.models.gates.arrays import Array
from jupyter_mlpipe.models.gates.columns import MOST_LABELS, codes, numbers, positives, same_length, scores, vector
from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.models.gates.metrics import Metric, Sample

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence

CONFIDENCE = Parameter("confidence", "number", "of the interval", default=bootstrap.CONFIDENCE, within=(0.5, 0.9999))
RESAMPLES = Parameter(
    "resamples", "number", "drawn for the interval", default=bootstrap.RESAMPLES, within=(100, 100_000), whole=True
)
POSITIVE = Parameter("positive", "label", "the label that counts as positive, where it is not 1", default=None)
AVERAGE = Parameter(
    "average",
    "text",
    "over labels: binary (the positive one alone), macro, weighted, micro",
    default="binary",
    choices=("binary", "macro", "weighted", "micro"),
)
TRUTH = Parameter("y_true", "value", "what was true, one value a row")

METRICS = {
    item.name: item
    for item in (
        Metric("accuracy", "share of rows that are predicted right", "labels", True, figure=metrics.accuracy),
        Metric("balanced_accuracy", "mean recall of the labels", "labels", True, figure=metrics.balanced_accuracy),
        Metric("precision", "share of the rows predicted positive that are", "labels", True),
        Metric("recall", "share of the positive rows that are found", "labels", True),
        Metric("f1", "harmonic mean of precision and recall", "labels", True),
        Metric("roc_auc", "area under the ROC curve", "scores", True, metrics.roc_auc),
        Metric("average_precision", "area under precision over recall", "scores", True, metrics.average_precision),
        Metric("log_loss", "negative log-likelihood of the probabilities", "scores", False, metrics.log_loss),
        Metric("brier", "mean squared error of the probabilities", "scores", False, metrics.brier),
        Metric("r2", "share of the variance explained", "numbers", True, metrics.r2),
        Metric("mae", "mean absolute error", "numbers", False, metrics.mae),
        Metric("rmse", "root of the mean squared error", "numbers", False, metrics.rmse),
        Metric("mape", "mean absolute error as a share of the truth", "numbers", False, metrics.mape),
    )
}
AVERAGED = ("precision", "recall", "f1")


def label_figure(metric: Metric, average: str, positive: int | None) -> Any:
    """The function from confusion matrices to the metric's figures."""
    return metric.figure or metrics.averaged(metric.name, average, positive)


def sample_of(
    metric: Metric, truth: Taken, prediction: Taken, *, positive: Any = None, average: str = "binary"
) -> Sample:
    """The metric's sample of these columns.

    Raises
    ------
    UnmeasurableError
        The columns do not allow it: their length, missing values, labels, a single class.
    """
    if metric.sample is None:
        one, other = vector(truth), vector(prediction)
        same_length(truth=(truth, one), prediction=(prediction, other))
        number, (true, predicted), labels = label_codes(
            metric, [(truth.text, one), (prediction.text, other)], positive, average
        )
        return metrics.confusion(label_figure(metric, average, number), true, predicted, labels)
    if metric.takes == "scores":
        one, score = vector(truth), scores(prediction)
        same_length(truth=(truth, one), prediction=(prediction, score))
        (is_positive,) = positives([(truth.text, one)], positive)
        return metric.sample(is_positive, score)
    true, predicted = numbers(truth), numbers(prediction)
    same_length(truth=(truth, true), prediction=(prediction, predicted))
    return metric.sample(true, predicted)


def label_codes(
    metric: Metric, arrays: Sequence[tuple[str, Array]], positive: Any, average: str
) -> tuple[int | None, list[Array], int]:
    """Number of the positive label (None where none is needed), numbers of the rows' labels, and how many there are."""
    labels, rows = codes(*(array for _, array in arrays))
    if len(labels) > MOST_LABELS:
        names = " and ".join(dict.fromkeys(name for name, _ in arrays))
        raise UnmeasurableError(
            f"{names} have {len(labels):,} distinct values: these are no labels",
            hint="gate numbers by mae or rmse, and scores by roc_auc",
        )
    if metric.name not in AVERAGED or average != "binary":
        return None, rows, len(labels)
    if len(labels) > 2 and positive is None:
        shown = ", ".join(map(str, labels))
        raise UnmeasurableError(
            f"there are {len(labels)} labels ({shown})",
            hint='say average="macro", or which label is meant by positive=',
        )
    marks = positives(arrays, positive)
    return 1, [mark.astype(int) for mark in marks], 2


def estimate(sample: Sample, taken: Mapping[str, Taken], *contents: Any, evidence: Mapping[str, Any]) -> Estimate:
    """The sample's figure with its bootstrap interval.

    Raises
    ------
    UnmeasurableError
        It is not defined on these rows.
    """
    import numpy as np

    value = sample.value
    rows = int(sample.counts.sum())
    few = None if sample.few is None else max(sample.few, 2)
    if np.isnan(value):
        raise UnmeasurableError("it is not defined here: it divides by zero rows")
    confidence = float(taken["confidence"].value)
    resamples = bootstrap.resamples_for(len(sample.counts), int(taken["resamples"].value))
    seed = bootstrap.seed_of(sample.counts, *contents)
    draws = bootstrap.resampled(sample.counts + sample.prior, sample.figures, resamples=resamples, seed=seed)
    low, high = bootstrap.interval(draws, confidence, few)
    facts = {"rows": rows, "resamples": resamples, "interval": "percentiles of the Bayesian bootstrap", **evidence}
    # The prior may move the interval of few rows past a figure at its own edge.
    return Estimate(value, min(low, value), max(high, value), None, facts, confidence)


def _measure(metric: Metric) -> Measure:
    averaged = metric.name in AVERAGED

    def call(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
        del evidence
        positive = taken["positive"].value if "positive" in taken else None
        average = taken["average"].value if averaged else "binary"
        truth, prediction = taken["y_true"], taken[parameters[1].name]
        sample = sample_of(metric, truth, prediction, positive=positive, average=average)
        facts: dict[str, Any] = {"metric": metric.name}
        found = estimate(sample, taken, _contents(metric, truth, prediction), metric.name, evidence=facts)
        return _bounded(found, truth, positive) if metric.name == "average_precision" else found

    kind = {
        "labels": ("y_pred", "predicted labels"),
        "scores": ("y_score", "scores or probabilities of the positive label"),
    }
    name, doc = kind.get(metric.takes, ("y_pred", "predicted numbers"))
    parameters = (
        TRUTH,
        Parameter(name, "value", f"{doc}, one a row"),
        *((POSITIVE,) if averaged or metric.takes == "scores" else ()),
        *((AVERAGE,) if averaged else ()),
        CONFIDENCE,
        RESAMPLES,
    )
    return Measure(metric.name, metric.doc, parameters, call)


def _contents(metric: Metric, truth: Taken, prediction: Taken) -> Any:
    """What the seed depends on beside the counts: of rows, their values."""
    if metric.takes == "labels":
        return ""
    one, other = vector(truth), scores(prediction)
    return (bootstrap.seed_of(one if one.dtype != object else repr(one.tolist())), bootstrap.seed_of(other))


def _bounded(found: Estimate, truth: Taken, positive: Any) -> Estimate:
    """The estimate, with an interval where no resample varies: the Clopper-Pearson bound for n of n."""
    from dataclasses import replace

    if found.low != found.high or found.value not in (0.0, 1.0):
        return found
    (is_positive,) = positives([(truth.text, vector(truth))], positive)
    rarer = int(min(is_positive.sum(), (~is_positive).sum()))
    bound = ((1 - (found.confidence or 0)) / 2) ** (1 / rarer)
    return replace(found, low=bound) if found.value == 1 else replace(found, high=1 - bound)


MEASURES = tuple(_measure(metric) for metric in METRICS.values())
