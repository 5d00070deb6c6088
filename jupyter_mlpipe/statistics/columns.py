"""Columns of any library as NumPy arrays: labels, numbers and groups, checked. Not for measuring anything with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.statistics.arrays import Array

MOST_LABELS = 50


def vector(text: str, value: Any) -> Array:
    """One value a row, shape (rows,).

    Parameters
    ----------
    text
        What people call it: ``test.late``.
    value
        A column of any library.

    Raises
    ------
    UnmeasurableError
        It is no column, is empty, or has missing values.
    """
    import numpy as np

    array = _array(text, value)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise UnmeasurableError(f"{text} has the shape {array.shape}, not one value a row")
    if not len(array):
        raise UnmeasurableError(f"{text} has no rows")
    if array.dtype == object:
        missing = sum(_missing(item) for item in array)
        if not missing and all(isinstance(item, bool | int | float | np.number | np.bool_) for item in array):
            array = np.array(array.tolist())
    elif array.dtype.kind in "fc":
        missing = int(np.isnan(array).sum())
    elif array.dtype.kind in "mM":
        missing = int(np.isnat(array).sum())
    else:
        missing = 0
    if missing:
        raise UnmeasurableError(f"{missing:,} of the {len(array):,} values of {text} are missing (NaN or None)")
    return array


def numbers(text: str, value: Any) -> Array:
    """One finite number a row, shape (rows,), float64. Raises `UnmeasurableError`."""
    import numpy as np

    array = vector(text, value)
    if array.dtype.kind not in "biuf":
        kind = type(array[0]).__name__ if array.dtype == object else str(array.dtype)
        raise UnmeasurableError(f"{text} holds no numbers but {kind}")
    found = array.astype(float)
    infinite = int(np.isinf(found).sum())
    if infinite:
        raise UnmeasurableError(f"{infinite:,} of the {len(found):,} values of {text} are infinite")
    return found


def scores(text: str, value: Any) -> Array:
    """One score a row; of two columns, as ``predict_proba`` gives them, the second. Raises `UnmeasurableError`."""
    array = _array(text, value)
    if array.ndim == 2 and array.shape[1] == 2 and abs(array.sum(axis=1) - 1).max() < 1e-6:
        return numbers(text, array[:, 1])
    return numbers(text, value)


def same_length(first: tuple[str, Array], *others: tuple[str, Array]) -> None:
    """Refuse columns of different length; each comes with its name."""
    name, one = first
    for other, array in others:
        if len(array) != len(one):
            raise UnmeasurableError(
                f"{name} has {len(one):,} rows and {other} has {len(array):,}; they must belong together"
            )


def codes(*arrays: Array) -> tuple[list[Any], list[Array]]:
    """Distinct labels of all arrays, sorted where they can be, and for each array the labels' numbers."""
    import numpy as np

    lists = [array.tolist() for array in arrays]
    labels: list[Any] = list(dict.fromkeys(label for items in lists for label in items))
    try:
        labels.sort()
    except TypeError:
        labels.sort(key=str)
    number = {label: index for index, label in enumerate(labels)}
    return labels, [np.fromiter((number[item] for item in items), dtype=np.intp, count=len(items)) for items in lists]


def positives(arrays: Sequence[tuple[str, Array]], positive: Any) -> list[Array]:
    """For each array, with its name, which rows have the positive label.

    Without `positive` the labels must be 0 and 1, False and True, or -1 and 1.

    Raises
    ------
    UnmeasurableError
        Which label is the positive one is not known, or no row has it.
    """
    labels, _ = codes(*(_few(array, name) for name, array in arrays))
    shown = ", ".join(map(str, labels))
    if positive is None:
        if not (set(labels) <= {0, 1} or set(labels) <= {-1, 1}):
            raise UnmeasurableError(
                f"which label is the positive one is not known (labels: {shown})",
                hint=f"say it, as in positive={_written(labels[-1])}",
            )
        positive = 1
    elif positive not in labels:
        names = " and ".join(dict.fromkeys(name for name, _ in arrays))
        raise UnmeasurableError(f"no row of {names} has the positive label {positive} (labels: {shown})")
    return [array == positive for _, array in arrays]


def _few(array: Array, name: str) -> Array:
    """The distinct labels; refuses what holds too many to be labels."""
    import numpy as np

    distinct = np.array(list(dict.fromkeys(array.tolist())), dtype=object)
    if len(distinct) > MOST_LABELS:
        raise UnmeasurableError(
            f"{name} has {len(distinct):,} distinct values: these are no labels", hint="give labels, not scores"
        )
    return distinct


def _array(text: str, value: Any) -> Array:
    import numpy as np

    if isinstance(value, str | bytes | dict | set | frozenset) or not hasattr(value, "__len__"):
        raise UnmeasurableError(f"{text} is {type(value).__name__}, not one value a row")
    try:
        if type(value).__module__.startswith("pyarrow") and hasattr(value, "to_pylist"):
            # Of Arrow's nulls NumPy would make NaN in some types and garbage in others.
            converted: Any = value.to_pylist() if value.null_count else value.to_numpy(zero_copy_only=False)
            return np.asarray(converted, dtype=object if value.null_count else None)
        if hasattr(value, "to_numpy"):
            return np.asarray(value.to_numpy())
        return np.asarray(value) if hasattr(value, "dtype") else _of_list(list(value))
    except (TypeError, ValueError) as error:
        raise UnmeasurableError(f"{text} ({type(value).__name__}) is not one value a row: {error}") from error


def _of_list(items: list[Any]) -> Array:
    import numpy as np

    if all(isinstance(item, bool | int | float | np.number | np.bool_) for item in items):
        return np.array(items)
    if any(isinstance(item, list | tuple | np.ndarray) for item in items):
        return np.array(items)
    found: Array = np.empty(len(items), dtype=object)
    found[:] = items
    return found


def _missing(item: Any) -> bool:
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(item, float) and math.isnan(item)


def _written(label: Any) -> str:
    return f'"{label}"' if isinstance(label, str) else str(label)
