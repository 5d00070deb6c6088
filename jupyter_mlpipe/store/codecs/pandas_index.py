"""Labels of pandas objects: indexes of plain kinds as JSON and one Arrow column.

Range, number, date, duration and text indexes come back exactly, with name, dtype and frequency; any other is
refused, and the frame that has it is pickled. Not for MultiIndex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jupyter_mlpipe.store.codecs import pandas_column
from jupyter_mlpipe.store.codecs.pandas_column import InexactError

JSON_LABELS = (type(None), str, int, bool)


def plain_label(label: Any) -> Any:
    """A label that JSON gives back; raises `InexactError` for others."""
    if type(label) not in JSON_LABELS or (type(label) is str and not _encodable(label)):
        raise InexactError
    return label


def labels_out(columns: Any) -> dict[str, Any]:
    """Column labels: unique text; raises `InexactError` for others."""
    if type(columns) is not pd.Index or not columns.is_unique:
        raise InexactError
    labels = columns.tolist()
    if not all(type(label) is str and _encodable(label) for label in labels):
        raise InexactError
    spec = {"labels": labels, "dtype": str(columns.dtype), "name": plain_label(columns.name)}
    again = labels_back(spec)
    if again.dtype != columns.dtype or repr(again.dtype) != repr(columns.dtype):
        raise InexactError
    return spec


def labels_back(spec: dict[str, Any]) -> Any:
    """The column labels that `labels_out` described."""
    return pd.Index(spec["labels"], dtype=spec["dtype"], name=spec["name"])


def index_out(index: Any, put: Callable[[Any], str]) -> dict[str, Any]:
    """Describe an index, giving its values to `put`, which answers the name of the Arrow column they went into."""
    name = plain_label(index.name)
    if type(index) is pd.RangeIndex:
        return {"kind": "range", "range": [index.start, index.stop, index.step], "name": name}
    if type(index) is pd.Index and index.dtype == object:
        labels = index.tolist()
        if not labels or not all(type(label) is str and _encodable(label) for label in labels):
            raise InexactError
        return {"kind": "objects", "column": put(pa.array(labels, pa.large_string())), "name": name}
    if type(index) not in (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex):
        raise InexactError
    spec = {"kind": "values", "name": name, "values": pandas_column.column_out(index.array, put)}
    freq = getattr(index, "freq", None)
    if freq is not None:
        spec["freq"] = freq.freqstr
        if pd.tseries.frequencies.to_offset(freq.freqstr) != freq:
            raise InexactError
    return spec


def index_back(spec: Mapping[str, Any], mapped: Any) -> Any:
    """The index that `index_out` described; `mapped` may be None for a range."""
    if spec["kind"] == "range":
        return pd.RangeIndex(*spec["range"], name=spec["name"])
    if spec["kind"] == "objects":
        labels = mapped.arrow(spec["column"]).to_pylist()
        return pd.Index(np.array(labels, dtype=object), dtype=object, name=spec["name"])
    values = pandas_column.column_back(spec["values"], mapped)
    index = pd.Index(values, dtype=values.dtype, name=spec["name"], copy=False)
    if "freq" in spec:
        index.freq = spec["freq"]
    return index


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
