"""What a model takes and gives: its signature, with an input example that is made up.

MLflow would keep rows of the training data as the example, for whoever can read the registry. Here each column's
example is the middle of its range, rounded, or the name of a category; text columns get the word "text". Not for
checking what a model is given.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

ROWS = 3


def input_frame(model: Any, candidates: Iterable[Any]) -> Any:
    """The columns of a frame that a model was fitted on; None where no candidate has them all.

    Parameters
    ----------
    model
        With scikit-learn's ``feature_names_in_``, or a pipeline that holds such a step.
    candidates
        Values that its stage read or made.
    """
    names = feature_names(model)
    if names is None:
        return None
    for value in candidates:
        columns = getattr(value, "columns", None)
        if columns is not None and set(names) <= {str(column) for column in columns}:
            return value[list(names)]
    return None


def feature_names(model: Any) -> list[str] | None:
    """Columns that a model was fitted on, in order; None where it does not say."""
    try:
        names = getattr(model, "feature_names_in_", None)
    except Exception:  # noqa: BLE001 - a property of a foreign class
        names = None
    if names is None:
        for _, step in getattr(model, "steps", ()):
            names = getattr(step, "feature_names_in_", None)
            if names is not None:
                break
    return None if names is None else [str(name) for name in names]


def made_up(frame: Any) -> Any:
    """A frame of `ROWS` rows with a frame's columns and types, and none of its rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        The training data, shape ``(rows, columns)``.

    Returns
    -------
    pandas.DataFrame
        Shape ``(ROWS, columns)``.
    """
    import pandas as pd

    return pd.DataFrame({name: _column(frame[name]) for name in frame.columns})


def signature_of(model: Any, example: Any) -> Any:
    """MLflow's signature of a model over an example; None where the model does not predict on it."""
    from mlflow.models import infer_signature

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return infer_signature(example, model.predict(example))
        except Exception:  # noqa: BLE001 - whatever a model raises on made-up rows, it has no signature then
            return None


def _column(column: Any) -> Any:
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        chosen = (
            [kind.categories[index % len(kind.categories)] for index in range(ROWS)] if len(kind.categories) else []
        )
        return pd.Series(pd.Categorical(chosen or [None] * ROWS, dtype=kind))
    if pd.api.types.is_bool_dtype(kind):
        return pd.Series([index % 2 == 0 for index in range(ROWS)], dtype=kind)
    if pd.api.types.is_numeric_dtype(kind):
        return pd.Series([_middle(column)] * ROWS).astype(kind)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return pd.Series([pd.Timestamp("2000-01-01")] * ROWS).astype("datetime64[us]").pipe(_as_time, kind)
    return pd.Series(["text"] * ROWS).astype(kind)


def _as_time(moments: Any, kind: Any) -> Any:
    zone = getattr(kind, "tz", None)
    return moments.dt.tz_localize(zone).astype(kind) if zone is not None else moments.astype(kind)


def _middle(column: Any) -> float:
    """The middle of a column's range to one digit: no row's own value, unless by chance."""
    low, high = column.min(), column.max()
    middle = (float(low) + float(high)) / 2 if low == low and high == high else 0.0  # noqa: PLR0124 - NaN
    if not math.isfinite(middle) or middle == 0:
        return 0.0
    return round(middle, -math.floor(math.log10(abs(middle))))
