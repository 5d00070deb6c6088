"""One column's values between pandas arrays and Arrow columns, without a copy where the bytes are the same.

Numbers, truth values, dates with and without zones, durations, pandas' text, nullable and Arrow types. Not for
objects, periods, intervals or sparse data: those are refused and pickled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jupyter_mlpipe.store.codecs import arrow_file


class InexactError(Exception):
    """The value would not come back exactly."""


def column_out(values: Any, put: Callable[[Any], str]) -> dict[str, Any]:
    """Describe a one-dimensional array, giving its parts to `put`; raises `InexactError` for other kinds."""
    kind = type(values)
    if kind is pd.arrays.NumpyExtensionArray:
        values = values.to_numpy()
        kind = np.ndarray
    if kind is np.ndarray:
        return {"kind": "numpy", "dtype": numpy_name(values.dtype), "column": put(arrow_file.from_numpy(values))}
    if kind in (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray):
        return {**dates_spec(values), "column": put(arrow_file.from_numpy(values._ndarray))}  # noqa: SLF001 - no copy
    if kind is pd.arrays.ArrowStringArray:
        missing = "nan" if isinstance(values.dtype.na_value, float) else "NA"
        return {"kind": "text", "missing": missing, "column": put(_one_chunk(values))}
    if kind is pd.arrays.ArrowExtensionArray:
        return {"kind": "arrow", "column": put(_one_chunk(values))}
    if kind in _MASKED:
        data, mask = values._data, values._mask  # noqa: SLF001 - no public way without a copy
        return {
            "kind": "masked",
            "class": kind.__name__,
            "dtype": numpy_name(data.dtype),
            "column": put(arrow_file.from_numpy(data)),
            "mask": put(arrow_file.from_numpy(mask)),
        }
    raise InexactError


def column_back(spec: dict[str, Any], mapped: arrow_file.Mapped) -> Any:
    """The array that `column_out` described."""
    kind = spec["kind"]
    if kind == "numpy":
        return mapped.numpy(spec["column"], spec["dtype"])
    if kind == "dates":
        return dates_back(spec, mapped.numpy(spec["column"], spec["dtype"]))
    if kind == "text":
        dtype = pd.StringDtype("pyarrow", na_value=np.nan if spec["missing"] == "nan" else pd.NA)
        return pd.arrays.ArrowStringArray(pa.chunked_array([mapped.arrow(spec["column"])]), dtype=dtype)
    if kind == "arrow":
        return pd.arrays.ArrowExtensionArray(pa.chunked_array([mapped.arrow(spec["column"])]))
    cls = next(item for item in _MASKED if item.__name__ == spec["class"])
    return cls(mapped.numpy(spec["column"], spec["dtype"]), mapped.numpy(spec["mask"], np.bool_))


def numpy_name(dtype: Any) -> str:
    """A NumPy dtype's name for JSON; raises `InexactError` where no Arrow type has the same bytes."""
    if dtype.hasobject or dtype.metadata or arrow_file.arrow_type(dtype) is None:
        raise InexactError
    return str(dtype.str)


def dates_spec(values: Any) -> dict[str, Any]:
    """Dtype and zone of a date or duration array; raises `InexactError` for zones that have no name."""
    spec = {"kind": "dates", "dtype": numpy_name(values._ndarray.dtype), "zone": None}  # noqa: SLF001 - no copy
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        zone = values.dtype.tz
        spec["zone"] = "utc" if zone is dt.UTC else getattr(zone, "key", "")
        if type(zone).__module__ != "zoneinfo" and zone is not dt.UTC:
            raise InexactError
        if spec["zone"] != "utc" and (not spec["zone"] or _zone(str(spec["zone"])) is not zone):
            raise InexactError
    return spec


def dates_back(spec: dict[str, Any], data: Any) -> Any:
    """Dates or durations over `data`."""
    if spec["zone"] is None:
        kind = pd.arrays.DatetimeArray if data.dtype.kind == "M" else pd.arrays.TimedeltaArray
        return kind._simple_new(data, dtype=data.dtype)  # noqa: SLF001 - the public constructor copies 2-d data's layout
    unit = np.datetime_data(data.dtype)[0]
    dtype = pd.DatetimeTZDtype(unit, _zone(spec["zone"]))
    return pd.arrays.DatetimeArray._simple_new(data, dtype=dtype)  # noqa: SLF001 - as above


def _zone(name: str) -> Any:
    import zoneinfo

    return dt.UTC if name == "utc" else zoneinfo.ZoneInfo(name)


def _one_chunk(values: Any) -> Any:
    column = values.__arrow_array__()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if not isinstance(column, pa.Array) or isinstance(column, pa.ExtensionArray | pa.DictionaryArray):
        raise InexactError
    return column


_MASKED = (
    pd.arrays.BooleanArray,
    pd.arrays.IntegerArray,
    pd.arrays.FloatingArray,
)
