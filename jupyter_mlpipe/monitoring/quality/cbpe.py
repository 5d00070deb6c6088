"""Confidence-based performance estimation: how well a classifier does on rows whose labels have not come yet.

A calibrated probability says how often a prediction like this one is right. So the confusion matrix that is to be
expected, and from it each measure, follows from probabilities alone: a row that is predicted positive with probability
`c` counts `c` as a true and `1 - c` as a false positive. Ranking measures come from the expected true and false
positives above each score, losses from the expected loss of each row.

Scores are calibrated on the reference by isotonic regression, of more than two labels each against the rest and
normalised, where that makes them better: where it lowers the Brier score of rows that it was not fitted to.

The band says where the true figure will be found when labels come. It has three parts: labels are drawn from the
probabilities (few rows vary much); the calibration is fitted to resamples of the reference (``bootstrap``); and for
chunks of the reference, estimated from the other chunks, it is known how far truth has strayed from estimate beyond
both (``norms``).

What it takes for granted: the score says all that the model knows, and what a score stands for is as it was on the
reference. It sees a shift of the data (covariate shift), and does not see that the same data now mean something else
(concept drift); only labels tell that.

Source: J. Białek, W. Kuberski, N. Perrakis, A. Bifet, *Estimating model performance under covariate shift without
labels* (2024, arXiv 2401.08348), and NannyML's documentation of CBPE. Not for regression (``residual``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jupyter_mlpipe.errors import QualityReferenceError
from jupyter_mlpipe.monitoring.quality.measures import each_label, figure_of, likelihood, squared
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from jupyter_mlpipe.statistics import bootstrap, isotonic
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.isotonic import Isotonic

LABELS = ("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1")
ESTIMATED = ("roc_auc", "average_precision", *LABELS, "log_loss", "brier")
"""Measures that can be estimated."""
ASSUMPTION = (
    "estimates take for granted that a score means what it meant on the reference; "
    "they do not see concept drift, which only labels show"
)
RESAMPLES = 200
MOST_ROWS = 2000
"""Of a window that are drawn from for the band; of more rows these stand for all, and vary less."""
_MOST_POINTS = 1000
_FOLDS = 5


class Band(NamedTuple):
    """An estimate, and the ends of the interval in which truth is expected."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """What scores stand for: a rising function for each label, or nothing where they stand for themselves."""

    functions: tuple[Isotonic, ...] | None
    """Of two labels that of the positive one; of more one each. None: the scores are probabilities as they are."""

    def __call__(self, scores: Array) -> Array:
        """Probabilities of all labels, shape (rows, labels), from scores of shape (rows,) or (rows, labels)."""
        import numpy as np

        if scores.ndim == 1:
            positive = scores if self.functions is None else self.functions[0](scores)
            return np.column_stack([1 - positive, positive])
        if self.functions is None:
            return _shares(scores)
        return _shares(np.column_stack([one(scores[:, at]) for at, one in enumerate(self.functions)]))


@dataclass(frozen=True)
class Estimator:
    """What a reference taught of scores."""

    calibration: Calibration
    resampled: tuple[Calibration, ...]
    """The same from resamples of the reference; empty where scores stand for themselves."""
    coarse: Calibration
    """The same from no resample, by the same coarse points as the resamples."""

    def estimate(self, data: Predictions, measures: Sequence[str] = ESTIMATED) -> dict[str, float]:
        """The expected figures of these rows; NaN where one is not defined on them."""
        if not len(data):
            return dict.fromkeys(measures, float("nan"))
        return expected(data, self.calibration(data.scores), measures)

    def bands(
        self, data: Predictions, measures: Sequence[str] = ESTIMATED, *, confidence: float = bootstrap.CONFIDENCE
    ) -> dict[str, Band]:
        """The expected figures of these rows with bands, for labels that vary and a calibration that may be off.

        How far truth strayed on the reference is not in it; see ``norms``.
        """
        import numpy as np

        values = self.estimate(data, measures)
        if not len(data):
            return {name: Band(value, value, value) for name, value in values.items()}
        draws = self._draws(data, measures)
        found = {}
        for name, value in values.items():
            finite = draws[name][np.isfinite(draws[name])]
            if not np.isfinite(value) or len(finite) < 0.95 * RESAMPLES:
                found[name] = Band(value, float("nan"), float("nan"))
                continue
            low, high = np.quantile(finite, [(1 - confidence) / 2, (1 + confidence) / 2])
            low, high = value + min(float(low), 0.0), value + max(float(high), 0.0)
            found[name] = Band(value, *(_bounded(name, end) for end in (low, high)))
        return found

    def _draws(self, data: Predictions, measures: Sequence[str]) -> dict[str, Array]:
        """How far figures of drawn labels are from what is expected, shape (resamples,) each."""
        import numpy as np

        some = _spread(data)
        generator = np.random.default_rng(bootstrap.seed_of(some.scores, some.predicted))
        base = self.coarse(some.scores)
        centre = expected(some, base, measures)
        # Of all rows labels vary less than of the few that stand for them; the calibration does not.
        scale = (len(some) / len(data)) ** 0.5
        found: dict[str, list[float]] = {name: [] for name in measures}
        figures = _Figures(some, measures)
        for number in range(RESAMPLES):
            chances = self.resampled[number](some.scores) if self.resampled else base
            moved = figures(chances) if self.resampled else centre
            drawn = figures(_drawn(chances, generator))
            for name in measures:
                found[name].append(moved[name] - centre[name] + scale * (drawn[name] - moved[name]))
        return {name: np.array(values) for name, values in found.items()}


def fit(reference: Predictions, *, calibrate: bool | None = None, resamples: int = RESAMPLES) -> Estimator:
    """Learn from a reference what scores stand for.

    Parameters
    ----------
    reference
        Predictions with scores; rows without a label are left out.
    calibrate
        Whether scores are calibrated; None: where that makes them better.
    resamples
        Of the reference, for bands; 0 where none are wanted.

    Raises
    ------
    QualityReferenceError
        It has no scores, or labels of one class only.
    """
    import numpy as np

    data = reference.take(reference.known)
    if data.scores is None:
        raise QualityReferenceError("without scores nothing can be estimated", hint="name the column of probabilities")
    present = np.unique(data.truth)
    if len(present) < 2:
        what = (
            f"all {len(data):,} labelled rows are {data.labels[int(present[0])]}" if len(data) else "no row has a label"
        )
        raise QualityReferenceError(
            f"of the reference {what}; rows of both classes are needed to know what scores stand for",
            hint="give a reference with labels of all classes, such as the rows on which the model was tested",
        )
    raw = Calibration(None)
    if not (_better(data) if calibrate is None else calibrate):
        return Estimator(raw, (), raw)
    functions = tuple(isotonic.fit(scores, truth) for scores, truth in _against_rest(data))
    resampled, coarse = _resampled(data, resamples)
    return Estimator(Calibration(functions), resampled, coarse)


def expected(data: Predictions, chances: Array, measures: Sequence[str]) -> dict[str, float]:
    """Figures that are expected of rows.

    Parameters
    ----------
    data
        Predictions; what was true is not looked at.
    chances
        Of each row the probability of each label, shape (rows, labels); 0 and 1 where it is known.
    measures
        Names of `ESTIMATED`.
    """
    return _Figures(data, measures)(chances)


class _Figures:
    """Figures of the same rows under several chances: what does not depend on these is made once."""

    def __init__(self, data: Predictions, measures: Sequence[str]) -> None:
        self._predicted, self._labels, self._task = data.predicted, len(data.labels), data.task
        self._measures = measures
        self._log = likelihood(data) if "log_loss" in measures else None
        self._squared = squared(data) if "brier" in measures else None
        self._orders = []
        if {"roc_auc", "average_precision"} & set(measures):
            scores = each_label(data)
            self._orders = [_ranks(scores[:, at]) for at in ([1] if data.task == "binary" else range(self._labels))]

    def __call__(self, chances: Array) -> dict[str, float]:
        import numpy as np

        found: dict[str, float] = {}
        if set(self._measures) & set(LABELS):
            matrix = self._matrix(chances)
            present = matrix[0].sum(axis=1) > 0
            for name in self._measures:
                if name in LABELS:
                    with np.errstate(invalid="ignore", divide="ignore"):
                        found[name] = float(figure_of(name, self._task)(matrix, present)[0])
        if self._orders:
            found |= self._ranking(chances)
        if self._log is not None:
            found["log_loss"] = -float((chances * self._log).sum(axis=1).mean())
        if self._squared is not None:
            found["brier"] = float((chances * self._squared).sum(axis=1).mean())
        return {name: found[name] for name in self._measures}

    def _matrix(self, chances: Array) -> Array:
        """The expected confusion matrix, shape (1, labels, labels), truth before prediction."""
        import numpy as np

        labels = range(self._labels)
        return np.array([[np.bincount(self._predicted, chances[:, true], self._labels) for true in labels]])

    def _ranking(self, chances: Array) -> Mapping[str, float]:
        import numpy as np

        columns = chances[:, 1:] if self._task == "binary" else chances
        areas, precisions = [], []
        for (order, ends), column in zip(self._orders, columns.T, strict=True):
            positive = column[order]
            true, false = np.cumsum(positive)[ends], np.cumsum(1 - positive)[ends]
            if true[-1] > 0 and false[-1] > 0:
                # From the highest score down: the ROC curve by trapezes, and precision at each step of recall.
                gained = np.diff(true, prepend=0)
                areas.append(float((np.diff(false, prepend=0) * (true - gained / 2)).sum() / (true[-1] * false[-1])))
                precisions.append(float((gained * true / (true + false)).sum() / true[-1]))
        mean = {
            "roc_auc": float(np.mean(areas)) if areas else float("nan"),
            "average_precision": float(np.mean(precisions)) if precisions else float("nan"),
        }
        return {name: value for name, value in mean.items() if name in self._measures}


def _ranks(scores: Array) -> tuple[Array, Array]:
    """Rows from the highest score down, and where runs of equal scores end."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    return order, np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)


