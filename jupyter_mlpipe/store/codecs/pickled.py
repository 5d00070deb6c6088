"""Any other value, and every bundle, as a pickle with its large buffers beside it.

Buffers lie one after another in one blob, each at a multiple of 64 bytes, and are mapped privately when the value is
loaded: arrays in it are writable and cost no copy. Never safe: only loaded from trusted manifests.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch
from jupyter_mlpipe.store.pickling import Needs, dumps
from jupyter_mlpipe.store.sharing import shared_views
from jupyter_mlpipe.store.unpickling import loads

NAME = "pickle"
_ALIGNMENT = 64


def encode(
    name: str,
    value: Any,
    namespace: Mapping[str, object],
    scratch: Scratch,
    *,
    roots: Iterable[str],
    by_code: Iterable[str] = (),
) -> tuple[Encoded, Needs]:
    """The pickle and its buffers, and the names of the notebook that it needs.

    Raises
    ------
    UnstorableError
        The value holds something that cannot outlive its process.
    """
    buffers: list[pickle.PickleBuffer] = []
    views = shared_views(value, namespace)
    data, needs = dumps(value, namespace, name=name, roots=roots, by_code=by_code, buffers=buffers, views=views)
    if not buffers:
        return Encoded({"pickle": data}), needs
    spans: list[list[int]] = []
    path = scratch()
    with path.open("xb") as file:
        position = 0
        for buffer in buffers:
            raw = buffer.raw()
            file.write(bytes(-position % _ALIGNMENT))
            position += -position % _ALIGNMENT
            file.write(raw)
            spans.append([position, raw.nbytes, int(raw.readonly)])
            position += raw.nbytes
    return Encoded({"pickle": data, "buffers": path}, {"buffers": spans}), needs


def decode(meta: Mapping[str, Any], parts: Parts, namespace: MutableMapping[str, Any]) -> Any:
    """The value again, its functions living in `namespace`."""
    buffers: list[memoryview] = []
    if "buffers" in meta:
        whole = parts.buffer("buffers")
        for start, size, readonly in meta["buffers"]:
            buffer = whole[start : start + size]
            buffers.append(buffer.toreadonly() if readonly else buffer)
    return loads(parts.bytes("pickle"), namespace, buffers)
