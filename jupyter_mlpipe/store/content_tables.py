"""How arrays, frames, tables and tensors are fed to a digest: buffers where they lie, frames column by column.

Called by ``content`` for values of NumPy, pandas, PyArrow, Polars and PyTorch only, so that a process without them
never imports them. Not for deciding how such values are stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlpipe.store.content import Walk


def feed(walk: Walk, obj: Any, library: str) -> bool:
    """Feed `obj`, a value of a type of `library`; False where it is of no kind known here."""
    return bool(_FEEDERS[library](walk, obj))


def column_digests(frame: Any, walk: Walk) -> dict[str, str]:
    """A digest for each column of a pandas frame, by the column's label as text, in order.

    Labels that are equal as text are told apart by a count.
    """
    digests: dict[str, str] = {}
    for position, label in enumerate(frame.columns):
        part = walk.part()
        _pandas_array(part, _column(frame, position))
        text = str(label)
        while text in digests:
            text = f"{text} ({position})"
        digests[text] = part.hexdigest()
    return digests


def _column(frame: Any, position: int) -> Any:
    return frame._ixs(position, axis=1).array  # noqa: SLF001 - iloc copies nothing either but costs three times as much


# -- NumPy --------------------------------------------------------------------------------------------------------


def _numpy(walk: Walk, obj: Any) -> bool:
    import numpy as np

    if isinstance(obj, np.dtype):
        walk.tag(f"dtype {np.lib.format.dtype_to_descr(obj)!r} {obj.isalignedstruct}")
        return True
    if isinstance(obj, np.generic):
        if obj.dtype.hasobject:
            return False
        walk.tag(f"numpy scalar {obj.dtype.str}")
        walk.raw(obj.tobytes())
        return True
    if type(obj) is np.ma.MaskedArray:
        if walk.first_visit(obj):
            walk.tag(f"masked {obj.hardmask}")
            _ndarray(walk, np.ma.getdata(obj))
            walk.feed(obj.mask)
            walk.feed(obj.fill_value)
        return True
    if type(obj) is not np.ndarray:
        return False
    if walk.first_visit(obj):
        _ndarray(walk, obj)
    return True


def _ndarray(walk: Walk, array: Any) -> None:
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    walk.tag(f"ndarray {array.shape} {order} {'' if array.flags.writeable else 'read-only'}")
    _numpy_data(walk, array if order == "C" else array.T)


def _numpy_data(walk: Walk, array: Any) -> None:
    import numpy as np

    dtype = array.dtype
    if dtype.kind == "T":
        walk.tag("strings")
        walk.feed(dtype.__reduce__()[1])
        walk.list_items(array.ravel().tolist())
    elif dtype.hasobject:
        walk.tag(f"objects {dtype!r}")
        if dtype.kind == "O":
            walk.list_items(array.ravel().tolist())
        else:
            walk.feed(array.tolist())
    else:
        walk.tag(f"data {dtype.str if dtype.names is None else np.lib.format.dtype_to_descr(dtype)!r}")
        data = np.ascontiguousarray(array)
        walk.raw(data.reshape(-1).view(np.uint8) if dtype.itemsize and data.size else b"")


# -- pandas -------------------------------------------------------------------------------------------------------


def _pandas(walk: Walk, obj: Any) -> bool:
    import pandas as pd

    kind = type(obj)
    if kind is pd.DataFrame:
        if walk.first_visit(obj):
            walk.tag(f"frame {obj.shape}")
            _frame_extras(walk, obj)
            _index(walk, obj.columns)
            _index(walk, obj.index)
            if any(str(dtype) == "object" for dtype in obj.dtypes):
                # Objects may be shared between columns: one walk over all.
                for position in range(obj.shape[1]):
                    _pandas_array(walk, _column(obj, position))
            else:
                walk.columns = column_digests(obj, walk)
                walk.raw("".join(walk.columns.values()).encode())
        return True
    if kind is pd.Series:
        if walk.first_visit(obj):
            walk.tag(f"series {len(obj)}")
            _frame_extras(walk, obj)
            walk.feed(obj.name)
            _index(walk, obj.index)
            _pandas_array(walk, obj.array)
        return True
    if isinstance(obj, pd.Index):
        _index(walk, obj)
        return True
    if isinstance(obj, pd.api.extensions.ExtensionArray):
        if walk.first_visit(obj):
            _pandas_array(walk, obj)
        return True
    return False


def _frame_extras(walk: Walk, obj: Any) -> None:
    if obj.attrs:
        walk.tag("attrs")
        walk.feed(obj.attrs)
    if not obj.flags.allows_duplicate_labels:
        walk.tag("no duplicate labels")


def _index(walk: Walk, index: Any) -> None:
    import pandas as pd

    walk.tag(f"index {type(index).__name__}")
    walk.feed(tuple(index.names))
    if isinstance(index, pd.RangeIndex):
        walk.feed((index.start, index.stop, index.step))
    elif isinstance(index, pd.MultiIndex):
        for level, codes in zip(index.levels, index.codes, strict=True):
            _index(walk, level)
            _numpy_data(walk, codes)
    else:
        freq = getattr(index, "freq", None)
        if freq is not None and isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
            walk.tag(f"freq {freq.freqstr}")
        _pandas_array(walk, index.array)


def _pandas_array(walk: Walk, array: Any) -> None:
    """Feed one column's values. Its dtype counts; how it is laid out in memory does not."""
    import numpy as np
    import pandas as pd

    walk.tag(f"array {type(array).__name__} {array.dtype!r}")
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        _numpy_data(walk, array.to_numpy())
    elif isinstance(array, pd.Categorical):
        walk.tag(f"ordered {array.ordered}")
        _index(walk, array.categories)
        _numpy_data(walk, array.codes)
    elif isinstance(array, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray):
        _numpy_data(walk, array._ndarray)  # noqa: SLF001 - the integers under the values; no public way without a copy
    elif isinstance(array, pd.arrays.ArrowStringArray | pd.arrays.ArrowExtensionArray):
        _arrow_data(walk, array.__arrow_array__())
    elif isinstance(array, pd.core.arrays.BaseMaskedArray):
        mask, data = array._mask, array._data  # noqa: SLF001 - no public way without a copy
        if mask.any():
            # What lies under a missing value is left over from a computation and no part of the value.
            data = np.where(mask, data.dtype.type(0), data)
        _numpy_data(walk, data)
        _numpy_data(walk, mask)
    else:
        walk.feed(array.__reduce_ex__(4))


