"""Amounts of money: exact, and rounded so that what is shown adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.costs.money import NANO, digits_for, round_together, shown, to_amount, to_decimal

AMOUNTS = st.lists(st.integers(0, 10**15), max_size=30)


@given(AMOUNTS, st.sampled_from([0, 2, 6]))
def test_rounded_amounts_add_up_to_the_rounded_total(amounts: list[int], digits: int) -> None:
    rounded = round_together(amounts, digits)
    (total,) = round_together([sum(amounts)], digits)
    assert sum(rounded, Decimal(0)) == total
    step = Decimal(1).scaleb(-digits)
    assert all(abs(one - to_decimal(amount)) < step for one, amount in zip(rounded, amounts, strict=True))


@given(st.lists(AMOUNTS.filter(bool), min_size=1, max_size=8))
def test_the_parts_of_each_line_add_up_to_the_rounded_line(lines: list[list[int]]) -> None:
    totals = round_together([sum(line) for line in lines], 2)
    for line, total in zip(lines, totals, strict=True):
        parts = round_together(line, 2, total)
        assert sum(parts, Decimal(0)) == total
        assert all(abs(part - to_decimal(amount)) <= Decimal("0.01") for part, amount in zip(parts, line, strict=True))


@pytest.mark.parametrize(
    ("total", "currency", "digits"),
    [
        (0, "USD", 2),
        (5 * NANO, "USD", 2),
        (12_345, "USD", 7),
        (NANO // 2, "USD", 3),
        (9 * NANO, "JPY", 0),
        (1, "EUR", 9),
    ],
)
def test_a_small_total_is_shown_with_three_digits_that_count(total: int, currency: str, digits: int) -> None:
    assert digits_for(total, currency) == digits


@given(st.integers(-(10**18), 10**18))
def test_an_amount_is_what_it_was(amount: int) -> None:
    assert to_amount(to_decimal(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1234 * NANO + 565_000_000, "USD", "1,234.56 USD"),
        (123_456, "EUR", "0.00012 EUR"),
        (0, "USD", "0.00 USD"),
        (1500 * NANO, "JPY", "1,500 JPY"),
        (None, "USD", "unknown"),
    ],
)
def test_what_people_see(amount: int | None, currency: str, text: str) -> None:
    assert shown(amount, currency) == text
