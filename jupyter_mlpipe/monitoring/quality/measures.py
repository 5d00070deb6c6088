"""What is watched of a model: each measure's figure, from predictions with labels or from predictions alone.

The figures are those that gates ask for (``statistics``); here are the few more that only monitoring has. Not for
estimates without labels (``cbpe``, ``residual``), nor for what is usual (``norms``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.monitoring.quality.calibration import calibration_sample
from jupyter_mlpipe.monitoring.quality.predictions import Predictions, Task
from jupyter_mlpipe.statistics import metrics
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.metrics import Sample

Worse = Literal["lower", "higher", "either"]


@dataclass(frozen=True)
class Measure:
    """A figure of predictions."""

    name: str
    doc: str
    worse: Worse
    """Which way is worse; ``either``: any change is worth saying."""
    tasks: tuple[Task, ...]
    sample: Callable[[Predictions], Sample]
    scored: bool = False
    """Whether it needs scores."""
    labelled: bool = True
    """Whether it needs to know what was true."""

    def asks(self, data: Predictions) -> bool:
        """Whether it can be asked of such predictions at all."""
        return data.task in self.tasks and (data.scores is not None or not self.scored)


def specificity(matrices: Array, present: Array) -> Array:
    """Share of the negative rows that are predicted negative; of more than two labels the mean over labels."""
    import numpy as np

    rows = matrices.sum(axis=(1, 2))[:, None]
    predicted, true = matrices.sum(axis=1), matrices.sum(axis=2)
    right = np.diagonal(matrices, axis1=1, axis2=2)
    negative = rows - true
    with np.errstate(invalid="ignore"):
        each = (negative - (predicted - right)) / negative
    return each[:, 1] if matrices.shape[1] == 2 else each[:, present].mean(axis=1)


def figure_of(name: str, task: Task) -> Callable[[Array, Array], Array]:
    """The figure of confusion matrices (truth before prediction), shape (matrices, labels, labels)."""
    found = {"accuracy": metrics.accuracy, "balanced_accuracy": metrics.balanced_accuracy, "specificity": specificity}
    return found.get(name) or (
        metrics.averaged(name, "binary", 1) if task == "binary" else metrics.averaged(name, "macro", None)
    )


def _of_labels(name: str) -> Callable[[Predictions], Sample]:
    def sample(data: Predictions) -> Sample:
        return metrics.confusion(figure_of(name, data.task), data.truth, data.predicted, len(data.labels))

    return sample


def _ranking(make: Callable[[Array, Array], Sample]) -> Callable[[Predictions], Sample]:
    def sample(data: Predictions) -> Sample:
        if data.task == "binary":
            return make(data.truth == 1, data.scores)
        each = []
        for number in range(len(data.labels)):
            one: Array = data.truth == number
            if one.any() and not one.all():
                each.append(make(one, data.scores[:, number]))  # type: ignore[index]
        if not each:
            raise UnmeasurableError(f"all {len(data):,} rows are of one label")
        return _mean(each)

    return sample


def _mean(samples: list[Sample]) -> Sample:
    """The mean of figures of the same rows; each sample has its rows in an order of its own."""
    import numpy as np

    def in_rows(values: Array | float, sample: Sample) -> Array:
        found = np.broadcast_to(values, sample.counts.shape).astype(float)
        if sample.order is not None:
            found[sample.order] = found.copy()
        return found

    def figures(weights: Array) -> Array:
        found = [item.figures(weights.copy() if item.order is None else weights[:, item.order]) for item in samples]
        return np.mean(found, axis=0)

    first = samples[0]
    few = min(item.few or 0 for item in samples)
    return Sample(in_rows(first.counts, first), figures, in_rows(first.prior, first), few)


def likelihood(data: Predictions) -> Array:
    """Log of the probability that each label was given, clipped as scikit-learn does, shape (rows, labels)."""
    import numpy as np

    scores = each_label(data)
    epsilon = np.finfo(float).eps
    return np.log(np.clip(scores, epsilon, 1 - epsilon))


def each_label(data: Predictions) -> Array:
    """Scores of all labels, shape (rows, labels)."""
    import numpy as np

    if data.scores is None:
        raise UnmeasurableError("there are no scores")
    return np.column_stack([1 - data.scores, data.scores]) if data.scores.ndim == 1 else data.scores


def squared(data: Predictions) -> Array:
    """Squared error of the probabilities if each label were the true one, shape (rows, labels)."""
    scores = each_label(data)
    if data.task == "binary":
        return scores[:, ::-1] ** 2
    return (scores**2).sum(axis=1, keepdims=True) - 2 * scores + 1


def _log_loss(data: Predictions) -> Sample:
    return metrics.mean_of(-_of_truth(likelihood(data), data))


def _brier(data: Predictions) -> Sample:
    return metrics.mean_of(_of_truth(squared(data), data))


def _of_truth(each: Array, data: Predictions) -> Array:
    import numpy as np

    return np.take_along_axis(each, data.truth[:, None], axis=1)[:, 0]  # type: ignore[index]


def _of_numbers(make: Callable[[Array, Array], Sample]) -> Callable[[Predictions], Sample]:
    return lambda data: make(data.truth, data.predicted)


def _mean_score(data: Predictions) -> Sample:
    return metrics.mean_of(data.scores)


def _confidence(data: Predictions) -> Sample:
    return metrics.mean_of(each_label(data).max(axis=1))


def _predicted_share(data: Predictions) -> Sample:
    return metrics.mean_of((data.predicted == 1).astype(float))


def _mean_prediction(data: Predictions) -> Sample:
    return metrics.mean_of(data.predicted)


def _bias(data: Predictions) -> Sample:
    if data.task == "regression":
        return metrics.mean_of(data.predicted - data.truth)
    if data.scores is None:
        return metrics.mean_of((data.predicted == 1) * 1.0 - (data.truth == 1))
    score: Array = data.scores
    return metrics.mean_of(score - (data.truth == 1))


def _calibration(data: Predictions) -> Sample:
    return calibration_sample(data.truth == 1, data.scores)


_BOTH: tuple[Task, ...] = ("binary", "multiclass")
_BINARY: tuple[Task, ...] = ("binary",)
_NUMBERS: tuple[Task, ...] = ("regression",)

MEASURES = {
    item.name: item
    for item in (
        Measure("roc_auc", "area under the ROC curve; of many labels the mean of one against the rest", "lower", _BOTH,
                _ranking(metrics.roc_auc), scored=True),
        Measure("average_precision", "area under precision over recall", "lower", _BOTH,
                _ranking(metrics.average_precision), scored=True),
        Measure("accuracy", "share of rows that are predicted right", "lower", _BOTH, _of_labels("accuracy")),
        Measure("balanced_accuracy", "mean recall of the labels", "lower", _BOTH, _of_labels("balanced_accuracy")),
        Measure("precision", "share of the rows predicted positive that are", "lower", _BOTH, _of_labels("precision")),
        Measure("recall", "share of the positive rows that are found", "lower", _BOTH, _of_labels("recall")),
        Measure("specificity", "share of the negative rows predicted negative", "lower", _BOTH,
                _of_labels("specificity")),
        Measure("f1", "harmonic mean of precision and recall", "lower", _BOTH, _of_labels("f1")),
        Measure("log_loss", "negative log-likelihood of the probabilities", "higher", _BOTH, _log_loss, scored=True),
        Measure("brier", "mean squared error of the probabilities", "higher", _BOTH, _brier, scored=True),
        Measure("calibration_error", "how far probabilities are from shares, without what chance makes of it",
                "higher", _BINARY, _calibration, scored=True),
        Measure("bias", "mean of score (else of prediction) less truth", "either", ("binary", "regression"), _bias),
        Measure("mae", "mean absolute error", "higher", _NUMBERS, _of_numbers(metrics.mae)),
        Measure("rmse", "root of the mean squared error", "higher", _NUMBERS, _of_numbers(metrics.rmse)),
        Measure("mape", "mean absolute error as a share of the truth", "higher", _NUMBERS, _of_numbers(metrics.mape)),
        Measure("r2", "share of the variance explained", "lower", _NUMBERS, _of_numbers(metrics.r2)),
        Measure("mean_score", "mean score", "either", _BINARY, _mean_score, scored=True, labelled=False),
        Measure("confidence", "mean score of the label that has the highest", "either", _BOTH, _confidence,
                scored=True, labelled=False),
        Measure("predicted_share", "share of rows predicted positive", "either", _BINARY, _predicted_share,
                labelled=False),
        Measure("mean_prediction", "mean prediction", "either", _NUMBERS, _mean_prediction, labelled=False),
    )
}  # fmt: skip