def _against_rest(data: Predictions) -> list[tuple[Array, Array]]:
    """For each function to be fitted, scores and whether the label is true."""
    if data.scores is not None and data.scores.ndim == 1:
        return [(data.scores, data.truth == 1)]
    return [(data.scores[:, at], data.truth == at) for at in range(len(data.labels))]  # type: ignore[index]


def _better(data: Predictions) -> bool:
    """Whether calibrating lowers the Brier score of rows that it was not fitted to."""
    import numpy as np

    fold = np.random.default_rng(0).permutation(len(data)) % _FOLDS
    losses = squared(data)
    raw = np.take_along_axis(losses, data.truth[:, None], axis=1).mean()  # type: ignore[index]
    calibrated: Array = np.empty((len(data), len(data.labels)))
    for number in range(_FOLDS):
        rest, held = data.take(fold != number), fold == number
        if not len(rest) or not held.any():
            return False
        functions = tuple(isotonic.fit(scores, truth) for scores, truth in _against_rest(rest))
        calibrated[held] = Calibration(functions)(data.scores[held])  # type: ignore[index]
    truth = np.eye(len(data.labels))[data.truth]
    error = ((calibrated - truth) ** 2).sum(axis=1).mean()
    return bool(error < raw * (2 if data.task == "binary" else 1))


