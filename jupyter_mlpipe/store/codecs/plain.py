"""Plain values as JSON with type tags: numbers, text, bytes, dates, paths and the built-in containers of them.

Exact built-in types only, and only where no mutable container is met twice, so that what is loaded has the identities
of what was saved. Not for large binary data or instances of classes.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import fractions
import json
import math
import pathlib
import struct
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch

SAFE = True

_TAG = "$"
_PASS = frozenset({type(None), bool, int})
_LARGEST_BYTES = 1 << 20


class _NotPlainError(Exception):
    """The value holds something that this codec does not give back exactly."""


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """JSON, or None where the value holds anything else than plain values."""
    del scratch
    try:
        text = json.dumps(_Encoder().out(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (_NotPlainError, RecursionError, ValueError):
        return None
    return Encoded({"data": text.encode("ascii")})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The value that `encode` wrote."""
    del meta
    return back(json.loads(parts.bytes("data")))


class _Encoder:
    """One value's encoding; knows the mutable containers met so far."""

    def __init__(self) -> None:
        self._met: set[int] = set()

    def out(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PASS:
            return _integer(value) if kind is int else value
        if kind is float:
            return value if math.isfinite(value) else _tagged("float", _float(value))
        if kind is str:
            return _text(value)
        if kind is list:
            self._once(value)
            return self._items(value)
        if kind is dict:
            self._once(value)
            if _TAG not in value and all(type(key) is str and key.isascii() for key in value):
                return dict(zip(value, self._items(value.values()), strict=True))
            return _tagged("dict", [self._items(value), self._items(value.values())])
        if kind is set:
            self._once(value)
        if kind in (tuple, set, frozenset):
            return _tagged(kind.__name__, self._items(value))
        writer = _WRITERS.get(kind)
        if writer is not None:
            return _tagged(kind.__name__, writer(value))
        if kind.__module__ == "numpy":
            return _tagged("numpy", _numpy_scalar(value))
        raise _NotPlainError

    def _items(self, items: Any) -> list[Any]:
        found = list(items)
        kinds = set(map(type, found))
        if kinds <= {type(None), bool} or (kinds == {float} and all(map(math.isfinite, found))):
            return found
        return [self.out(item) for item in found]

    def _once(self, container: object) -> None:
        if id(container) in self._met:
            raise _NotPlainError
        self._met.add(id(container))


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {_TAG: tag, "v": value}


def _integer(value: int) -> Any:
    # Python refuses to read or write very long decimal numbers.
    return value if -(1 << 1024) < value < 1 << 1024 else _tagged("int", hex(value))


def _float(value: float) -> str:
    # There are many NaNs, told apart by bits that `repr` does not show.
    return f"nan {struct.pack('>d', value).hex()}" if math.isnan(value) else repr(value)


def _float_back(text: str) -> float:
    if text.startswith("nan "):
        return float(struct.unpack(">d", bytes.fromhex(text[4:]))[0])
    return float(text)


def _text(value: str) -> Any:
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        # Two lone surrogates side by side would come back from JSON as one character.
        return _tagged("str", base64.b64encode(value.encode("utf-32-le", "surrogatepass")).decode("ascii"))
    return value


def _bytes(value: bytes) -> str:
    if len(value) > _LARGEST_BYTES:
        raise _NotPlainError
    return base64.b64encode(value).decode("ascii")


def _complex(value: complex) -> list[str]:
    return [_float(value.real), _float(value.imag)]


def _zone(zone: Any) -> Any:
    if zone is None:
        return None
    if zone is dt.UTC:
        return "UTC"
    if type(zone) is dt.timezone:
        offset = zone.utcoffset(None)
        # A zone may have a name of its own; one of no offset is the UTC object wherever it comes from JSON.
        if str(zone) == str(dt.timezone(offset)) and offset != dt.timedelta():
            return {"offset": [offset.days, offset.seconds, offset.microseconds]}
    zoneinfo = sys.modules.get("zoneinfo")
    key = getattr(zone, "key", None)
    if zoneinfo is not None and type(zone) is zoneinfo.ZoneInfo and key and zoneinfo.ZoneInfo(key) is zone:
        return {"key": key}
    raise _NotPlainError


def _zone_back(data: Any) -> Any:
    if data is None:
        return None
    if data == "UTC":
        return dt.UTC
    if "offset" in data:
        days, seconds, microseconds = data["offset"]
        return dt.timezone(dt.timedelta(days, seconds, microseconds))
    import zoneinfo

    return zoneinfo.ZoneInfo(data["key"])


def _datetime(value: dt.datetime) -> list[Any]:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return [*parts, value.fold, _zone(value.tzinfo)]


def _datetime_back(parts: list[Any]) -> dt.datetime:
    year, month, day, hour, minute, second, microsecond, fold, zone = parts
    return dt.datetime(year, month, day, hour, minute, second, microsecond, _zone_back(zone), fold=fold)


def _time(value: dt.time) -> list[Any]:
    return [value.hour, value.minute, value.second, value.microsecond, value.fold, _zone(value.tzinfo)]


def _uuid(value: uuid.UUID) -> str:
    if value.is_safe is not uuid.SafeUUID.unknown:
        raise _NotPlainError
    return value.hex


def _fraction(value: fractions.Fraction) -> list[Any]:
    return [_integer(value.numerator), _integer(value.denominator)]


def _numpy_scalar(value: Any) -> Any:
    import numpy as np

    if not isinstance(value, np.generic) or value.dtype.hasobject or value.dtype.names or value.dtype.kind == "V":
        raise _NotPlainError
    data = base64.b64encode(value.tobytes()).decode("ascii")
    if type(_numpy_back([value.dtype.str, data])) is not type(value):
        raise _NotPlainError
    return [value.dtype.str, data]


def _numpy_back(data: Any) -> Any:
    import numpy as np

    dtype = np.dtype(data[0])
    raw = base64.b64decode(data[1])
    return np.frombuffer(raw, dtype, 1)[0] if dtype.itemsize else dtype.type()


_WRITERS: dict[type, Callable[[Any], Any]] = {
    complex: _complex,
    bytes: _bytes,
    type(Ellipsis): lambda _: None,
    range: lambda value: [_integer(value.start), _integer(value.stop), _integer(value.step)],
    dt.datetime: _datetime,
    dt.date: lambda value: [value.year, value.month, value.day],
    dt.time: _time,
    dt.timedelta: lambda value: [value.days, value.seconds, value.microseconds],
    decimal.Decimal: str,
    fractions.Fraction: _fraction,
    uuid.UUID: _uuid,
    type(pathlib.Path()): lambda value: _text(str(value)),
    pathlib.PurePosixPath: lambda value: _text(str(value)),
    pathlib.PureWindowsPath: lambda value: _text(str(value)),
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "float": _float_back,
    "int": lambda value: int(value, 16),
    "str": lambda value: base64.b64decode(value).decode("utf-32-le", "surrogatepass"),
    "tuple": lambda value: tuple(back(value)),
    "set": lambda value: set(back(value)),
    "frozenset": lambda value: frozenset(back(value)),
    "dict": lambda value: dict(zip(back(value[0]), back(value[1]), strict=True)),
    "numpy": _numpy_back,
    "complex": lambda value: complex(_float_back(value[0]), _float_back(value[1])),
    "bytes": base64.b64decode,
    "ellipsis": lambda _: ...,
    "range": lambda value: range(*back(value)),
    "datetime": _datetime_back,
    "date": lambda value: dt.date(*value),
    "time": lambda value: dt.time(*value[:4]).replace(tzinfo=_zone_back(value[5]), fold=value[4]),
    "timedelta": lambda value: dt.timedelta(*value),
    "Decimal": decimal.Decimal,
    "Fraction": lambda value: fractions.Fraction(*back(value)),
    "UUID": lambda value: uuid.UUID(hex=value),
    "PosixPath": lambda value: pathlib.Path(back(value)),
    "WindowsPath": lambda value: pathlib.Path(back(value)),
    "PurePosixPath": lambda value: pathlib.PurePosixPath(back(value)),
    "PureWindowsPath": lambda value: pathlib.PureWindowsPath(back(value)),
}


def back(data: Any) -> Any:
    """The value from the JSON that `encode` made."""
    if isinstance(data, list):
        return [back(item) if isinstance(item, list | dict) else item for item in data]
    if isinstance(data, dict):
        tag = data.get(_TAG)
        if tag is not None:
            return _READERS[tag](data["v"])
        return {key: back(item) for key, item in data.items()}
    return data
