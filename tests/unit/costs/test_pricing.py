"""What a usage costs: by the larger of reserved and used, cut where prices change, unknown where there is none."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.costs.money import NANO
from jupyter_mlpipe.costs.price_book import read_prices
from jupyter_mlpipe.costs.pricing import Usage, cost_of

HOUR = 3600.0
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC).timestamp()
BOOK = read_prices(
    """
    default = false
    [machines.plain]
    cpu_hour = 0.10
    memory_gib_hour = 0.01
    gpu_hour = { "*H100*" = 3, "*" = 1 }
    energy_kwh = 0.30
    [machines.whole]
    machine_hour = 8
    cpus = 8
    memory = "32GiB"
    gpus = 1
    [machines.changing]
    rates = [
      { cpu_hour = 1, until = 2026-03-02T12:30:00Z },
      { cpu_hour = 2, from = 2026-03-02T12:30:00Z, until = 2026-03-02T14:00:00Z },
    ]
    [machines.night]
    cpu_hour = 1
    windows = [{ days = "mon-fri", from = "22:00", to = "06:00", zone = "Europe/Berlin", factor = 0.5 }]
    """
)
USAGE = Usage(machine="plain", purchase="on-demand", started=NOON, seconds=2 * HOUR)


def euros(usage: Usage) -> Decimal | None:
    amount = cost_of(usage, BOOK).amount
    return None if amount is None else Decimal(amount) / NANO


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({"cpus": 2.0, "cpu_seconds": 60.0}, "0.4"),
        ({"cpus": 1.0, "cpu_seconds": 3 * HOUR}, "0.3"),
        ({"memory": 2.0**33}, "0.16"),
        ({"memory": 2.0**30, "memory_byte_seconds": 10 * 2.0**30 * HOUR}, "0.1"),
        ({"gpus": 0.5, "gpu_names": ["NVIDIA H100 80GB"]}, "3"),
        ({"gpus": 2.0, "gpu_names": ["NVIDIA H100", "Tesla T4"]}, "8"),
        ({"gpus": 1.0}, "2"),
        ({"energy_joules": 7_200_000.0}, "0.6"),
        ({}, "0"),
    ],
)
def test_the_larger_of_reserved_and_used_is_paid(used: dict[str, float], expected: str) -> None:
    assert euros(replace(USAGE, **used)) == Decimal(expected)


@pytest.mark.parametrize(
    ("used", "expected"), [({"cpus": 2.0}, "4"), ({"cpus": 1.0, "memory": 2.0**34}, "8"), ({"gpus": 1.0}, "16")]
)
def test_a_whole_machine_is_paid_by_the_largest_share(used: dict[str, float], expected: str) -> None:
    assert euros(replace(USAGE, machine="whole", **used)) == Decimal(expected)


def test_a_cost_keeps_the_prices_in_force_and_is_cut_where_they_change() -> None:
    usage = replace(USAGE, machine="changing", cpus=1.0, seconds=HOUR)
    cost = cost_of(usage, BOOK)
    assert euros(usage) == Decimal("1.5")
    assert [rate["cpu_hour"] for rate in cost.terms["rates"]] == ["1", "2"]
    assert cost.terms["book"] == BOOK.digest
    early = cost_of(replace(usage, started=NOON - HOUR), BOOK)
    assert [rate["cpu_hour"] for rate in early.terms["rates"]] == ["1"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"machine": "nowhere"}, "no price for machine class 'nowhere', on-demand"),
        ({"purchase": "spot"}, "no price for machine class 'plain', spot"),
        (
            {"machine": "changing", "started": NOON + HOUR},
            "no price for machine class 'changing', on-demand at that time",
        ),
        ({"machine": "night", "gpus": 1.0}, "no price for a GPU (of any kind) of night"),
        ({"seconds": -1.0}, "the clock cannot be right"),
        ({"seconds": math.nan}, "the clock cannot be right"),
        ({"started": math.inf}, "the clock cannot be right"),
        ({"seconds": 1e12}, "the clock cannot be right"),
    ],
)
def test_a_cost_without_a_price_is_unknown_and_never_zero(change: dict[str, object], why: str) -> None:
    cost = cost_of(replace(USAGE, cpus=1.0, **change), BOOK)  # type: ignore[arg-type]
    assert cost.amount is None
    assert why in cost.unknown[0]


def test_what_is_free_costs_nothing_and_is_known() -> None:
    book = read_prices("default = false\n[machines.plain]\ncpu_hour = 0")
    cost = cost_of(replace(USAGE, cpus=1.0), book)
    assert (cost.amount, cost.unknown) == (0, ())


BERLIN = ZoneInfo("Europe/Berlin")


def off_peak(moment: float) -> bool:
    """Whether the night rate is in force, minute by minute, as one would say it."""
    here = dt.datetime.fromtimestamp(moment, BERLIN)
    begun = here.date() if here.hour >= 22 else here.date() - dt.timedelta(days=1)
    return (here.hour >= 22 or here.hour < 6) and begun.weekday() < 5


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([dt.date(2026, 3, 27), dt.date(2026, 10, 23), dt.date(2026, 7, 1)]),
    st.integers(0, 72 * 60),
    st.integers(1, 60 * 60),
)
def test_off_peak_hours_follow_the_zone_s_clock_over_its_changes(day: dt.date, after: int, minutes: int) -> None:
    begin = dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() + after * 60
    usage = replace(USAGE, machine="night", cpus=60.0, started=begin, seconds=minutes * 60.0)
    halves = sum(1 if off_peak(begin + 60 * minute + 30) else 2 for minute in range(minutes))
    assert euros(usage) == pytest.approx(Decimal(halves) / 2, abs=Decimal("1e-8"))


@settings(deadline=None)
@given(
    st.sampled_from(["plain", "whole", "night", "changing"]),
    st.floats(0, 4 * HOUR),
    st.floats(0.01, 0.99),
    st.floats(0, 64),
    st.floats(0, 1e5),
)
def test_a_usage_that_is_cut_in_two_costs_the_same(
    machine: str, seconds: float, share: float, cpus: float, cpu_seconds: float
) -> None:
    start = NOON - 4 * HOUR
    whole = replace(USAGE, machine=machine, started=start, seconds=seconds, cpus=cpus, cpu_seconds=cpu_seconds)
    first = replace(whole, seconds=seconds * share, cpu_seconds=cpu_seconds * share)
    rest = replace(
        whole,
        started=start + first.seconds,
        seconds=seconds - first.seconds,
        cpu_seconds=cpu_seconds - first.cpu_seconds,
    )
    amounts = [cost_of(usage, BOOK).amount for usage in (whole, first, rest)]
    assert None not in amounts
    all_of_it, one, other = (amount or 0 for amount in amounts)
    # Clock times have 64 bits: a quarter of a microsecond now, times what the machine costs.
    assert abs(all_of_it - one - other) <= 2 + 1e-6 * NANO * max(cpus, 1) / 1000
