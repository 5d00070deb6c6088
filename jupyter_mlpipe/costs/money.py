"""Amounts of money: whole billionths of a currency, so that sums are exact in any order; and what people see of them.

Not for prices (``prices``).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

NANO = 10**9
"""An amount is so many times the currency's unit."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})


def to_amount(money: Decimal) -> int:
    """A sum of money as an amount, rounded half to even."""
    return int(_EXACT.to_integral_value(_EXACT.multiply(money, Decimal(NANO))))


def to_decimal(amount: int) -> Decimal:
    """An amount in units of the currency, exactly."""
    return _EXACT.divide(Decimal(amount), Decimal(NANO))


def digits_of(currency: str) -> int:
    """How many digits people write behind the point."""
    return 0 if currency in _WITHOUT_CENTS else 2


def round_together(amounts: Sequence[int], currency: str = "") -> list[Decimal]:
    """Round amounts to cents so that the rounded ones add up to the rounded total: the largest remainders go up.

    Returns
    -------
    list of Decimal
        In units of the currency, in the order of `amounts`.
    """
    cent = NANO // 10 ** digits_of(currency)
    floors = [amount // cent for amount in amounts]
    total = int(_EXACT.to_integral_value(_EXACT.divide(Decimal(sum(amounts)), Decimal(cent))))
    largest = sorted(range(len(amounts)), key=lambda index: (floors[index] * cent - amounts[index], index))
    for index in largest[: total - sum(floors)]:
        floors[index] += 1
    return [_EXACT.multiply(Decimal(whole), Decimal(cent).scaleb(-9)) for whole in floors]


def shown(amount: int | None, currency: str) -> str:
    """An amount for people: ``12.34 USD``; two digits that count where it is less than a cent; ``unknown``."""
    if amount is None:
        return "unknown"
    digits = digits_of(currency)
    money = to_decimal(amount)
    if amount and abs(amount) < NANO // 10**digits:
        small = Context(prec=2, rounding=ROUND_HALF_EVEN).plus(money)
        return f"{small:f} {currency}".strip()
    return f"{money:,.{digits}f} {currency}".strip()
