"""A frame's column as values of one kind: numbers, texts with their counts, truth values, times.

pandas, Arrow and Polars columns come here as NumPy or Arrow arrays; what they do not know (mixed objects) is told value
by value. Not for summing up (``profiling``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.monitoring.profiles import Kind
from jupyter_mlpipe.statistics.arrays import Array

_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


@dataclass(frozen=True)
class ColumnValues:
    """A column's values, told apart."""

    kind: Kind
    count: int
    nulls: int
    infinite: int = 0
    mixed: int = 0
    numbers: Array | None = None
    """Finite numbers, or times in seconds since the epoch; ``float64``."""
    words: Sequence[str] = ()
    """Distinct texts or truth values."""
    occurrences: Array | None = None
    """How often each of `words` occurs."""


def read_column(values: Any) -> ColumnValues:
    """Tell a column's values apart.

    Parameters
    ----------
    values
        A NumPy array, an Arrow array (chunked or not), or any sequence of Python objects; shape ``(n,)``.
    """
    import numpy as np
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.dtype.kind in "fiubmM":
        return _of_numpy(values)
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        try:
            values = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, ValueError, TypeError):
            return _of_objects(values)
    return _of_arrow(values)


def _of_numpy(values: Array) -> ColumnValues:
    import numpy as np

    kind, count = values.dtype.kind, len(values)
    if kind == "b":
        true = int(values.sum())
        return _of_words("boolean", count, 0, {"False": count - true, "True": true})
    if kind in "mM":
        unit, step = np.datetime_data(values.dtype)
        if unit not in _SECOND:
            values, unit, step = values.astype(f"{kind}8[s]"), "s", 1
        missing = np.isnat(values)
        seconds = values[~missing].view(np.int64) * (step / _SECOND[unit])
        return ColumnValues("time" if kind == "M" else "number", count, int(missing.sum()), numbers=seconds)
    if kind in "iu":
        return ColumnValues("number", count, 0, numbers=values.astype(np.float64))
    return _of_floats(np.ascontiguousarray(values, dtype=np.float64), count, 0)


def _of_floats(values: Array, count: int, nulls: int) -> ColumnValues:
    """Of floats in which NaN is null; `nulls` were left out before."""
    import numpy as np

    finite = np.isfinite(values)
    if finite.all():
        return ColumnValues("number", count, nulls, numbers=values)
    missing = int(np.isnan(values).sum())
    return ColumnValues(
        "number", count, nulls + missing, infinite=int((~finite).sum()) - missing, numbers=values[finite]
    )


def _of_words(kind: Kind, count: int, nulls: int, counts: dict[str, int], mixed: int = 0) -> ColumnValues:
    import numpy as np

    seen = {word: n for word, n in counts.items() if n}
    occurrences = np.fromiter(seen.values(), dtype=np.int64, count=len(seen))
    return ColumnValues(kind, count, nulls, mixed=mixed, words=list(seen), occurrences=occurrences)


def _of_arrow(values: Any) -> ColumnValues:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, count, nulls = values.type, len(values), values.null_count
    types = pa.types
    if types.is_dictionary(kind):
        return _of_dictionary(values)
    if types.is_boolean(kind):
        true = int(pc.sum(values).as_py() or 0)
        return _of_words("boolean", count, nulls, {"False": count - nulls - true, "True": true})
    if types.is_string(kind) or types.is_large_string(kind) or getattr(types, "is_string_view", _never)(kind):
        return _of_counted("text", count, nulls, pc.value_counts(values.drop_null()))
    if types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind):
        numbers = pc.cast(values.drop_null(), pa.float64(), safe=False)
        return _of_floats(np.asarray(numbers, dtype=np.float64), count, nulls)
    if types.is_temporal(kind):
        if types.is_date(kind):
            values, kind = pc.cast(values, pa.timestamp("s")), pa.timestamp("s")
        seconds = np.asarray(pc.cast(pc.cast(values.drop_null(), _as_integers(kind)), pa.int64())) / _SECOND[kind.unit]
        return ColumnValues("time" if types.is_timestamp(kind) else "number", count, nulls, numbers=seconds)
    return ColumnValues("other", count, nulls)


def _never(_: Any) -> bool:
    return False


def _as_integers(kind: Any) -> Any:
    import pyarrow as pa

    return pa.int32() if pa.types.is_time32(kind) else pa.int64()


def _of_dictionary(values: Any) -> ColumnValues:
    """Of categories: of the kind of their values."""
    import numpy as np
    import pyarrow as pa

    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):  # nothing, or more than one array can hold
        whole = whole.unify_dictionaries().chunk(0) if whole.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(whole.type):
        return _of_arrow(whole)
    inner = whole.dictionary
    if not (pa.types.is_string(inner.type) or pa.types.is_large_string(inner.type)):
        return _of_arrow(whole.dictionary_decode())
    codes = np.asarray(whole.indices.drop_null())
    occurrences = np.bincount(codes, minlength=len(inner))
    seen = np.flatnonzero(occurrences)
    words = inner.take(pa.array(seen)).to_pylist()
    return ColumnValues(
        "text", len(whole), len(whole) - len(codes), words=words, occurrences=occurrences[seen].astype(np.int64)
    )


def _of_counted(kind: Kind, count: int, nulls: int, counted: Any) -> ColumnValues:
    import numpy as np

    words = counted.field("values").to_pylist()
    occurrences = np.asarray(counted.field("counts"), dtype=np.int64)
    return ColumnValues(kind, count, nulls, words=words, occurrences=occurrences)


def _of_objects(values: Iterable[Any]) -> ColumnValues:
    """Of objects of several kinds: most values decide, the others are mixed in."""
    import datetime as dt
    import numbers

    import numpy as np
    import pandas as pd

    found: dict[Kind, list[Any]] = {"boolean": [], "number": [], "text": [], "time": [], "other": []}
    count = nulls = 0
    for value in values:
        count += 1
        if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
            nulls += 1
        elif isinstance(value, bool | np.bool_):
            found["boolean"].append(str(bool(value)))
        elif isinstance(value, numbers.Number) and not isinstance(value, complex):
            found["number"].append(value)
        elif isinstance(value, str):
            # Halves of characters, which some decoders leave, are in no text that others read.
            found["text"].append(value.encode("utf-8", "backslashreplace").decode())
        elif isinstance(value, dt.datetime | dt.date | np.datetime64):
            found["time"].append(value)
        else:
            found["other"].append(value)
    kind: Kind = max(found, key=lambda name: (len(found[name]), name != "other"))
    mixed = count - nulls - len(found[kind])
    if kind == "number":
        read = _of_floats(np.array([_as_float(value) for value in found[kind]], dtype=np.float64), count, nulls)
        return ColumnValues("number", count, read.nulls, read.infinite, mixed, read.numbers)
    if kind == "time":
        moments = pd.to_datetime(pd.Series(found[kind]), utc=True, errors="coerce").dropna()
        seconds = moments.to_numpy("datetime64[us]").astype(np.int64) / 1e6
        return ColumnValues("time", count, nulls + len(found[kind]) - len(seconds), mixed=mixed, numbers=seconds)
    if kind == "other":
        return ColumnValues("other", count, nulls)
    words: dict[str, int] = {}
    for value in found[kind]:
        words[value] = words.get(value, 0) + 1
    return _of_words(kind, count, nulls, words, mixed)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
