"""Models that may ship: registration, gates, promotion, loading. ``from jupyter_mlpipe import models``.

The functions here are looked up when they are first used, so that a stage which only gates imports nothing more.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["approve", "check", "deprecate", "load", "promote", "register", "rollback", "versions"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("jupyter_mlpipe.models.calls"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
