"""Whether a column of numbers came in another unit: every value by one factor, or as one temperature scale to another.

Not for whether it is drift (``measuring``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from jupyter_mlpipe.monitoring.profiles import ColumnProfile
from jupyter_mlpipe.statistics.arrays import Array

UNITS: Mapping[str, float] = {
    "miles to kilometres": 1.609344,
    "feet to metres": 0.3048,
    "inches to centimetres": 2.54,
    "pounds to kilograms": 0.45359237,
    "minutes to seconds, or hours to minutes": 60.0,
    "hours to seconds": 3600.0,
    "days to hours": 24.0,
    "shares to per cent": 100.0,
    "a thousandfold": 1000.0,
    "a millionfold": 1e6,
}

TEMPERATURES: Mapping[str, tuple[float, float]] = {
    "Fahrenheit to Celsius": (5 / 9, -160 / 9),
    "Celsius to Fahrenheit": (9 / 5, 32.0),
    "Celsius to kelvin": (1.0, 273.15),
    "kelvin to Celsius": (1.0, -273.15),
}
"""Factor and what is added."""

_KNOWN: Mapping[str, tuple[float, float]] = {
    **{name: (factor, 0.0) for name, factor in UNITS.items()},
    **{f"the inverse of {name}": (1 / factor, 0.0) for name, factor in UNITS.items()},
    **TEMPERATURES,
}

_LEAST_FACTOR = 1.05
_CONSTANT = 0.02
"""Quantiles' ratios within 2 % of one another are one factor; so are distribution functions so close after it."""
_NEAR = 0.1
"""After a known conversion, distribution functions may differ by so much: data may have moved besides."""
_CHANCE = 1.63
"""The Kolmogorov-Smirnov distance that one in a hundred samples exceeds, in ``√((n + m) / (n m))``."""


def change_of_unit(reference: ColumnProfile, current: ColumnProfile) -> str | None:
    """Say how all values differ in one and the same way; None where they do not.

    They do where quantiles' ratios are equal; where the reference times their median ratio is within chance of the
    window; or where a known conversion explains most of the difference, and better than adding a number does.

    Parameters
    ----------
    reference, current
        Numbers with quantiles, which differ.
    """
    import numpy as np

    probabilities = np.linspace(0.05, 0.95, 37)
    before, after = reference.quantiles(probabilities), current.quantiles(probabilities)
    # Of few distinct values any two columns have quantiles in some ratio.
    if min(len(np.unique(before)), len(np.unique(after))) < 8:
        return None
    factor = _factor(before, after)
    if factor is not None and _constant(before, after, factor):
        return _told(factor, 0.0, next((name for name, (a, b) in _KNOWN.items() if not b and _close(a, factor)), ""))
    apart = _distances(reference, current)
    n, m = current.valid, reference.valid
    by_chance = max(_CONSTANT, _CHANCE * math.sqrt((n + m) / (n * m))) + reference.rank_error + current.rank_error
    # What is hardly closer than the reference as it was explains nothing.
    explained, added = apart(1.0, 0.0) / 3, apart(1.0, float(np.median(after - before)))
    name = min(_KNOWN, key=lambda item: apart(*_KNOWN[item]))
    slope, more = _KNOWN[name]
    known = apart(slope, more)
    if factor is not None and apart(factor, 0.0) <= min(by_chance, explained) and apart(factor, 0.0) < added:
        return _told(factor, 0.0, name if known <= by_chance and not more else "")
    near = by_chance if slope == 1 else min(max(by_chance, _NEAR), added / 2)
    if known <= min(near, explained):
        return _told(slope, more, name)
    return None


def _factor(before: Array, after: Array) -> float | None:
    """The median ratio of quantiles, where it is no trifle."""
    import numpy as np

    large = _large(before)
    factor = float(np.median(after[large] / before[large])) if large.sum() >= 10 else 0.0
    return factor if factor > 0 and math.isfinite(factor) and max(factor, 1 / factor) >= _LEAST_FACTOR else None


def _large(before: Array) -> Array:
    """Which quantiles have ratios that say something."""
    import numpy as np

    return np.abs(before) > 0.02 * np.abs(before).max(initial=0.0)


def _constant(before: Array, after: Array, factor: float) -> bool:
    import numpy as np

    large = _large(before)
    return bool(np.abs(after[large] / before[large] / factor - 1).max() <= _CONSTANT)


def _distances(reference: ColumnProfile, current: ColumnProfile) -> Callable[[float, float], float]:
    """The Kolmogorov-Smirnov distance from the window to the reference times a factor, and moved."""
    import numpy as np

    points = np.unique(current.quantiles(np.linspace(0.005, 0.995, 199)))
    # Values that many rows have are not to be missed for a rounding error.
    points = points + 1e-9 * np.abs(points)
    now = current.cdf(points)

    def apart(factor: float, more: float) -> float:
        return float(np.abs(reference.cdf((points - more) / factor) - now).max())

    return apart


def _close(known: float, factor: float) -> bool:
    return abs(factor / known - 1) < 0.02


def _told(factor: float, more: float, name: str) -> str:
    times = "the reference's" if factor == 1 else f"{factor:.4g} times the reference's"
    added = f" {'plus' if more > 0 else 'less'} {abs(more):.4g}" if more else ""
    return f"every quantile is {times}{added}, as after a change of unit{f' ({name})' if name else ''}"
