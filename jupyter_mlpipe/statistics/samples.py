"""The metrics that there are, and the sample that columns make of each. Not for how they are computed (``metrics``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.statistics import metrics
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.columns import MOST_LABELS, codes, numbers, positives, same_length, scores, vector
from jupyter_mlpipe.statistics.metrics import Metric, Sample

Named: TypeAlias = tuple[str, Any]
"""What people call a column (``test.late``), and the column, of any library."""

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
    metric: Metric, truth: Named, prediction: Named, *, positive: Any = None, average: str = "binary"
) -> Sample:
    """The metric's sample of these columns.

    Raises
    ------
    UnmeasurableError
        The columns do not allow it: their length, missing values, labels, a single class.
    """
    if metric.sample is None:
        one, other = vector(*truth), vector(*prediction)
        same_length((truth[0], one), (prediction[0], other))
        number, (true, predicted), labels = label_codes(
            metric, [(truth[0], one), (prediction[0], other)], positive, average
        )
        return metrics.confusion(label_figure(metric, average, number), true, predicted, labels)
    if metric.takes == "scores":
        one, score = vector(*truth), scores(*prediction)
        same_length((truth[0], one), (prediction[0], score))
        (is_positive,) = positives([(truth[0], one)], positive)
        return metric.sample(is_positive, score)
    true, predicted = numbers(*truth), numbers(*prediction)
    same_length((truth[0], true), (prediction[0], predicted))
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
