"""Metrics of predictions under weights: of all rows once, and of many resamples at a time.

Each `Sample` has *atoms* (rows, or cells of equal rows), and gives its figure for weights of these. With the atoms' own
counts as weights a figure is scikit-learn's. Not for intervals (``bootstrap``), nor for reading columns (``columns``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.statistics.arrays import Array

PRIOR = 2.0
"""Rows that the prior adds to all cells of a confusion matrix together: 1/2 a cell where there are two labels."""
ENDS = 0.25
"""Rows of each class that the prior adds at each end of a ranking: one without an error is not taken for sure."""


@dataclass(frozen=True)
class Sample:
    """Data of a metric, so that its figure is a function of weights."""

    counts: Array
    """Rows of each atom, shape (atoms,)."""
    figures: Callable[[Array], Array]
    """From weights, shape (resamples, atoms), to figures, shape (resamples,)."""
    prior: Array | float = 0.0
    """Added to the atoms' counts where they are resampled."""
    few: int | None = None
    """Rows that the figure's precision rests on, where atoms are rows: all, or those of the rarer class."""
    order: Array | None = None
    """Where the atoms are in an order of their own: the rows in that order."""

    @property
    def value(self) -> float:
        """The figure itself."""
        return float(self.figures(self.counts[None, :].astype(float))[0])


@dataclass(frozen=True)
class Metric:
    """A figure of truth and prediction."""

    name: str
    doc: str
    takes: Literal["labels", "scores", "numbers"]
    """What is predicted: labels, scores of the positive label, or numbers."""
    greater_is_better: bool
    sample: Callable[[Array, Array], Sample] | None = None
    """From truth and prediction; None of labels, whose samples are confusion matrices."""
    figure: Callable[[Array, Array], Array] | None = None
    """From confusion matrices; None where that depends on the positive label and the average."""


# -- labels -----------------------------------------------------------------------------------------------------------


def confusion(figure: Callable[[Array, Array], Array], truth: Array, predicted: Array, labels: int) -> Sample:
    """A sample of a figure of confusion matrices.

    Parameters
    ----------
    figure
        From matrices, shape (resamples, labels, labels) with the truth before the prediction, and the mask of labels
        that the truth has, to figures, shape (resamples,).
    truth, predicted
        Numbers of labels, shape (rows,).
    labels
        How many labels there are.
    """
    import numpy as np

    counts = np.bincount(truth * labels + predicted, minlength=labels * labels)
    present = counts.reshape(labels, labels).sum(axis=1) > 0

    def figures(weights: Array) -> Array:
        return figure(weights.reshape(-1, labels, labels), present)

    return Sample(counts, figures, PRIOR / labels**2)


def paired_confusion(
    figure: Callable[[Array, Array], Array],
    rows: Sequence[Array],
    labels: int,
) -> Sample:
    """A sample of the difference between two predictions of the same rows.

    `rows` are numbers of labels: of the truth, of the one prediction, of the other. The rest is as of `confusion`.
    """
    import numpy as np

    truth, predicted, other = rows
    counts = np.bincount((truth * labels + predicted) * labels + other, minlength=labels**3)
    present = counts.reshape(labels, -1).sum(axis=1) > 0

    def figures(weights: Array) -> Array:
        cube = weights.reshape(-1, labels, labels, labels)
        return figure(cube.sum(axis=3), present) - figure(cube.sum(axis=2), present)

    # Of two that never differ nothing is in doubt; where one row differs, the next may differ the other way.
    return Sample(counts, figures, PRIOR / labels**3 if (predicted != other).any() else 0.0)


def accuracy(matrices: Array, present: Array) -> Array:
    """Share of rows that are right."""
    import numpy as np

    del present
    return np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))


def balanced_accuracy(matrices: Array, present: Array) -> Array:
    """Mean of the recall of the labels that the truth has."""
    return (_diagonal(matrices)[:, present] / matrices.sum(axis=2)[:, present]).mean(axis=1)


def averaged(kind: str, average: str, positive: int | None) -> Callable[[Array, Array], Array]:
    """Precision, recall or F1, of one label or averaged over all as scikit-learn names it."""

    def figure(matrices: Array, present: Array) -> Array:
        import numpy as np

        del present
        right, predicted, true = _diagonal(matrices), matrices.sum(axis=1), matrices.sum(axis=2)
        if average == "micro":
            return right.sum(axis=1) / true.sum(axis=1)
        numerator = 2 * right if kind == "f1" else right
        denominator = {"precision": predicted, "recall": true, "f1": predicted + true}[kind]
        if average == "binary":
            with np.errstate(invalid="ignore"):
                return numerator[:, positive] / denominator[:, positive]
        # As scikit-learn: a label without rows has the figure 0.
        each = np.divide(numerator, denominator, out=np.zeros_like(denominator, dtype=float), where=denominator > 0)
        if average == "macro":
            return each.mean(axis=1)
        return (each * true).sum(axis=1) / true.sum(axis=1)

    return figure


def _diagonal(matrices: Array) -> Any:
    import numpy as np

    return np.diagonal(matrices, axis1=1, axis2=2)


# -- scores -----------------------------------------------------------------------------------------------------------


