"""Drift in a stream, value by value: no windows, no profiles, a change is told when it is seen. Needs River.

Not for windows of data, which ``compare`` judges column by column with a known rate of false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.errors import StreamingUnavailableError, StreamOptionError
from jupyter_mlpipe.monitoring.drift.report import MINIMUM_EFFECTS
from jupyter_mlpipe.monitoring.profiles import ColumnProfile
from jupyter_mlpipe.notebook.suggest import nearest

METHODS = {"adwin": "ADWIN", "page-hinkley": "PageHinkley", "kswin": "KSWIN"}
"""Our names, and River's.

``adwin``: adaptive windowing (Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", 2007): two
parts of a window that keeps growing have different means. ``page-hinkley``: the cumulated difference from the mean
(Page, "Continuous inspection schemes", 1954), slow and steady changes. ``kswin``: a Kolmogorov-Smirnov test of the last
values against earlier ones (Raab, Heusinger and Schleif, "Reactive soft prototype computing for concept drift streams",
2020): changes of shape, too.
"""


@dataclass(frozen=True)
class Change:
    """A change that was seen."""

    method: str
    position: int
    """Of the value at which it was seen, counted from 0, values that were left out included."""
    value: float


class StreamDetector:
    """Watches one stream of numbers. It holds state: one for each column, in one process.

    Parameters
    ----------
    method
        One of `METHODS`.
    reference
        Profile of the column as it should be: values are told in its standard deviations from its mean, so that the
        options of a method suit any unit.
    options
        River's for the method, such as ``delta=0.002`` for ``adwin``.

    Raises
    ------
    StreamingUnavailableError
        River is not installed.
    StreamOptionError
        There is no such method or option, or the reference holds no numbers.
    """

    def __init__(self, method: str = "adwin", *, reference: ColumnProfile | None = None, **options: Any) -> None:
        if method not in METHODS:
            hint = nearest(method, list(METHODS), "the methods are")
            raise StreamOptionError(f"there is no method {method!r} for streams", hint=hint)
        self.method = method
        self.seen = 0
        """Values, those left out included."""
        self.left_out = 0
        """Nulls and infinities, which say nothing to a detector of numbers."""
        self._mean, self._deviation = _scale(reference)
        if reference is not None and method == "page-hinkley":
            # In standard deviations; River's own is for values of any unit, and sums up what is none.
            options = {"delta": MINIMUM_EFFECTS["wasserstein"]} | options
        self._detector = _detector(method, options)

    def update(self, values: float | Iterable[float | None] | None) -> list[Change]:
        """Look at the next value or values; return the changes seen at them.

        Parameters
        ----------
        values
            A number, or numbers in the order in which they came; None, NaN and infinities are left out and counted.
        """
        found = []
        for value in values if isinstance(values, Iterable) else (values,):
            number = _number(value)
            if number is None:
                self.left_out += 1
            else:
                self._detector.update((number - self._mean) / self._deviation)
                if self._detector.drift_detected:
                    found.append(Change(self.method, self.seen, number))
            self.seen += 1
        return found


def _scale(reference: ColumnProfile | None) -> tuple[float, float]:
    if reference is None:
        return 0.0, 1.0
    if reference.kind != "number" or reference.mean is None:
        raise StreamOptionError(
            f"the reference of {reference.name} holds no numbers ({reference.kind})",
            hint="streams are watched in columns of numbers; compare windows of the others",
        )
    return reference.mean, reference.stddev or 1.0


def _detector(method: str, options: dict[str, Any]) -> Any:
    try:
        from river import drift
    except ModuleNotFoundError as error:
        raise StreamingUnavailableError(
            f"drift in streams needs River, which is not installed ({error.name} is missing)",
            hint="install it: pip install 'jupyter-mlpipe[streaming]'",
        ) from error
    if method == "kswin":
        # It samples its window: the same stream gives the same changes.
        options = {"seed": 0} | options
    try:
        return getattr(drift, METHODS[method])(**options)
    except (TypeError, ValueError) as error:
        raise StreamOptionError(f"{method} cannot be set up: {error}", hint="its options are River's") from error


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
