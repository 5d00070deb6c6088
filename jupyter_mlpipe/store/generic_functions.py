"""Generic functions, made by ``functools.singledispatch``: what they consist of, and making one again.

``functools.singledispatchmethod`` holds one. Of the rest that both hold, a cache of what was dispatched before is no
content, and cannot be stored. The names of the last three functions are part of the stored format.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, cast

_CODE = functools.singledispatch(len).__code__  # type: ignore[attr-defined]  # typeshed calls it an object
_OWN = frozenset({"register", "dispatch", "registry", "_clear_cache"})


def is_generic(function: types.FunctionType) -> bool:
    """Whether a function was made by `functools.singledispatch`."""
    return function.__code__ is _CODE


def generic_parts(function: types.FunctionType) -> tuple[Any, dict[type, Any], dict[str, Any]]:
    """The function it was made of, its implementations by type in the order of registration, and its attributes."""
    implementations = dict(cast(Any, function).registry)
    default = implementations.pop(object)
    attributes = {key: value for key, value in function.__dict__.items() if key not in _OWN}
    wrapped = attributes.pop("__wrapped__", default)
    if default is not wrapped:
        implementations[object] = default
    return wrapped, implementations, attributes


def method_parts(method: functools.singledispatchmethod[Any]) -> tuple[Any, dict[type, Any]]:
    """The function that a generic method was made of, and its implementations by type."""
    _, implementations, _ = generic_parts(cast(Any, method).dispatcher)
    return method.func, implementations


def new_generic(wrapped: Callable[..., Any]) -> Any:
    """A generic function with its default only."""
    return functools.singledispatch(wrapped)


def fill_generic(function: Any, state: tuple[Mapping[type, Any], Mapping[str, Any]]) -> None:
    """Register the implementations, and set the attributes."""
    implementations, attributes = state
    for kind, implementation in implementations.items():
        function.register(kind, implementation)
    function.__dict__.update(attributes)


def generic_method(function: Callable[..., Any], implementations: Mapping[type, Any]) -> Any:
    """A generic method with its implementations."""
    method = functools.singledispatchmethod(function)
    for kind, implementation in implementations.items():
        method.register(kind, implementation)
    return method
