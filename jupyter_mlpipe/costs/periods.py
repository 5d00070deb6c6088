"""Days, weeks, months, quarters and years as people of a time zone have them. Not for off-peak hours (``prices``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PERIODS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Period:
    """One of them; a day is as long as its zone's clock makes it."""

    name: str
    """``2026-11-24``, ``2026-W48``, ``2026-11``, ``2026-Q4``, ``2026``: their order is that of time."""
    begin: float
    """Seconds since the epoch."""
    end: float
    """The next one's beginning."""


def period_at(every: str, moment: float, zone: str = "UTC") -> Period:
    """The period that a moment in epoch seconds is in. Weeks begin on Monday (ISO 8601)."""
    day = dt.datetime.fromtimestamp(moment, ZoneInfo(zone)).date()
    if every == "day":
        first, after, name = day, day + dt.timedelta(days=1), day.isoformat()
    elif every == "week":
        first = day - dt.timedelta(days=day.weekday())
        after = first + dt.timedelta(days=7)
        name = "{}-W{:02}".format(*day.isocalendar()[:2])
    else:
        months = {"month": 1, "quarter": 3, "year": 12}[every]
        index = (day.month - 1) // months
        first = dt.date(day.year, index * months + 1, 1)
        following = first.month + months
        after = dt.date(day.year + (following > 12), (following - 1) % 12 + 1, 1)
        name = {"month": f"{first:%Y-%m}", "quarter": f"{day.year}-Q{index + 1}", "year": f"{day.year}"}[every]
    return Period(name, _midnight(first, zone), _midnight(after, zone))


def periods_between(every: str, begin: float, end: float, zone: str = "UTC") -> Iterator[Period]:
    """All that touch a half-open interval, one after another."""
    while begin < end:
        period = period_at(every, begin, zone)
        yield period
        begin = period.end


def is_zone(name: Any) -> bool:
    """Whether it names a time zone, as in ``Europe/Berlin``."""
    try:
        return isinstance(name, str) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _midnight(day: dt.date, zone: str) -> float:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).timestamp()
