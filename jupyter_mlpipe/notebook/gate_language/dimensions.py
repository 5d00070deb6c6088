"""Refuses gates that compare seconds with bytes. A plain number may be compared with anything. Not for conversion."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlpipe.notebook.gate_language.syntax import (
    All,
    Arithmetic,
    Call,
    Comparison,
    Condition,
    Either,
    Function,
    Negative,
    Not,
    Number,
    Quantity,
    Within,
)
from jupyter_mlpipe.notebook.gate_language.tokens import refusal
from jupyter_mlpipe.notebook.gate_language.units import Dimension

_WORDS: Mapping[Dimension, str] = {"time": "a time", "size": "a size in bytes"}


def check_dimensions(condition: Condition, text: str, measures: Mapping[str, Dimension | None] | None = None) -> None:
    """Refuse what compares or adds quantities of different dimension, where both are known.

    Parameters
    ----------
    condition
        What was read.
    text
        As it was written, for the error.
    measures
        What measures give, by name; what is not in it is not known.

    Raises
    ------
    GateSyntaxError
        Says where and what.
    """
    match condition:
        case All(parts) | Either(parts):
            for part in parts:
                check_dimensions(part, text, measures)
        case Not(inner):
            check_dimensions(inner, text, measures)
        case Comparison(operands, _, start):
            _same(operands, start, text, measures or {})
        case Within(operand, low, high):
            _same((operand, low, high), condition.start, text, measures or {})


def dimension_of(quantity: Quantity, text: str, measures: Mapping[str, Dimension | None]) -> Dimension | None:
    """What it is a quantity of; None for a plain number and for what is not known. Raises as `check_dimensions`."""
    match quantity:
        case Number():
            return quantity.dimension
        case Call(name):
            return measures.get(name)
        case Negative(operand):
            return dimension_of(operand, text, measures)
        case Function(_, operands, start):
            return _same(operands, start, text, measures)
        case Arithmetic("+" | "-", left, right, start):
            return _same((left, right), start, text, measures)
        case Arithmetic(operator, left, right, start):
            one, other = dimension_of(left, text, measures), dimension_of(right, text, measures)
            if operator == "*" and one and other:
                raise refusal(text, start, f"{_WORDS[one]} cannot be multiplied by {_WORDS[other]}")
            if operator == "*" or not other:
                return one or other
            if one and one != other:
                raise refusal(text, start, f"{_WORDS[one]} cannot be divided by {_WORDS[other]}")
    return None


def _same(
    operands: tuple[Quantity, ...], start: int, text: str, measures: Mapping[str, Dimension | None]
) -> Dimension | None:
    known: dict[Dimension, Quantity] = {}
    for operand in operands:
        dimension = dimension_of(operand, text, measures)
        if dimension is not None:
            known.setdefault(dimension, operand)
    if len(known) > 1:
        (one, first), (other, second) = list(known.items())[:2]
        raise refusal(text, start, f"{first} is {_WORDS[one]} and {second} is {_WORDS[other]}: they cannot be compared")
    return next(iter(known), None)