# -- Arrow --------------------------------------------------------------------------------------------------------


class _HashingFile:
    """A file that only hashes what is written."""

    closed = False

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def write(self, data: Any) -> int:
        """Hash."""
        view = memoryview(data)
        self._walk.hasher.update(view)
        return view.nbytes

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def writable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """No."""
        return False

    def seekable(self) -> bool:
        """No."""
        return False


def _pyarrow(walk: Walk, obj: Any) -> bool:
    import pyarrow as pa

    if isinstance(obj, pa.Table | pa.RecordBatch):
        table = pa.Table.from_batches([obj]) if isinstance(obj, pa.RecordBatch) else obj
        walk.tag(f"arrow {type(obj).__name__} {table.shape}")
        walk.raw(table.schema.serialize())
        for column in table.columns:
            _arrow_data(walk, column)
        return True
    if isinstance(obj, pa.Array | pa.ChunkedArray):
        walk.tag(f"arrow {'ChunkedArray' if isinstance(obj, pa.ChunkedArray) else 'Array'}")
        _arrow_data(walk, obj)
        return True
    if isinstance(obj, pa.Schema):
        walk.raw(obj.serialize())
        return True
    return False


def _arrow_data(walk: Walk, array: Any) -> None:
    """Feed an Arrow column, however it is chunked or sliced."""
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # too large for one array
            for chunk in array.chunks:
                _arrow_data(walk, chunk)
            return
    if isinstance(array, pa.ExtensionArray):
        walk.tag(f"extension {array.type}")
        array = array.storage
    batch = pa.record_batch([array], names=["c"])
    walk.tag(f"arrow data {array.type} {len(array)} {array.null_count}")
    with pa.ipc.new_stream(pa.PythonFile(_HashingFile(walk), mode="w"), batch.schema) as writer:
        writer.write_batch(batch)


