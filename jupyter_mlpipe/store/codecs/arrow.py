"""Arrow tables, record batches and arrays as Arrow IPC files, mapped read-only: they are immutable.

Chunks and schema metadata are kept. Not for pandas' own Arrow columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch

SAFE = True


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """One IPC file, or None for kinds and types that IPC does not give back exactly."""
    if type(value) is pa.Table:
        kind, table = "table", value
    elif type(value) is pa.RecordBatch:
        kind, table = "batch", pa.Table.from_batches([value])
    elif type(value) is pa.ChunkedArray:
        kind, table = "chunked", pa.table([value], names=["c"])
    elif isinstance(value, pa.Array) and not isinstance(value, pa.ExtensionArray):
        kind, table = "array", pa.table([value], names=["c"])
    else:
        return None
    path = scratch()
    chunks = [[len(chunk) for chunk in column.chunks] for column in table.columns]
    even = table.num_columns > 0 and all(lengths == chunks[0] for lengths in chunks)
    if not even and (kind == "chunked" or any(len(lengths) != 1 for lengths in chunks)):
        return None
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            for batch in _batches(table, chunks[0] if chunks else []):
                writer.write_batch(batch)
        with pa.memory_map(str(path)) as source:
            if not pa.ipc.open_file(source).read_all().schema.equals(table.schema, check_metadata=True):
                path.unlink()
                return None
    except pa.ArrowException:
        path.unlink(missing_ok=True)
        return None
    return Encoded({"data": path}, {"kind": kind, "rows": table.num_rows})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The table, batch or array, over a mapping of the file."""
    reader = pa.ipc.open_file(pa.memory_map(str(parts.path("data"))))
    batches = [reader.get_batch(position) for position in range(reader.num_record_batches)]
    kind = meta["kind"]
    if kind == "batch":
        return batches[0]
    if kind == "array":
        return batches[0].column(0)
    if kind == "chunked":
        return pa.chunked_array([batch.column(0) for batch in batches], type=reader.schema.field(0).type)
    return pa.Table.from_batches(batches, schema=reader.schema)


def _batches(table: Any, lengths: list[int]) -> list[Any]:
    """The table's own chunks as record batches, empty ones included."""
    return [
        pa.RecordBatch.from_arrays([column.chunk(position) for column in table.columns], schema=table.schema)
        for position in range(len(lengths))
    ]
