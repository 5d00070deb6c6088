"""Writing and mapping of Arrow IPC files, for the codecs that keep tables in them.

One record batch, uncompressed: each column is one chunk and lies in the file as it lies in memory. Not for choosing
what a column holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from jupyter_mlpipe.store.codecs import Scratch

ARROW_OF = {
    "b1": pa.uint8(),
    "i1": pa.int8(),
    "i2": pa.int16(),
    "i4": pa.int32(),
    "i8": pa.int64(),
    "u1": pa.uint8(),
    "u2": pa.uint16(),
    "u4": pa.uint32(),
    "u8": pa.uint64(),
    "f2": pa.float16(),
    "f4": pa.float32(),
    "f8": pa.float64(),
}
"""Arrow types by NumPy's kind and size. Truth values stay bytes, so that they need no unpacking."""


def arrow_type(dtype: Any) -> Any:
    """The Arrow type with the same bytes as a native NumPy dtype, or None."""
    if dtype.kind in "mM":
        unit = np.datetime_data(dtype)
        if unit[1] != 1 or unit[0] not in ("s", "ms", "us", "ns") or not dtype.isnative:
            return None
        return pa.timestamp(unit[0]) if dtype.kind == "M" else pa.duration(unit[0])
    return ARROW_OF.get(f"{dtype.kind}{dtype.itemsize}") if dtype.isnative else None


def from_numpy(array: Any) -> Any:
    """A one-dimensional array as an Arrow array over the same memory (copied only where it is strided)."""
    data = np.ascontiguousarray(array)
    return pa.Array.from_buffers(arrow_type(array.dtype), len(data), [None, pa.py_buffer(data.view(np.uint8))])


def write(columns: dict[str, Any], scratch: Scratch, metadata: dict[bytes, bytes] | None = None) -> Path:
    """Write columns of one length as one record batch; the path."""
    path = scratch()
    schema = pa.schema([(name, column.type) for name, column in columns.items()], metadata=metadata)
    batch = pa.record_batch(list(columns.values()), schema=schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(batch)
    return path


class Mapped:
    """The columns of an Arrow file over a private, writable mapping."""

    def __init__(self, buffer: memoryview) -> None:
        self._raw = np.frombuffer(buffer, np.uint8)
        self._start = self._raw.__array_interface__["data"][0]
        reader = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(buffer)))
        self._batch = reader.get_batch(0)

    def arrow(self, name: str) -> Any:
        """A column as an Arrow array over the mapping."""
        return self._batch.column(name)

    def numpy(self, name: str, dtype: Any) -> Any:
        """A column's values as a writable NumPy array over the mapping."""
        column = self._batch.column(name)
        return self._over(column.buffers()[-1], len(column) * _width(column.type), np.dtype(dtype))

    def rows(self, names: list[str], dtype: Any) -> Any:
        """Columns of one type as the rows of one writable array: the spacing between them in the file is even."""
        first = self.numpy(names[0], dtype)
        if len(names) == 1 or not first.size:
            return first.reshape(1, -1) if first.size else np.empty((len(names), 0), dtype)
        address = first.__array_interface__["data"][0]
        step = self.numpy(names[1], dtype).__array_interface__["data"][0] - address
        for position, name in enumerate(names):
            found = self._batch.column(name).buffers()[-1].address
            if found != address + position * step:
                return np.stack([self.numpy(each, dtype) for each in names])
        return np.ndarray(
            (len(names), first.size),
            np.dtype(dtype),
            buffer=self._raw,
            offset=address - self._start,
            strides=(step, first.itemsize),
        )

    def _over(self, buffer: Any, size: int, dtype: Any) -> Any:
        if buffer is None or not size:
            return np.empty(0, dtype)
        start = buffer.address - self._start
        return self._raw[start : start + size].view(dtype)


def _width(kind: Any) -> int:
    width = kind.list_size * _width(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind.bit_width // 8
    return int(width)
