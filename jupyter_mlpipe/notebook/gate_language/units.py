"""Units of numbers in gates: time in seconds, sizes in bytes, shares in percent. Not for any other conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dimension = Literal["time", "size"]


@dataclass(frozen=True)
class Unit:
    """What a number before it is multiplied by, and what that is a quantity of."""

    factor: float
    dimension: Dimension | None
    """None: a plain number."""


UNITS = {
    "ns": Unit(1e-9, "time"),
    "us": Unit(1e-6, "time"),
    "µs": Unit(1e-6, "time"),
    "ms": Unit(1e-3, "time"),
    "s": Unit(1, "time"),
    "min": Unit(60, "time"),
    "h": Unit(3600, "time"),
    "d": Unit(86400, "time"),
    "B": Unit(1, "size"),
    "kB": Unit(1e3, "size"),
    "KB": Unit(1e3, "size"),
    "MB": Unit(1e6, "size"),
    "GB": Unit(1e9, "size"),
    "TB": Unit(1e12, "size"),
    "KiB": Unit(2.0**10, "size"),
    "MiB": Unit(2.0**20, "size"),
    "GiB": Unit(2.0**30, "size"),
    "TiB": Unit(2.0**40, "size"),
    "%": Unit(0.01, None),
}
"""By what is written after the number."""

_SHOWN: dict[Dimension, tuple[str, ...]] = {
    "time": ("d", "h", "min", "s", "ms", "µs", "ns"),
    "size": ("TB", "GB", "MB", "kB", "B"),
}


def shown(value: float, dimension: Dimension | None, digits: int = 3) -> str:
    """A quantity for people: ``12.3 ms``, ``20 MB``, ``0.713``."""
    if dimension is None:
        return f"{value:.{digits}g}"
    for name in _SHOWN[dimension]:
        if abs(value) >= UNITS[name].factor:
            break
    else:
        name = _SHOWN[dimension][-1] if value else {"time": "s", "size": "B"}[dimension]
    return f"{value / UNITS[name].factor:.{digits}g} {name}"
