"""Windows of rows: by the calendar, or so many rows each. Not for what is measured in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.errors import QualityError
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.statistics.arrays import Array

MOST_WINDOWS = 5000
_UNITS = {"hour": "h", "day": "D", "week": "D", "month": "M", "quarter": "M", "year": "Y"}


@dataclass(frozen=True)
class Window:
    """Some rows, and the time that they are of."""

    start: float | None
    """Seconds since the epoch (UTC); None where rows have no time. The window is half open."""
    end: float | None
    rows: Array
    """Positions of its rows, shape (rows,), in the order of time."""


def seconds(values: Any, text: str) -> Array:
    """Times as seconds since the epoch (UTC), NaN where there is none, shape (rows,).

    Parameters
    ----------
    values
        Times with a zone or (taken as UTC) without one, dates, texts in ISO 8601, or numbers: seconds since the epoch.
    text
        What people call the column.

    Raises
    ------
    QualityError
        They are no times.
    """
    import numpy as np
    import pandas as pd

    array = np.asarray(values.to_numpy(zero_copy_only=False) if hasattr(values, "to_pylist") else values)
    if array.dtype.kind in "iuf":
        found: Array = array.astype(float)
        return np.where(np.isfinite(found), found, np.nan)
    try:
        texts = "ISO8601" if array.dtype.kind in "OUT" and any(isinstance(item, str) for item in array) else None
        index = pd.DatetimeIndex(pd.to_datetime(array, utc=True, format=texts))
    except (TypeError, ValueError) as error:
        raise QualityError(
            f"{text} holds no times: {str(error).splitlines()[0]}",
            hint="give times, dates, ISO 8601 texts, or seconds since the epoch",
        ) from error
    whole = index.tz_localize(None).to_numpy().astype("datetime64[ns]")
    return np.where(np.isnat(whole), np.nan, whole.astype(np.int64) / 1e9)


def windows(time: Array | None, every: str | None, rows: int) -> list[Window]:
    """Cut rows into windows, the earliest first; windows of the calendar without rows are among them.

    Parameters
    ----------
    time
        Of each row, seconds since the epoch, in any order; rows whose time is NaN are in no window.
    every
        ``hour``, ``day``, ``week`` (from Monday), ``month``, ``quarter``, ``year`` (UTC), ``n=1000`` for so many rows
        each (what is left at the end is in the last one), or None for a single window.
    rows
        How many there are.

    Raises
    ------
    QualityError
        There is no such way to cut; or it makes more than 5,000 windows.
    """
    import numpy as np

    order: Array = np.arange(rows) if time is None else np.argsort(time, kind="stable")
    if time is not None:
        order = order[: rows - int(np.isnan(time).sum())]
    if every is None or every.startswith("n="):
        return _by_count(time, order, every)
    if every not in _UNITS:
        raise QualityError(
            f"there are no windows of {every!r}", hint=nearest(every, [*_UNITS, "n=1000"], "windows are every")
        )
    if time is None:
        raise QualityError(f"windows of a {every} need a column of times", hint="name it, or cut by rows: every n=1000")
    if not len(order):
        return []
    number, starts = _numbered(time[order], every)
    if len(starts) - 1 > MOST_WINDOWS:
        raise QualityError(
            f"from first to last time there are {len(starts) - 1:,} windows of a {every}; {MOST_WINDOWS:,} is the most",
            hint="cut into longer windows, or look for a time that is far off",
        )
    ends: Array = np.searchsorted(number, np.arange(len(starts) - 1), side="right")
    parts = np.split(order, ends[:-1])
    return [
        Window(float(start), float(end), part) for start, end, part in zip(starts[:-1], starts[1:], parts, strict=True)
    ]


def _numbered(ordered: Array, every: str) -> tuple[Array, Array]:
    """Of each time the number of its window, and when windows start: one more than there are."""
    import numpy as np

    step = {"week": 7, "quarter": 3}.get(every, 1)
    # The epoch was a Thursday: its week began three days before.
    offset = 3 if every == "week" else 0
    moments = (np.floor(ordered * 1e6)).astype("datetime64[us]").astype(f"datetime64[{_UNITS[every]}]")
    unit = (moments.astype(np.int64) + offset) // step
    first, last = int(unit[0]), int(unit[-1])
    span: Array = np.arange(first, min(last, first + MOST_WINDOWS + 1) + 2) * step - offset
    starts: Array = span.astype(f"datetime64[{_UNITS[every]}]").astype("datetime64[s]").astype(np.int64)
    return unit - first, starts


def _by_count(time: Array | None, order: Array, every: str | None) -> list[Window]:
    import numpy as np

    size = len(order)
    if every is not None:
        number = every.removeprefix("n=").replace("_", "")
        if not number.isdecimal() or not int(number):
            raise QualityError(f"{every!r} is no number of rows", hint="write every n=1000")
        size = int(number)
    cuts = np.arange(size, len(order) - size + 1, size) if size else np.arange(0)
    found = []
    for part in np.split(order, cuts) if len(order) else []:
        # Half open: the last row's time is still in it.
        start, end = (
            (None, None) if time is None else (float(time[part[0]]), float(np.nextafter(time[part[-1]], np.inf)))
        )
        found.append(Window(start, end, part))
    return found
