"""Direct loss estimation: how wrong a regression is on rows whose true numbers have not come yet.

A second model learns from the reference how large the first one's errors are, given what it predicts from and what it
predicted; its mean over a window is what the error there is expected to be. It sees that errors grow because rows come
from where the model was poor. It does not see that the same rows now mean something else.

The band has three parts: the errors of single rows vary about what is expected of them; the error model is refitted
without one chunk of the reference at a time (the delete-one-group jackknife; B. Efron, C. Stein, *The jackknife
estimate of variance*, Annals of Statistics 9 (1981)); and for each chunk, estimated without it, it is known how far
truth strayed (``norms``).

Source: NannyML's documentation of direct loss estimation (DLE). The error models are scikit-learn's histogram
gradient boosting. Not for classification (``cbpe``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.errors import QualityReferenceError
from jupyter_mlpipe.monitoring.quality.cbpe import Band
from jupyter_mlpipe.monitoring.quality.norms import Figure, Norm, stray_of, widened
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from jupyter_mlpipe.statistics.arrays import Array

ESTIMATED = ("mae", "rmse", "mape")
"""Measures that can be estimated."""
ASSUMPTION = (
    "estimates take for granted that rows like those of the reference are predicted as well as there; "
    "they do not see concept drift, which only true numbers show"
)
FEWEST_ROWS = 100
MOST_CATEGORIES = 200
"""Of a column; rarer ones count as missing."""
FOLDS = 5
_Z95 = 1.959964


@dataclass(frozen=True)
class ErrorModel:
    """What one measure's loss of a row is expected to be."""

    whole: Any
    """Fitted to all of the reference."""
    folds: tuple[Any, ...]
    """Each fitted without one chunk."""
    spread: float
    """Standard deviation of a row's loss about what was expected without its chunk, as a share of that."""
    stray: Norm | None
    """How far chunks' mean losses strayed from what was expected."""


@dataclass(frozen=True)
class Estimator:
    """What a reference taught of errors."""

    categories: Mapping[str, Mapping[Any, int]]
    """For each column of texts the number of each value."""
    models: Mapping[str, ErrorModel]
    """By measure."""

    def bands(self, data: Predictions, measures: Sequence[str]) -> dict[str, Band]:
        """The expected figures of these rows, with 95 % bands for where truth will be found."""
        import numpy as np

        if not len(data):
            return {name: Band(math.nan, math.nan, math.nan) for name in measures}
        rows = _features(data, self.categories)
        found = {}
        for name in measures:
            model = self.models[name]
            losses: Array = np.maximum(model.whole.predict(rows), 0.0)
            value = float(losses.mean())
            each = np.array([fold.predict(rows).mean() for fold in model.folds])
            count = len(each)
            jackknife = (count - 1) / count * float(((each - each.mean()) ** 2).sum())
            width = _Z95 * math.sqrt(model.spread**2 * float((losses**2).mean()) / len(data) + jackknife)
            low, high = widened(value - width, value, value + width, model.stray)
            band = Band(value, max(low, 0.0), high)
            found[name] = Band(*map(math.sqrt, band)) if name == "rmse" else band
        return found


def fit(reference: Predictions, measures: Sequence[str] = ("mae", "rmse")) -> Estimator:
    """Learn from a reference how large errors are.

    Parameters
    ----------
    reference
        Predictions of numbers, with features, in the order of time where they have one; rows without a true number
        are left out.
    measures
        Names of `ESTIMATED`.

    Raises
    ------
    QualityReferenceError
        It has fewer than a hundred labelled rows; scikit-learn is not there.
    """
    import numpy as np

    data = reference.take(reference.known)
    if len(data) < FEWEST_ROWS:
        raise QualityReferenceError(
            f"the reference has {len(data):,} rows with a true number; errors are learnt from {FEWEST_ROWS} or more",
            hint="give a longer reference, or ask for no estimates",
        )
    categories = {name: _numbered(values) for name, values in data.features.items() if values.dtype == object}
    rows = _features(data, categories)
    fold: Array = np.arange(len(data)) * FOLDS // len(data)
    models = {}
    for name in measures:
        losses = _losses(name, data)
        folds = tuple(
            _fitted(rows[fold != number], losses[fold != number], categories, data) for number in range(FOLDS)
        )
        expected: Array = np.concatenate([model.predict(rows[fold == number]) for number, model in enumerate(folds)])
        apart = losses - expected
        gaps = [
            Figure(float(part.mean()), float(part.std(ddof=1)) / math.sqrt(len(part)))
            for part in np.array_split(apart, FOLDS * 2)
        ]
        whole = _fitted(rows, losses, categories, data)
        # Errors vary the more the larger they are: as if each were drawn from a gamma distribution of one shape.
        least = float(np.finfo(float).tiny)
        spread = math.sqrt(float((apart**2).sum()) / max(float((expected**2).sum()), least))
        models[name] = ErrorModel(whole, folds, spread, stray_of(gaps))
    return Estimator(categories, models)


def _losses(name: str, data: Predictions) -> Array:
    import numpy as np

    truth: Any = data.truth
    apart = abs(truth - data.predicted)
    if name == "rmse":
        return apart**2
    return apart / np.maximum(abs(truth), np.finfo(float).eps) if name == "mape" else apart


def _fitted(rows: Array, losses: Array, categories: Mapping[str, Any], data: Predictions) -> Any:
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        raise QualityReferenceError(
            "the errors of a regression are estimated with scikit-learn, which is not installed here",
            hint="pip install scikit-learn, or ask for no estimates",
        ) from None
    named = [name in categories for name in data.features]
    model = HistGradientBoostingRegressor(
        max_iter=60, learning_rate=0.15, min_samples_leaf=max(20, len(rows) // 200), random_state=0,
        early_stopping=False, categorical_features=[*named, False],
    )  # fmt: skip
    return model.fit(rows, losses)


def _features(data: Predictions, categories: Mapping[str, Mapping[Any, int]]) -> Array:
    """Features and the prediction as numbers, shape (rows, features + 1); what is not known is NaN."""
    import numpy as np

    columns = []
    for name, values in data.features.items():
        known = categories.get(name)
        if known is not None:
            columns.append(np.array([known.get(item, np.nan) for item in values.tolist()], dtype=float))
        else:
            found = values.astype(float)
            columns.append(np.where(np.isfinite(found), found, np.nan))
    return np.column_stack([*columns, data.predicted])


def _numbered(values: Array) -> dict[Any, int]:
    from collections import Counter

    counted = Counter(item for item in values.tolist() if item is not None and item == item)  # noqa: PLR0124 - NaN
    return {item: number for number, (item, _) in enumerate(counted.most_common(MOST_CATEGORIES))}
