"""JSON values as Python source, for the cell that shows a run's parameters.

The text is a record of what a run was given: it evaluates to the same values and to nothing else, whatever the strings
hold. It is not how parameters reach a kernel (they travel as JSON).
"""

from __future__ import annotations

import json
import keyword
import math
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.errors import UnknownParameterError

_DEEPEST = 80  # Python's parser gives up on about 200 nested brackets; below this the value is written as JSON


def assignments(values: Mapping[str, Any]) -> str:
    """One ``name = literal`` line for each value.

    Raises
    ------
    UnknownParameterError
        A name is not a Python name, or a value is not a JSON value.
    """
    for name in values:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise UnknownParameterError(
                f"{name!r} cannot be a parameter: it is not a Python name",
                hint="name parameters as the cell tagged `parameters` does",
            )
    return "\n".join(f"{name} = {literal(value, name)}" for name, value in values.items())


def literal(value: Any, name: str = "value") -> str:
    """A Python expression that evaluates to this JSON value.

    Raises
    ------
    UnknownParameterError
        The value is not a JSON value.
    """
    if _depth(value, name) <= _DEEPEST:
        return _expression(value)
    return f"__import__('json').loads({json.dumps(value)!r})"


def _expression(value: Any) -> str:
    # The base types' own repr: a subclass may say anything in its __repr__.
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return str.__repr__(value)
    if isinstance(value, int):
        return int.__repr__(value) if value.bit_length() < 10_000 else hex(value)
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else f"float('{float.__repr__(value)}')"
    if isinstance(value, list):
        return "[" + ", ".join(_expression(item) for item in value) + "]"
    return "{" + ", ".join(f"{_expression(key)}: {_expression(item)}" for key, item in value.items()) + "}"


def _depth(value: Any, name: str) -> int:
    """How deep a JSON value nests; refuses what is not JSON."""
    deepest = 0
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(item, list):
            waiting += [(child, depth + 1) for child in item]
        elif isinstance(item, dict) and all(isinstance(key, str) for key in item):
            waiting += [(child, depth + 1) for child in item.values()]
        elif item is not None and not isinstance(item, bool | int | float | str):
            kind = "a mapping with keys that are not strings" if isinstance(item, dict) else f"a {type(item).__name__}"
            raise UnknownParameterError(
                f"parameter {name} holds {kind}, which JSON does not know",
                hint="use numbers, strings, booleans, null, lists and mappings with string keys",
            )
    return deepest
