"""How facts leave the process: JSON for machines, aligned text for people.

Not for progress bars (``progress``) and not for errors (``main``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mlpipe.store.sizes import size

__all__ = ["duration", "note", "print_json", "print_table", "size"]


def print_json(value: Any) -> None:
    """Print one JSON document; what JSON does not know is given as text."""
    # Floats that JSON does not have would make the document unreadable elsewhere.
    print(json.dumps(_finite(value), indent=2, ensure_ascii=False, default=str))


def _finite(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        return str(value)
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headers, in columns as wide as they need; the last column is not cut."""
    lines = [list(headers), *([str(item) for item in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headers))]
    for line in lines:
        print("  ".join(item.ljust(width) for item, width in zip(line, widths, strict=True)).rstrip())


def duration(seconds: float | None) -> str:
    """Seconds for people: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``; empty where unknown."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def note(text: str) -> None:
    """Say something that is not the command's answer; it goes to the error stream."""
    print(text, file=sys.stderr)
