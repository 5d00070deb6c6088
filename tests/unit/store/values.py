"""Values of many kinds, with the codec that must keep each."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import fractions
import functools
import pathlib
import re
import struct
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa


class Point(NamedTuple):
    x: int
    y: list[int]


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": np.arange(6),
            "f": [0.5, np.nan, -0.0, np.inf, 1e-300, 2.0],
            "g": np.arange(6.0),
            "b": [True, False] * 3,
            "s": ["a", "ü", None, "", "long " * 20, "z"],
            "t": pd.date_range("2020-01-01", periods=6),
        }
    )


def _shared() -> Any:
    inner = [1]
    return {"a": inner, "b": inner, "c": (inner,)}


def _cycle() -> Any:
    loop: list[Any] = [1]
    loop.append(loop)
    return loop


def _views() -> Any:
    base = np.arange(100.0)
    return {"base": base, "view": base[10:20], "strided": base[::3], "back": base[::-1], "other": base.copy()}


def _two_views() -> Any:
    base = np.arange(100).reshape(10, 10)
    return [base[2:5], base[4:8], base[:, 3]]


def _multi() -> pd.DataFrame:
    return _frame().set_index(["i", "s"])


def _attrs() -> pd.DataFrame:
    frame = _frame()
    frame.attrs = {"source": "x.csv", "when": dt.date(2020, 1, 1), "shape": (1, 2)}
    return frame


def _ordered() -> pd.DataFrame:
    return pd.DataFrame({"c": pd.Categorical(list("bab"), categories=list("cba"), ordered=True), "n": [1, 2, 3]})


def _split() -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    frame["c"] = [5.0, 6.0]
    return frame


def _freq() -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(24.0)}, index=pd.date_range("2021-03-28", periods=24, freq="h", name="when"))


def _no_duplicates() -> pd.DataFrame:
    return pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)


def _readonly() -> Any:
    values = np.arange(5)
    values.flags.writeable = False
    return values


VALUES: dict[str, tuple[str, Callable[[], Any]]] = {
    "none": ("json", lambda: None),
    "true": ("json", lambda: True),
    "int": ("json", lambda: -7),
    "big int": ("json", lambda: -(10**5000)),
    "float": ("json", lambda: 0.1),
    "minus zero": ("json", lambda: -0.0),
    "nan": ("json", lambda: [float("nan"), float("inf"), -float("inf")]),
    "nan with a payload": ("json", lambda: struct.unpack(">d", bytes.fromhex("fff8000000000abc"))[0]),
    "complex": ("json", lambda: complex(-0.0, float("nan"))),
    "text": ("json", lambda: "naïve 🎈 \x00 \u2028"),
    "lone surrogates": ("json", lambda: ["\ud83d\udc00x\ud83d", "\ud83d" + "\udc00", {"\udcff": "\udcff"}]),
    "bytes": ("json", lambda: bytes(range(256))),
    "large bytes": ("pickle", lambda: bytes(2 << 20)),
    "bytearray": ("pickle", lambda: bytearray(b"abc")),
    "list": ("json", lambda: [1, [2, [3, []]], "x"]),
    "many floats": ("json", lambda: [index / 7 for index in range(5000)]),
    "tuple": ("json", lambda: (1, (2,), ())),
    "dict of text": ("json", lambda: {"b": 1, "a": {"$": 1, "v": 2}}),
    "dict of other keys": ("json", lambda: {1: "a", (1, 2): "b", None: "c", 1.5: "d", frozenset({3}): "e"}),
    "set": ("json", lambda: {1, "a", (2, 3), frozenset({4})}),
    "empty": ("json", lambda: [[], (), {}, set(), frozenset(), "", b""]),
    "range": ("json", lambda: range(1, 10**30, 3)),
    "ellipsis": ("json", lambda: ...),
    "date": ("json", lambda: dt.date(1, 1, 1)),
    "datetime": ("json", lambda: dt.datetime(2020, 10, 25, 2, 30, 0, 5, fold=1)),  # noqa: DTZ001
    "datetime utc": ("json", lambda: dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    "datetime offset": (
        "json",
        lambda: dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30))),
    ),
    "datetime zone": ("json", lambda: dt.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Zurich"))),
    "datetime named": ("pickle", lambda: dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1), "here"))),
    "time": ("json", lambda: dt.time(1, 2, 3, 4, tzinfo=dt.UTC, fold=1)),
    "timedelta": ("json", lambda: dt.timedelta(-1, 5, 7)),
    "decimal": ("json", lambda: [decimal.Decimal("1.10"), decimal.Decimal("-NaN12"), decimal.Decimal("-0E+5")]),
    "fraction": ("json", lambda: fractions.Fraction(-1, 3)),
    "path": ("json", lambda: [pathlib.Path("a/b"), pathlib.PurePosixPath("/x"), pathlib.PureWindowsPath("c:\\x")]),
    "uuid": ("json", lambda: uuid.UUID(int=5)),
    "numpy scalars": ("json", lambda: [np.float32(0.1), np.int8(-1), np.bool_(True), np.datetime64("NaT", "s")]),
    "numpy text scalar": ("json", lambda: [np.str_("ü"), np.bytes_(b"x"), np.complex64(1j), np.float64("nan")]),
    "enum": ("pickle", lambda: re.RegexFlag.IGNORECASE),
    "int subclass in a list": ("pickle", lambda: [re.RegexFlag.IGNORECASE]),
    "named tuple": ("pickle", lambda: Point(1, [2])),
    "ordered dict": ("pickle", lambda: collections.OrderedDict(b=1, a=2)),
    "default dict": ("pickle", lambda: collections.defaultdict(list, {"a": [1]})),
    "counter": ("pickle", lambda: collections.Counter("abca")),
    "deque": ("pickle", lambda: collections.deque([1, 2], maxlen=5)),
    "same list twice": ("pickle", _shared),
    "list in itself": ("pickle", _cycle),
    "pattern": ("pickle", lambda: re.compile("a+", re.IGNORECASE)),
    "partial": ("pickle", lambda: functools.partial(int, base=2)),
    "array module": ("pickle", lambda: array.array("d", [1.0, 2.0])),
    "module": ("pickle", lambda: decimal),
    "builtin": ("pickle", lambda: len),
    "class of a library": ("pickle", lambda: decimal.Decimal),
    "slice": ("pickle", lambda: slice(1, None, 2)),
    "vector": ("npy", lambda: np.arange(10.0)),
    "large vector": ("npy", lambda: np.arange(300_000.0)),
    "matrix": ("npy", lambda: np.arange(12, dtype="i2").reshape(3, 4)),
    "fortran order": ("npy", lambda: np.asfortranarray(np.arange(12.0).reshape(3, 4))),
    "permuted axes": ("npy", lambda: np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2)),
    "strided": ("npy", lambda: np.arange(20.0)[::2]),
    "zero dimensions": ("npy", lambda: np.array(5.0)),
    "no elements": ("npy", lambda: np.empty((0, 3), "i4")),
    "big endian": ("npy", lambda: np.arange(5, dtype=">i4")),
    "booleans": ("npy", lambda: np.array([True, False])),
    "complex array": ("npy", lambda: np.array([1 + 2j, complex("nan")])),
    "half floats": ("npy", lambda: np.arange(3, dtype="f2")),
    "fixed text": ("npy", lambda: np.array(["a", "üü"])),
    "fixed bytes": ("npy", lambda: np.array([b"a", b"bb"])),
    "dates": ("npy", lambda: np.array(["2020-01-01", "NaT"], "M8[D]")),
    "records": ("npy", lambda: np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])),
    "aligned records": ("pickle", lambda: np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True))),
    "read-only array": ("npy", _readonly),
    "objects": ("pickle", lambda: np.array([1, "a", None, [2]], dtype=object)),
    "variable text": ("pickle", lambda: np.array(["a", "bb"], np.dtypes.StringDType())),
    "masked array": ("pickle", lambda: np.ma.masked_array([1, 2, 3], [0, 1, 0])),
    "record array": ("pickle", lambda: np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])),
    "dtype": ("pickle", lambda: np.dtype("M8[ns]")),
    "generator of numbers": ("pickle", lambda: np.random.default_rng(5)),
    "views": ("pickle", _views),
    "views without their base": ("pickle", _two_views),
    "frame": ("pandas-arrow", _frame),
    "large frame": ("pandas-arrow", lambda: pd.DataFrame({"a": np.arange(200_000.0), "b": np.arange(200_000)})),
    "frame with attrs": ("pandas-arrow", _attrs),
    "frame with categories": ("pandas-arrow", _ordered),
    "frame with categories of numbers": ("pandas-arrow", lambda: pd.DataFrame({"c": pd.Categorical([3, 1, None])})),
    "frame row by row": ("pandas-arrow", lambda: pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc"))),
    "frame of two blocks": ("pandas-arrow", _split),
    "frame with a frequency": ("pandas-arrow", _freq),
    "frame with zones": (
        "pandas-arrow",
        lambda: pd.DataFrame(
            {
                "z": pd.date_range("2020", periods=3, tz="Europe/Zurich"),
                "y": pd.date_range("2020", periods=3, tz="Europe/Zurich"),
                "u": pd.to_datetime(["2020-01-01", None, "2021-01-01"]).tz_localize("UTC"),
            }
        ),
    ),
    "frame with nullable types": (
        "pandas-arrow",
        lambda: pd.DataFrame(
            {
                "i": pd.array([1, None, 3], "Int8"),
                "f": pd.array([1.5, None, 3], "Float32"),
                "b": pd.array([True, None, False], "boolean"),
                "s": pd.array(["a", None, "c"], "string"),
                "u": pd.array([1, 2, 3], "UInt64"),
            }
        ),
    ),
    "frame with Arrow types": (
        "pandas-arrow",
        lambda: pd.DataFrame(
            {
                "i": pd.array([1, None, 3], "int64[pyarrow]"),
                "l": pd.array([[1], None, []], pd.ArrowDtype(pa.list_(pa.int64()))),
                "d": pd.array([decimal.Decimal("1.5"), None, None], pd.ArrowDtype(pa.decimal128(10, 2))),
            }
        ),
    ),
    "frame with durations": ("pandas-arrow", lambda: pd.DataFrame({"d": pd.to_timedelta([1, None, 3], unit="s")})),
    "frame of half floats": ("pandas-arrow", lambda: pd.DataFrame({"h": np.arange(3, dtype="f2")})),
    "frame with a text index": (
        "pandas-arrow",
        lambda: pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="k")),
    ),
    "frame with an object index": (
        "pandas-arrow",
        lambda: pd.DataFrame({"a": [1]}, index=pd.Index(["x"], dtype=object)),
    ),
    "frame with named columns": ("pandas-arrow", lambda: _frame().rename_axis(columns="field")),
    "frame with object labels": (
        "pandas-arrow",
        lambda: pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], dtype=object)),
    ),
    "frame without rows": ("pandas-arrow", lambda: _frame().iloc[:0]),
    "frame filtered": ("pandas-arrow", lambda: _frame()[_frame()["i"] > 2]),
    "frame without columns": ("pickle", lambda: pd.DataFrame(index=[1, 2])),
    "frame of nothing": ("pickle", pd.DataFrame),
    "frame sliced": ("pickle", lambda: _frame().iloc[::2]),
    "frame with numbered columns": ("pickle", lambda: pd.DataFrame(np.eye(3))),
    "frame with equal labels": ("pickle", lambda: pd.DataFrame([[1, 2.0]], columns=["a", "a"])),
    "frame with objects": ("pickle", lambda: pd.DataFrame({"o": [[1], {"a": 2}, None]})),
    "frame with many indexes": ("pickle", _multi),
    "frame with periods": ("pickle", lambda: pd.DataFrame({"p": pd.period_range("2020", periods=3, freq="M")})),
    "frame with intervals": ("pickle", lambda: pd.DataFrame({"i": pd.interval_range(0, 3)})),
    "frame with sparse data": ("pickle", lambda: pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1])})),
    "frame with complex numbers": ("pickle", lambda: pd.DataFrame({"c": [1j, 2.0]})),
    "frame with strict labels": ("pickle", _no_duplicates),
    "frame with a fixed zone": (
        "pickle",
        lambda: pd.DataFrame({"z": pd.date_range("2020", periods=2, tz=dt.timezone(dt.timedelta(hours=1)))}),
    ),
    "series": ("series-arrow", lambda: _frame()["f"]),
    "series of text": ("series-arrow", lambda: _frame()["s"]),
    "series of categories": ("series-arrow", lambda: _ordered()["c"]),
    "series of dates": ("series-arrow", lambda: _frame()["t"]),
    "series without a name": ("series-arrow", lambda: pd.Series([1, 2], index=[5, 7])),
    "series named by a number": ("series-arrow", lambda: pd.Series([True], name=3)),
    "series named by a tuple": ("pickle", lambda: pd.Series([1], name=("a", 1))),
    "series of objects": ("pickle", lambda: pd.Series([[1], "a"])),
    "index": ("pickle", lambda: pd.Index([1, 2], name="i")),
    "timestamp": ("pickle", lambda: [pd.Timestamp("2020-01-01", tz="UTC"), pd.NaT, pd.NA, pd.Timedelta("1h")]),
    "arrow table": ("arrow", lambda: pa.table({"a": [1, None], "b": ["x", "y"]}).replace_schema_metadata({"k": "v"})),
    "arrow table in chunks": ("arrow", lambda: pa.concat_tables([pa.table({"a": [1]}), pa.table({"a": [2, 3]})])),
    "arrow table without columns": ("arrow", lambda: pa.table({})),
    "arrow batch": ("arrow", lambda: pa.record_batch({"a": [1, 2]})),
    "arrow array": ("arrow", lambda: pa.array([1, None, 3])),
    "arrow chunks": ("arrow", lambda: pa.chunked_array([[1], [], [2, 3]])),
    "arrow dictionary": ("arrow", lambda: pa.table({"d": pa.array(["a", "b", "a"]).dictionary_encode()})),
    "polars frame": ("polars", lambda: pl.DataFrame({"a": [1, None], "b": ["x", "y"], "c": [[1], []]})),
    "polars categories": ("polars", lambda: pl.DataFrame({"c": pl.Series(["a", "b", "a"], dtype=pl.Enum(["b", "a"]))})),
    "polars dates": ("polars", lambda: pl.DataFrame({"d": [dt.datetime(2020, 1, 1)]})),  # noqa: DTZ001
    "polars series": ("polars", lambda: pl.Series("s", [1.5, None])),
    "polars empty": ("pickle", pl.DataFrame),
}
