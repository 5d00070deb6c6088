"""Sizes for people. Not for measuring anything (``sweep``)."""

from __future__ import annotations


def size(count: int) -> str:
    """Bytes for people, in decimal units: ``512 B``, ``1.2 MB``."""
    number = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 999.5:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 99.5 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
