"""Caches of functions (``functools.lru_cache``): when what they hold is more than saved time.

A filled cache spares calls. Whether anybody could tell depends on what a call does besides returning. What it holds
cannot be read, so such a cache is no value that can be stored.
"""

from __future__ import annotations

import functools
import types
from typing import Any

CACHED: Any = type(functools.lru_cache(len))
"""What ``functools.lru_cache`` makes."""

_TELLING = frozenset({"print", "display", "open", "input", "write"})


def cache_matters(function: Any) -> bool:
    """Whether a call that the function's cache spares could be missed: it tells or changes something outside."""
    wrapped = function.__wrapped__
    code = getattr(wrapped, "__code__", None)
    if code is None:
        return True
    inner = [item for item in code.co_consts if isinstance(item, types.CodeType)]
    names = {name for part in (code, *inner) for name in part.co_names}
    known = getattr(wrapped, "__globals__", {})
    return bool(names & _TELLING) or any(isinstance(known.get(name), list | dict | set | bytearray) for name in names)
