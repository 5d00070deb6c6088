"""Days, weeks and months by the clock of a zone."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.costs.periods import PERIODS, is_zone, period_at, periods_between


def epoch(text: str, zone: str = "UTC") -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("every", "name", "begin", "end"),
    [
        ("day", "2026-12-31", "2026-12-31", "2027-01-01"),
        ("week", "2026-W53", "2026-12-28", "2027-01-04"),
        ("month", "2026-12", "2026-12-01", "2027-01-01"),
        ("quarter", "2026-Q4", "2026-10-01", "2027-01-01"),
        ("year", "2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_the_last_day_of_a_year(every: str, name: str, begin: str, end: str) -> None:
    period = period_at(every, epoch("2026-12-31T15:00"))
    assert (period.name, period.begin, period.end) == (name, epoch(begin), epoch(end))


def test_a_day_is_as_long_as_the_clock_makes_it() -> None:
    long = period_at("day", epoch("2026-10-25T12:00", "Europe/Berlin"), "Europe/Berlin")
    short = period_at("day", epoch("2026-03-29T12:00", "Europe/Berlin"), "Europe/Berlin")
    assert (long.end - long.begin, short.end - short.begin) == (25 * 3600, 23 * 3600)


@given(
    st.sampled_from(PERIODS),
    st.floats(1e9, 2e9),
    st.floats(1, 1e7),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia"]),
)
def test_periods_leave_no_gap_and_do_not_overlap(every: str, begin: float, length: float, zone: str) -> None:
    found = list(periods_between(every, begin, begin + length, zone))
    assert found[0].begin <= begin < found[0].end
    assert found[-1].begin < begin + length <= found[-1].end
    assert all(first.end == second.begin for first, second in pairwise(found))
    assert sorted(period.name for period in found) == [period.name for period in found]


def test_zones_are_told_from_other_words() -> None:
    assert is_zone("Europe/Berlin")
    assert not any(is_zone(word) for word in ("Berlin", "../etc/passwd", "", 3))
