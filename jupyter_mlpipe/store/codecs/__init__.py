"""One file a codec; the registry says which to try for a value, and imports none before it is needed.

A codec is a module with a constant ``SAFE`` and two functions:

``encode(value, scratch) -> Encoded | None``
    The value as files and JSON, or None where the codec cannot give back exactly this value.
``decode(meta, parts) -> value``
    The value again. Arrays and frames must be writable and leave the store untouched when they are written.

Not for pickles, which need the notebook's namespace (``pickled``), and not for choosing by a user's wish.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from jupyter_mlpipe.errors import CodecUnavailableError, StoreError

Part = bytes | bytearray | memoryview | Path
Scratch = Callable[[], Path]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as a codec writes it."""

    parts: Mapping[str, Part]
    """By role: bytes, or a finished file at a path of ``scratch`` (it is taken in, not copied)."""
    meta: Mapping[str, Any] = field(default_factory=dict)


class Parts(Protocol):
    """What a codec reads a value from."""

    def bytes(self, role: str) -> bytes:
        """A blob's bytes."""
        ...

    def path(self, role: str) -> Path:
        """A local file with a blob's bytes: to be mapped, never written."""
        ...

    def buffer(self, role: str) -> memoryview:
        """A blob's bytes, writable: private to this process, read page by page where they are many."""
        ...


class Codec(Protocol):
    """What a codec's module offers."""

    SAFE: bool

    def encode(self, value: Any, scratch: Scratch) -> Encoded | None:
        """The value encoded, or None where it would not come back exactly."""
        ...

    def decode(self, meta: Mapping[str, Any], parts: Parts) -> Any:
        """The value again."""
        ...


_HOME = "jupyter_mlpipe.store.codecs."

_MODULES = {
    "json": "plain",
    "npy": "npy",
    "pandas-arrow": "pandas_frame",
    "series-arrow": "pandas_series",
    "arrow": "arrow",
    "polars": "polars_frame",
    "safetensors": "torch_tensors",
    "skops": "skops_models",
    "figure": "plotly_figure",
}

_BY_LIBRARY = {
    "builtins": ("json", "safetensors"),
    "collections": ("safetensors",),
    "datetime": ("json",),
    "decimal": ("json",),
    "fractions": ("json",),
    "pathlib": ("json",),
    "uuid": ("json",),
    "numpy": ("npy", "json"),
    "pandas": ("pandas-arrow", "series-arrow"),
    "pyarrow": ("arrow",),
    "polars": ("polars",),
    "torch": ("safetensors",),
    "sklearn": ("skops",),
    "lightgbm": ("skops",),
    "xgboost": ("skops",),
    "catboost": ("skops",),
    "plotly": ("figure",),
}

_NEEDS = {"safetensors": "torch", "skops": "sklearn"}
"""What a value that a codec is tried for can hold only where this library is loaded."""


def candidates(value: object) -> tuple[str, ...]:
    """Names of the codecs to try for `value`, best first. Imports nothing."""
    names = _BY_LIBRARY.get(type(value).__module__.partition(".")[0], ())
    return tuple(name for name in names if name not in _NEEDS or _NEEDS[name] in sys.modules)


def codec(name: str) -> Codec:
    """The codec of this name.

    Raises
    ------
    StoreError
        No codec has this name: the artifact was made by a newer version.
    CodecUnavailableError
        The library that it needs is not installed.
    """
    module = _MODULES.get(name)
    if module is None:
        raise StoreError(f"no codec is named {name!r}", hint="upgrade jupyter-mlpipe, or let the stage run again")
    try:
        return cast("Codec", importlib.import_module(_HOME + module))
    except ModuleNotFoundError as error:
        raise unavailable(name, error) from error


def unavailable(name: str, error: ModuleNotFoundError) -> CodecUnavailableError:
    """The error for a codec whose library is missing."""
    library = (error.name or "").partition(".")[0]
    return CodecUnavailableError(
        f"an artifact stored as {name!r} needs {library}, which is not installed here",
        hint=f"pip install {library}",
        library=library,
    )
