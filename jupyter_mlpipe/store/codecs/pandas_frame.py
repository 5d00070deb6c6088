"""pandas frames as Arrow files: blocks as they lie in memory, mapped privately when they are loaded.

The frame's blocks come back as they were, so that reductions add in the same order and copy-on-write behaves the
same. A block laid out column after column becomes one Arrow column for each of its columns; one laid out row after
row becomes one Arrow column of fixed-size lists. Frames that would not come back exactly are refused, and pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.internals import create_dataframe_from_blocks

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch, arrow_file, pandas_column, pandas_index, plain
from jupyter_mlpipe.store.codecs.pandas_column import InexactError

SAFE = True


class Columns:
    """Arrow columns gathered for one file, and those of another length for files of their own."""

    def __init__(self, rows: int) -> None:
        self.main: dict[str, Any] = {}
        self.side: dict[str, dict[str, Any]] = {}
        self._rows = rows

    def put(self, column: Any) -> str:
        """Take a column of the frame's length; its name."""
        name = f"c{len(self.main)}"
        self.main[name] = column
        return name

    def aside(self) -> tuple[str, dict[str, Any]]:
        """A new file for columns of another length: its role and its columns."""
        role = f"side:{len(self.side)}"
        return role, self.side.setdefault(role, {})

    def parts(self, scratch: Scratch) -> dict[str, Any]:
        """The files, by role."""
        parts: dict[str, Any] = {"data": arrow_file.write(self.main, scratch)} if self.main else {}
        return parts | {role: arrow_file.write(columns, scratch) for role, columns in self.side.items() if columns}


class Files:
    """The files of `Columns`, mapped when they are first asked for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._mapped: dict[str, arrow_file.Mapped] = {}

    def __getitem__(self, role: str) -> Any:
        if role not in self._mapped:
            self._mapped[role] = arrow_file.Mapped(self._parts.buffer(role))
        return self._mapped[role]


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """Arrow files and the frame's description, or None where it would not come back exactly."""
    if type(value) is not pd.DataFrame:
        return None
    columns = Columns(len(value))
    try:
        meta = {
            "layout": {
                "labels": pandas_index.labels_out(value.columns),
                "index": pandas_index.index_out(value.index, columns.put),
                "blocks": [_block_out(block, columns) for block in value._mgr.blocks],  # noqa: SLF001 - the layout
                **extras_out(value),
            }
        }
        return Encoded(columns.parts(scratch), meta)
    except (InexactError, pa.ArrowException, UnicodeError):
        return None


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The frame, writable."""
    layout = meta["layout"]
    files = Files(parts)
    index = pandas_index.index_back(layout["index"], _main(layout["index"], files))
    labels = pandas_index.labels_back(layout["labels"])
    blocks = [_block_back(spec, files, len(index)) for spec in layout["blocks"]]
    frame = create_dataframe_from_blocks(blocks, index=index, columns=labels)
    extras_back(frame, layout)
    return frame


def extras_out(value: Any) -> dict[str, Any]:
    """What pandas objects carry beside data: attrs, as JSON."""
    if not value.flags.allows_duplicate_labels:
        raise InexactError
    if not value.attrs:
        return {}
    encoded = plain.encode(value.attrs, _no_scratch)
    if encoded is None:
        raise InexactError
    return {"attrs": json.loads(bytes(encoded.parts["data"]))}


def extras_back(value: Any, layout: Mapping[str, Any]) -> None:
    """Give a loaded object the attrs that `extras_out` described."""
    if "attrs" in layout:
        value.attrs = plain.back(layout["attrs"])


def values_out(values: Any, columns: Columns) -> dict[str, Any]:
    """Describe one column's values, categories included."""
    if isinstance(values, pd.Categorical):
        role, side = columns.aside()

        def put(column: Any) -> str:
            side[f"c{len(side)}"] = column
            return f"c{len(side) - 1}"

        return {
            "kind": "categories",
            "ordered": values.ordered,
            "codes": pandas_column.column_out(values.codes, columns.put),
            "role": role,
            "index": pandas_index.index_out(values.categories, put),
        }
    return pandas_column.column_out(values, columns.put)


def values_back(spec: dict[str, Any], files: Files) -> Any:
    """The values that `values_out` described."""
    if spec["kind"] == "categories":
        needs = spec["index"]["kind"] != "range"
        categories = pandas_index.index_back(spec["index"], files[spec["role"]] if needs else None)
        codes = pandas_column.column_back(spec["codes"], files["data"])
        dtype = pd.CategoricalDtype(categories, ordered=spec["ordered"])
        return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
    return pandas_column.column_back(spec, files["data"])


def _block_out(block: Any, columns: Columns) -> dict[str, Any]:
    values = block.values
    spec: dict[str, Any] = {"at": [int(place) for place in block.mgr_locs.as_array]}
    dates = isinstance(values, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray)
    if not dates and not isinstance(values, np.ndarray):
        return {**spec, "values": values_out(values, columns)}
    data = values._ndarray if dates else values  # noqa: SLF001 - the integers under the dates
    described = pandas_column.dates_spec(values) if dates else {"dtype": pandas_column.numpy_name(data.dtype)}
    count, rows = data.shape
    if count == 1 or rows <= 1 or data.strides[1] == data.itemsize:
        return {**spec, **described, "rows": [columns.put(arrow_file.from_numpy(row)) for row in data]}
    if not data.flags.f_contiguous:
        raise InexactError
    flat = arrow_file.from_numpy(data.T.reshape(-1))
    return {**spec, **described, "lists": columns.put(pa.FixedSizeListArray.from_arrays(flat, count))}


def _block_back(spec: dict[str, Any], files: Files, rows: int) -> tuple[Any, Any]:
    place = np.array(spec["at"], dtype=np.intp)
    if "values" in spec:
        return values_back(spec["values"], files), place
    if not rows:
        data = np.empty((len(place), 0), spec["dtype"])
    elif "rows" in spec:
        data = files["data"].rows(spec["rows"], spec["dtype"])
    else:
        data = files["data"].numpy(spec["lists"], spec["dtype"]).reshape(rows, -1).T
    return (pandas_column.dates_back(spec, data) if spec.get("kind") == "dates" else data), place


def _main(index: Mapping[str, Any], files: Files) -> Any:
    return None if index["kind"] == "range" else files["data"]


def _no_scratch() -> Any:
    raise InexactError
