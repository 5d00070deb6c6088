"""Whether two values are the same in all that a user can see: type, dtype, index, flags, and what is one object."""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa


def differences(one: Any, two: Any, place: str = "value", seen: dict[int, int] | None = None) -> list[str]:
    """What differs, a line each; empty where nothing does."""
    seen = {} if seen is None else seen
    if isinstance(one, types.ModuleType | types.BuiltinFunctionType | type):
        return [] if one is two else [f"{place}: {one!r} against {two!r}"]
    if isinstance(one, np.random.Generator):
        return differences(one.bit_generator.state, two.bit_generator.state, place)
    if type(one) is not type(two):
        return [f"{place}: {type(one)} against {type(two)}"]
    if isinstance(one, list | dict | set | np.ndarray | bytearray):
        if id(one) in seen or id(two) in seen.values():
            return [] if seen.get(id(one)) == id(two) else [f"{place}: not the same object as before"]
        seen[id(one)] = id(two)
    if isinstance(one, float):
        same = (math.isnan(one) and math.isnan(two)) or (one == two and math.copysign(1, one) == math.copysign(1, two))
        return [] if same else [f"{place}: {one!r} against {two!r}"]
    if isinstance(one, list | tuple):
        if len(one) != len(two):
            return [f"{place}: lengths {len(one)} and {len(two)}"]
        return [
            line
            for at, (left, right) in enumerate(zip(one, two, strict=True))
            for line in differences(left, right, f"{place}[{at}]", seen)
        ]
    if isinstance(one, dict):
        lines = differences(tuple(one), tuple(two), f"{place}.keys")
        pairs = zip(one, one.values(), two.values(), strict=False)
        return lines + [line for key, a, b in pairs for line in differences(a, b, f"{place}[{key!r:.20}]", seen)]
    if isinstance(one, np.ndarray):
        return _arrays(one, two, place)
    if isinstance(one, pd.DataFrame | pd.Series | pd.Index):
        return _pandas(one, two, place)
    if isinstance(one, pl.DataFrame | pl.Series):
        same = one.equals(two, null_equal=True)
        kinds = (one.schema == two.schema) if isinstance(one, pl.DataFrame) else one.dtype == two.dtype
        return [] if same and kinds else [f"{place}: polars values differ"]
    if isinstance(one, pa.Table | pa.RecordBatch):
        return [] if one.equals(two, check_metadata=True) else [f"{place}: tables differ"]
    if isinstance(one, complex):
        return differences([one.real, one.imag], [two.real, two.imag], place)
    if one is pd.NA or one is pd.NaT:
        return [] if one is two else [f"{place}: {one!r} against {two!r}"]
    if isinstance(one, np.generic):
        return [] if one.dtype == two.dtype and one.tobytes() == two.tobytes() else [f"{place}: {one!r}, {two!r}"]
    if type(one).__eq__ is object.__eq__ and hasattr(one, "__dict__"):
        return differences(vars(one), vars(two), f"{place}.__dict__", seen)
    if isinstance(one, int):
        return [] if one == two else [f"{place}: two integers"]
    return [] if repr(one) == repr(two) or one == two else [f"{place}: {one!r} against {two!r}"]


def _arrays(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any], place: str) -> list[str]:
    if one.dtype != two.dtype or one.shape != two.shape or one.dtype.isalignedstruct != two.dtype.isalignedstruct:
        return [f"{place}: {one.dtype}{one.shape} against {two.dtype}{two.shape}"]
    for flag in ("WRITEABLE", "ALIGNED"):
        if one.flags[flag] != two.flags[flag]:
            return [f"{place}: flag {flag}"]
    if one.size and np.argsort(one.strides).tolist() != np.argsort(two.strides).tolist():
        return [f"{place}: order of the axes in memory, {one.strides} against {two.strides}"]
    if one.dtype.hasobject:
        return differences(one.tolist(), two.tolist(), place)
    return [] if one.tobytes() == two.tobytes() else [f"{place}: bytes differ"]


def _pandas(one: Any, two: Any, place: str) -> list[str]:
    try:
        if isinstance(one, pd.Index):
            pd.testing.assert_index_equal(one, two, exact=True)
        elif isinstance(one, pd.Series):
            pd.testing.assert_series_equal(one, two, check_freq=True, check_flags=True, check_index_type="equiv")
        else:
            pd.testing.assert_frame_equal(one, two, check_freq=True, check_flags=True, check_column_type="equiv")
    except AssertionError as error:
        return [f"{place}: {error}"]
    if isinstance(one, pd.Index):
        return [] if one.dtype == two.dtype and one.names == two.names else [f"{place}: {one.dtype} {two.dtype}"]
    lines = differences(one.attrs, two.attrs, f"{place}.attrs") + _pandas(one.index, two.index, f"{place}.index")
    if type(one.index) is not type(two.index):
        lines.append(f"{place}: index {type(one.index)} against {type(two.index)}")
    if isinstance(one, pd.DataFrame):
        if repr(one.dtypes.tolist()) != repr(two.dtypes.tolist()):
            lines.append(f"{place}: dtypes")
        if type(one.columns) is not type(two.columns) or repr(one.columns.dtype) != repr(two.columns.dtype):
            lines.append(f"{place}: kind of the columns")
        layouts = [[(b.shape, b.mgr_locs.as_array.tolist()) for b in frame._mgr.blocks] for frame in (one, two)]
        if layouts[0] != layouts[1]:
            lines.append(f"{place}: blocks {layouts}")
    return lines
