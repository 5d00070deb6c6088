"""pandas series as Arrow files, as ``pandas_frame`` keeps frames. Not for frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch, pandas_frame, pandas_index
from jupyter_mlpipe.store.codecs.pandas_column import InexactError

SAFE = True


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """Arrow files and the series' description, or None where it would not come back exactly."""
    if type(value) is not pd.Series:
        return None
    columns = pandas_frame.Columns(len(value))
    try:
        layout = {
            "name": pandas_index.plain_label(value.name),
            "index": pandas_index.index_out(value.index, columns.put),
            "values": pandas_frame.values_out(value.array, columns),
            **pandas_frame.extras_out(value),
        }
        return Encoded(columns.parts(scratch), {"rows": len(value), "layout": layout})
    except (InexactError, pa.ArrowException, UnicodeError):
        return None


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The series, writable."""
    layout = meta["layout"]
    files = pandas_frame.Files(parts)
    spec = layout["index"]
    index = pandas_index.index_back(spec, None if spec["kind"] == "range" else files["data"])
    values = pandas_frame.values_back(layout["values"], files)
    dtype = None if isinstance(values, np.ndarray) else values.dtype
    series = pd.Series(values, index=index, name=layout["name"], dtype=dtype, copy=False)
    pandas_frame.extras_back(series, layout)
    return series
