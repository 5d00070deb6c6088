"""Values to columns and back: JSON as text, the same in both databases.

Text and not a JSON type, because the databases differ in what they keep (key order, NaN, large numbers), and nothing
here is searched by its parts.
"""

from __future__ import annotations

import json
from typing import Any


def to_json(value: Any) -> str:
    """Return ``value`` as JSON that sorts its keys, so that equal values are equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def to_json_or_none(value: Any) -> str | None:
    """Return ``value`` as JSON, or None for None."""
    return None if value is None else to_json(value)


def from_json(text: str | None) -> Any:
    """Read a JSON column; None where it is empty."""
    return None if text is None else json.loads(text)


def _plain(value: Any) -> Any:
    """Reduce a value that JSON does not know: mappings and sets to plain ones, NumPy scalars to numbers."""
    if hasattr(value, "items"):
        return dict(value.items())
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)
