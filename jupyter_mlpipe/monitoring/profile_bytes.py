"""A profile as bytes: a header, JSON of what is counted, and the sketches behind it. Not for whylogs' own format.

``MLPROF``, a version, the JSON's length, the JSON, the sketches; a checksum of all at the end.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from blake3 import blake3

from jupyter_mlpipe.errors import ProfileError
from jupyter_mlpipe.monitoring import sketches
from jupyter_mlpipe.monitoring.profiles import ColumnProfile, Moments, Profile
from jupyter_mlpipe.monitoring.value_counts import ValueCounts

_MAGIC = b"MLPROF"
_VERSION = 1
_CHECK = 16


def to_bytes(profile: Profile) -> bytes:
    """A profile's bytes; equal for equal states."""
    import zlib

    parts: list[bytes] = []
    document = json.dumps(_document(profile, parts), separators=(",", ":"), sort_keys=True).encode()
    body = zlib.compress(struct.pack("<I", len(document)) + document + b"".join(parts), 1)
    whole = _MAGIC + struct.pack("<H", _VERSION) + body
    return whole + blake3(whole).digest(_CHECK)


def from_bytes(data: bytes) -> Profile:
    """Read a profile.

    Raises
    ------
    ProfileError
        It is none, is damaged, or was written by a newer version.
    """
    import zlib

    if data[:6] != _MAGIC or len(data) < 8 + _CHECK:
        raise ProfileError("this is no profile", hint="give a file that a profile was written to")
    (version,) = struct.unpack_from("<H", data, 6)
    if version > _VERSION:
        raise ProfileError(f"the profile has version {version}; this package reads up to {_VERSION}", hint="upgrade it")
    if blake3(data[:-_CHECK]).digest(_CHECK) != data[-_CHECK:]:
        raise ProfileError("the profile is damaged: its checksum does not hold", hint="make it again from the data")
    try:
        body = zlib.decompress(data[8:-_CHECK])
        (length,) = struct.unpack_from("<I", body)
        return _read_profile(json.loads(body[4 : 4 + length]), _Reader(memoryview(body)[4 + length :]))
    except (
        ArithmeticError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
        zlib.error,
    ) as error:
        # Whole, but not written by this package: a checksum is no signature.
        raise ProfileError(f"the profile cannot be read: {error}", hint="make it again from the data") from error


def _document(profile: Profile, parts: list[bytes]) -> dict[str, Any]:
    return {
        "rows": profile.rows,
        "start": profile.start,
        "end": profile.end,
        "columns": [_column_document(column, parts) for column in profile.columns.values()],
        "segments": [[list(map(list, key)), _document(part, parts)] for key, part in profile.segments.items()],
        "chunks": [_document(chunk, parts) for chunk in profile.chunks],
    }


def _column_document(column: ColumnProfile, parts: list[bytes]) -> dict[str, Any]:
    def kept(data: bytes) -> int:
        parts.append(data)
        return len(data)

    moments = column.moments
    document: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "dtype": column.dtype,
        "tallies": [column.count, column.nulls, column.infinite, column.mixed],
        "hashed": column.hashed,
        "key": column.key,
    }
    if moments.n:
        document["moments"] = [
            moments.n,
            *(value.hex() for value in (moments.mean, moments.squares, moments.low, moments.high)),
        ]
    if column.counts.applies:
        document["counts"] = [dict(column.counts.counts), column.counts.missed]
    if column.registers is not None and column.registers.any():
        document["registers"] = kept(column.registers.tobytes())
    if column.sketch is not None:
        document["sketch"] = kept(sketches.kll_bytes(column.sketch))
    return document


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        part = bytes(self._data[self._at : self._at + length])
        self._at += length
        return part


def _read_profile(document: dict[str, Any], reader: _Reader) -> Profile:
    columns = [_read_column(item, reader) for item in document["columns"]]
    segments = {
        tuple((name, value) for name, value in key): _read_profile(part, reader) for key, part in document["segments"]
    }
    chunks = tuple(_read_profile(item, reader) for item in document["chunks"])
    named = {column.name: column for column in columns}
    return Profile(document["rows"], named, document["start"], document["end"], segments, chunks)


def _read_column(document: dict[str, Any], reader: _Reader) -> ColumnProfile:
    import numpy as np

    count, nulls, infinite, mixed = document["tallies"]
    moments = Moments()
    if "moments" in document:
        n, *numbers = document["moments"]
        moments = Moments(n, *map(float.fromhex, numbers))
    counted = document.get("counts")
    registers = reader.take(document["registers"]) if "registers" in document else None
    sketch = reader.take(document["sketch"]) if "sketch" in document else None
    return ColumnProfile(
        name=document["name"],
        kind=document["kind"],
        dtype=document["dtype"],
        count=count,
        nulls=nulls,
        infinite=infinite,
        mixed=mixed,
        moments=moments,
        counts=ValueCounts(counted[0], counted[1]) if counted is not None else ValueCounts.none(),
        hashed=document["hashed"],
        key=document["key"],
        registers=np.frombuffer(registers, dtype=np.uint8) if registers is not None else None,
        sketch=sketches.kll_from_bytes(sketch) if sketch is not None else None,
    )