# -- Polars -------------------------------------------------------------------------------------------------------


def _polars(walk: Walk, obj: Any) -> bool:
    import polars as pl

    if type(obj) is pl.DataFrame:
        if walk.first_visit(obj):
            walk.tag(f"polars frame {obj.shape}")
            for series in obj.get_columns():
                _polars_series(walk, series)
        return True
    if type(obj) is pl.Series:
        if walk.first_visit(obj):
            _polars_series(walk, obj)
        return True
    if isinstance(obj, pl.DataType):
        walk.tag(f"polars type {obj!r}")
        return True
    return False


def _polars_series(walk: Walk, series: Any) -> None:
    import polars as pl

    walk.tag(f"polars {series.name} {series.dtype!r}")
    if series.dtype == pl.Object:
        walk.list_items(series.to_list())
    else:
        series.rename("c").to_frame().rechunk().write_ipc(_Sink(walk), compression="uncompressed")


class _Sink:
    """A binary file for Polars that only hashes what is written."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def write(self, data: Any) -> int:
        """Hash."""
        self._walk.hasher.update(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def read(self, size: int = -1) -> bytes:
        """Nothing."""
        del size
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nowhere."""
        del offset, whence
        return 0


# -- PyTorch ------------------------------------------------------------------------------------------------------


def _torch(walk: Walk, obj: Any) -> bool:
    import torch

    if isinstance(obj, torch.dtype | torch.device | torch.Size):
        walk.tag(f"torch {obj!r}")
        return True
    if type(obj) not in (torch.Tensor, torch.nn.Parameter) or obj.layout is not torch.strided or obj.is_quantized:
        return False
    if walk.first_visit(obj):
        walk.tag(f"tensor {type(obj).__name__} {obj.dtype} {tuple(obj.shape)} {obj.requires_grad} {obj.device}")
        data = obj.detach().cpu().contiguous()
        walk.raw(data.view(-1).view(torch.uint8).numpy() if data.numel() else b"")
    return True


# -- Plotly -------------------------------------------------------------------------------------------------------


def _plotly(walk: Walk, obj: Any) -> bool:
    import sys

    figure = getattr(sys.modules.get("plotly.graph_objs._figure"), "Figure", None)
    if figure is None or type(obj) is not figure:
        return False
    if walk.first_visit(obj):
        walk.tag("plotly figure")
        walk.feed(_sorted(obj.to_dict()))
    return True


def _sorted(described: Any) -> Any:
    """A figure's description with its keys in order: Plotly sets them in any."""
    if isinstance(described, dict):
        return {key: _sorted(described[key]) for key in sorted(described)}
    if isinstance(described, list | tuple):
        return [_sorted(item) for item in described]
    return described


# -- matplotlib ---------------------------------------------------------------------------------------------------


def _matplotlib(walk: Walk, obj: Any) -> bool:
    if type(obj).__name__ != "CallbackRegistry":
        return False
    # Counts its own pickling, and holds what the canvas of this process connected.
    walk.tag("callbacks")
    return True


_FEEDERS = {
    "numpy": _numpy,
    "pandas": _pandas,
    "pyarrow": _pyarrow,
    "polars": _polars,
    "torch": _torch,
    "plotly": _plotly,
    "matplotlib": _matplotlib,
}