def _resampled(data: Predictions, resamples: int) -> tuple[tuple[Calibration, ...], Calibration]:
    """Calibrations of resamples of the reference, by at most a thousand points of score, and that of no resample."""
    import numpy as np

    points = []
    for scores, truth in _against_rest(data):
        edges = np.unique(np.quantile(scores, np.linspace(0, 1, _MOST_POINTS + 1)))
        at = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, max(len(edges) - 2, 0))
        rows = np.bincount(at)
        used = np.flatnonzero(rows)
        positive = np.bincount(at, truth)[used]
        points.append((np.bincount(at, scores)[used] / rows[used], positive, rows[used] - positive))
    generator = np.random.default_rng(bootstrap.seed_of(data.scores, data.truth))

    def calibration(draw: bool) -> Calibration:
        functions = []
        for mean, positive, negative in points:
            one, other = (generator.standard_gamma(count) if draw else count for count in (positive, negative))
            # A point of few rows can be drawn with no weight at all.
            mass = np.maximum(one + other, 1e-9)
            functions.append(Isotonic(mean, isotonic.pooled(one / mass, mass)))
        return Calibration(tuple(functions))

    return tuple(calibration(True) for _ in range(resamples)), calibration(False)


def _spread(data: Predictions) -> Predictions:
    """At most so many rows as are drawn from, from all scores."""
    import numpy as np

    if len(data) <= MOST_ROWS:
        return data
    key = data.scores if data.scores.ndim == 1 else data.scores.max(axis=1)  # type: ignore[union-attr]
    return data.take(np.argsort(key, kind="stable")[np.linspace(0, len(data) - 1, MOST_ROWS).astype(int)])


def _drawn(chances: Array, generator: object) -> Array:
    """Labels drawn from chances, as chances of 0 and 1."""
    import numpy as np

    picked = (chances.cumsum(axis=1) < generator.random((len(chances), 1))).sum(axis=1)  # type: ignore[attr-defined]
    return np.eye(chances.shape[1])[np.minimum(picked, chances.shape[1] - 1)]


def _shares(chances: Array) -> Array:
    """Chances of all labels, so that they add up to 1; equal where all are 0."""
    import numpy as np

    total = chances.sum(axis=1, keepdims=True)
    return np.divide(chances, total, out=np.full(chances.shape, 1 / chances.shape[1]), where=total > 0)


def _bounded(name: str, end: float) -> float:
    return max(end, 0.0) if name == "log_loss" else min(max(end, 0.0), 2.0 if name == "brier" else 1.0)
