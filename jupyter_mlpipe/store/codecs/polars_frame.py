"""Polars frames and series as Arrow IPC files in Polars' own dialect, mapped when they are loaded.

Polars replaces buffers, it never writes into them, so a mapping of the store's file is safe. Not for lazy frames, and
not for columns of Python objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch

SAFE = True


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """One IPC file, or None where the file would not give back the same schema."""
    if type(value) not in (pl.DataFrame, pl.Series):
        return None
    series = type(value) is pl.Series
    frame = value.to_frame() if series else value
    if frame.width == 0 or any(dtype.is_nested() and "Object" in str(dtype) for dtype in frame.dtypes):
        return None
    if any(dtype == pl.Object for dtype in frame.dtypes):
        return None
    path = scratch()
    frame.write_ipc(path, compression="uncompressed", compat_level=pl.CompatLevel.newest())
    again = pl.read_ipc(path)
    if again.schema != frame.schema or not again.equals(frame, null_equal=True):
        path.unlink()
        return None
    return Encoded({"data": path}, {"kind": "series" if series else "frame", "rows": frame.height})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The frame or series."""
    frame = pl.read_ipc(parts.path("data"))
    return frame.to_series(0) if meta["kind"] == "series" else frame
