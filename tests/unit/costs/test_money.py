"""Amounts of money: exact, and rounded so that what is shown adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.costs.money import NANO, round_together, shown, to_amount, to_decimal

AMOUNTS = st.lists(st.integers(0, 10**15), max_size=30)


@given(AMOUNTS, st.sampled_from(["USD", "JPY"]))
def test_rounded_amounts_add_up_to_the_rounded_total(amounts: list[int], currency: str) -> None:
    rounded = round_together(amounts, currency)
    (total,) = round_together([sum(amounts)], currency)
    assert sum(rounded, Decimal(0)) == total
    cent = Decimal(1) if currency == "JPY" else Decimal("0.01")
    assert all(abs(one - to_decimal(amount)) < cent for one, amount in zip(rounded, amounts, strict=True))


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
