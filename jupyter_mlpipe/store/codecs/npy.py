"""NumPy arrays as ``.npy`` files, mapped privately when they are loaded.

Any dtype without Python objects; the order of the axes in memory is kept, since sums depend on it. Small arrays are
read into memory of their own; a large one lies over a private mapping (it does not own its data, so ``resize`` in
place refuses). Not for subclasses of ndarray.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch

SAFE = True

MAPPED_FROM = 1 << 20
"""Bytes from which an array is mapped, not read."""


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """One ``.npy`` file, or None for subclasses and dtypes that would not come back exactly."""
    if type(value) is not np.ndarray or not _exact(value.dtype):
        return None
    axes = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis])) if value.size else []
    if axes == list(range(value.ndim)) or value.flags.c_contiguous:
        axes = []
    ordered = value.transpose(axes) if axes else value
    path = scratch()
    with path.open("xb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(ordered).reshape(ordered.shape), allow_pickle=False)
    meta: dict[str, Any] = {"shape": list(value.shape), "dtype": str(value.dtype)}
    if axes:
        meta["axes"] = axes
    if not value.flags.writeable:
        meta["read_only"] = True
    return Encoded({"data": path}, meta)


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The array, writable unless it was saved read-only."""
    buffer = parts.buffer("data")
    array = _array(buffer)
    if buffer.nbytes < MAPPED_FROM:
        array = array.copy()
    if "axes" in meta:
        array = array.transpose(np.argsort(meta["axes"]))
    if meta.get("read_only"):
        array.flags.writeable = False
    return array


def _array(buffer: memoryview) -> Any:
    import io

    head = io.BytesIO(bytes(buffer[: 1 << 16]))
    version = np.lib.format.read_magic(head)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    if version == (3, 0):
        return np.load(io.BytesIO(bytes(buffer)), allow_pickle=False)
    shape, fortran, dtype = read(head, max_header_size=1 << 16)
    return np.ndarray(shape, dtype, buffer=buffer, offset=head.tell(), order="F" if fortran else "C")


def _exact(dtype: Any) -> bool:
    if dtype.hasobject or dtype.kind == "T" or dtype.metadata:
        return False
    again = np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype))
    return bool(again == dtype and again.isalignedstruct == dtype.isalignedstruct and type(again) is type(dtype))
