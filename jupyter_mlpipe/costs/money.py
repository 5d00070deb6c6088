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


def digits_for(total: int, currency: str) -> int:
    """How many digits show a total of any size: cents, or as many as its first three that count take."""
    usual = digits_of(currency)
    if not total or abs(total) >= NANO:
        return usual
    return min(9, max(usual, 2 - to_decimal(abs(total)).adjusted()))


def round_together(amounts: Sequence[int], digits: int, total: Decimal | None = None) -> list[Decimal]:
    """Round amounts so that the rounded ones add up to the rounded total: those with the largest remainders go up.

    Parameters
    ----------
    amounts
        Billionths of one currency.
    digits
        Behind the point.
    total
        What they shall add up to: a rounded total of theirs; their own where None.

    Returns
    -------
    list of Decimal
        In units of the currency, in the order of `amounts`.
    """
    step = NANO // 10**digits
    floors = [amount // step for amount in amounts]
    whole = _EXACT.divide(Decimal(sum(amounts)), Decimal(step)) if total is None else total.scaleb(digits)
    largest = sorted(range(len(amounts)), key=lambda index: (floors[index] * step - amounts[index], index))
    for index in largest[: int(_EXACT.to_integral_value(whole)) - sum(floors)]:
        floors[index] += 1
    return [Decimal(floor).scaleb(-digits) for floor in floors]


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