def roc_auc(truth: Array, score: Array) -> Sample:
    """Area under the ROC curve: the share of pairs of a positive and a negative row that are ranked right.

    The rows are sorted once; what lies below each positive row is a cumulated sum of weights (ties count one half).
    """
    import numpy as np

    rows, few = len(truth), _both_classes(truth)
    # A positive and a negative row above all others and below: without a count, but with a prior.
    truth = np.concatenate([truth, [True, False, True, False]])
    score = np.concatenate([score, [score.min() - 1, score.min() - 2, score.max() + 2, score.max() + 1]])
    order = np.argsort(score, kind="stable")
    sorted_truth, last = truth[order].astype(float), _last_of_ties(score[order])

    def figures(weights: Array) -> Array:
        positive = weights * sorted_truth
        weights -= positive
        negative_below = np.cumsum(weights, axis=1, out=weights)
        if last is None:
            concordant = np.einsum("ij,ij->i", positive, negative_below)
        else:
            ends = negative_below[:, last]
            begins = np.concatenate([np.zeros((len(ends), 1)), ends[:, :-1]], axis=1)
            tied = np.add.reduceat(positive, np.concatenate([[0], last[:-1] + 1]), axis=1)
            concordant = np.einsum("ij,ij->i", tied, (ends + begins) / 2)
        return concordant / (positive.sum(axis=1) * negative_below[:, -1])

    counts = (order < rows).astype(float)
    return Sample(counts, figures, np.where(counts, 0, ENDS), few, order)


def average_precision(truth: Array, score: Array) -> Sample:
    """Precision at each threshold, weighted by the recall that the threshold adds."""
    import numpy as np

    few = _both_classes(truth)
    order = np.argsort(-score, kind="stable")
    sorted_truth, last = truth[order].astype(float), _last_of_ties(score[order])

    def figures(weights: Array) -> Array:
        found = np.cumsum(weights * sorted_truth, axis=1)
        taken = np.cumsum(weights, axis=1)
        if last is not None:
            found, taken = found[:, last], taken[:, last]
        gained = np.diff(found, axis=1, prepend=0)
        return np.einsum("ij,ij->i", gained, found / taken) / found[:, -1]

    return Sample(np.ones(len(truth)), figures, few=few, order=order)


def _last_of_ties(ordered: Array) -> Array | None:
    """Where runs of equal scores end; None where no two are equal."""
    import numpy as np

    last: Array = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return None if len(last) == len(ordered) else last


def _both_classes(truth: Array) -> int:
    """Rows of the rarer class."""
    if truth.all() or not truth.any():
        which = "positive" if truth.all() else "negative"
        raise UnmeasurableError(f"all {len(truth):,} rows are {which}; rows of both classes are needed")
    return int(min(truth.sum(), (~truth).sum()))


# -- losses -----------------------------------------------------------------------------------------------------------


def mean_of(losses: Array, *, root: bool = False) -> Sample:
    """The weighted mean of a loss of each row, or its root."""
    import numpy as np

    def figures(weights: Array) -> Array:
        mean = weights @ losses / weights.sum(axis=1)
        return np.sqrt(mean) if root else mean

    return Sample(np.ones(len(losses)), figures, few=len(losses))


def log_loss(truth: Array, score: Array) -> Sample:
    """Negative log-likelihood of the truth under the probabilities, clipped as scikit-learn does."""
    import numpy as np

    _probabilities(score)
    _both_classes(truth)
    epsilon = np.finfo(score.dtype).eps
    likelihood = np.clip(np.where(truth, score, 1 - score), epsilon, 1 - epsilon)
    return mean_of(-np.log(likelihood))


def brier(truth: Array, score: Array) -> Sample:
    """Mean squared distance between probability and truth."""
    _probabilities(score)
    return mean_of((score - truth) ** 2)


def r2(truth: Array, predicted: Array) -> Sample:
    """Share of the variance that the prediction explains."""
    import numpy as np

    centred = truth - truth.mean()
    if not centred.any():
        raise UnmeasurableError("the truth is the same in all rows, so there is no variance to explain")
    sums = np.column_stack([np.ones(len(truth)), centred, centred**2, (truth - predicted) ** 2])

    def figures(weights: Array) -> Array:
        total, first, second, residual = (weights @ sums).T
        return 1 - residual / (second - first**2 / total)

    return Sample(np.ones(len(truth)), figures, few=len(truth))


def mae(truth: Array, predicted: Array) -> Sample:
    """Mean absolute error."""
    return mean_of(abs(truth - predicted))


def rmse(truth: Array, predicted: Array) -> Sample:
    """Root of the mean squared error."""
    return mean_of((truth - predicted) ** 2, root=True)


def mape(truth: Array, predicted: Array) -> Sample:
    """Mean absolute error as a share of the truth."""
    import numpy as np

    return mean_of(abs(truth - predicted) / np.maximum(abs(truth), np.finfo(float).eps))


def _probabilities(score: Array) -> None:
    if score.min() < 0 or score.max() > 1:
        raise UnmeasurableError(
            f"scores from {score.min():.3g} to {score.max():.3g} are no probabilities", hint="give predict_proba's"
        )
