"""Performance: scikit-learn's metrics of truth and prediction, each with a bootstrap interval.

The intervals are percentile intervals of the Bayesian bootstrap over rows (``bootstrap``). A ranking without a single
error, of which no resample has one either, gets the exact binomial bound for as many pairs as rows of the rarer class.
Not for comparing two models (``improvement``), nor groups of people (``fairness``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.statistics import bootstrap
from jupyter_mlpipe.statistics.columns import scores
from jupyter_mlpipe.statistics.intervals import interval_of
from jupyter_mlpipe.statistics.metrics import Metric, Sample
from jupyter_mlpipe.statistics.samples import AVERAGED, METRICS, sample_of

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


def estimate(
    sample: Sample,
    taken: Mapping[str, Taken],
    *contents: Any,
    evidence: Mapping[str, Any],
    perfect: int | None = None,
) -> Estimate:
    """The sample's figure with its bootstrap interval; `perfect` as of `interval_of`.

    Raises
    ------
    UnmeasurableError
        It is not defined on these rows.
    """
    confidence = float(taken["confidence"].value)
    resamples = bootstrap.resamples_for(len(sample.counts), int(taken["resamples"].value))
    found = interval_of(sample, *contents, confidence=confidence, resamples=resamples, perfect=perfect)
    rows = int(sample.counts.sum())
    facts = {"rows": rows, "resamples": resamples, "interval": "percentiles of the Bayesian bootstrap", **evidence}
    return Estimate(*found, None, facts, confidence)


def _measure(metric: Metric) -> Measure:
    averaged = metric.name in AVERAGED

    def call(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
        del evidence
        positive = taken["positive"].value if "positive" in taken else None
        average = taken["average"].value if averaged else "binary"
        truth, prediction = taken["y_true"], taken[parameters[1].name]
        sample = sample_of(metric, truth.named, prediction.named, positive=positive, average=average)
        facts: dict[str, Any] = {"metric": metric.name}
        return estimate(
            sample,
            taken,
            _contents(metric, truth, prediction),
            metric.name,
            evidence=facts,
            # Of a ranking without an error no resample has one either.
            perfect=sample.few if metric.name == "average_precision" else None,
        )

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
    one, other = truth.column(), scores(*prediction.named)
    return (bootstrap.seed_of(one if one.dtype != object else repr(one.tolist())), bootstrap.seed_of(other))


MEASURES = tuple(_measure(metric) for metric in METRICS.values())
