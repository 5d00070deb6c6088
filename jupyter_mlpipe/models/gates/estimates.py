"""What a measure gives: a figure, where it is an estimate with the interval that it lies in, and what it rests on.

Arithmetic on estimates is interval arithmetic: the result's interval holds every result of numbers from the operands'
intervals (R. E. Moore, *Interval Analysis*, 1966). It knows nothing of what the operands have in common, so it is never
too narrow, and ``x - x`` is not zero. Not for estimating anything (``bootstrap``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.notebook.gate_language.units import Dimension


@dataclass(frozen=True)
class Estimate:
    """A figure. With `low` or `high` it is an estimate, and a gate holds only where its bound does."""

    value: float
    low: float | None = None
    """Lower end of the interval. None, where `high` is given: nothing is known."""
    high: float | None = None
    unit: str | None = None
    """``s`` for a time, ``B`` for a size, None for a plain number."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON values for the record: what it rests on."""
    confidence: float | None = None
    """Of the interval: 0.95."""
    note: str = ""
    """What people should know of it, as the end of a sentence: ``there is no model in production yet``."""

    @property
    def certain(self) -> bool:
        """Whether it is a plain figure without an interval."""
        return self.low is None and self.high is None

    @property
    def lowest(self) -> float:
        """The end of the interval that ``>=`` looks at."""
        if self.certain:
            return self.value
        return -math.inf if self.low is None else self.low

    @property
    def highest(self) -> float:
        """The end of the interval that ``<=`` looks at."""
        if self.certain:
            return self.value
        return math.inf if self.high is None else self.high

    @property
    def dimension(self) -> Dimension | None:
        """What it is a quantity of."""
        return {"s": "time", "B": "size"}.get(self.unit or "")  # type: ignore[return-value]


def negative(operand: Estimate) -> Estimate:
    """``-x``."""
    return _of(-operand.value, (-operand.highest, -operand.lowest), [operand], operand.unit)


def absolute(operand: Estimate) -> Estimate:
    """``abs(x)``."""
    low, high = operand.lowest, operand.highest
    ends = (0.0 if low <= 0 <= high else min(abs(low), abs(high)), max(abs(low), abs(high)))
    return _of(abs(operand.value), ends, [operand], operand.unit)


def least(operands: list[Estimate]) -> Estimate:
    """``min(x, y, …)``."""
    ends = (min(item.lowest for item in operands), min(item.highest for item in operands))
    return _of(min(item.value for item in operands), ends, operands, _unit(operands))


def greatest(operands: list[Estimate]) -> Estimate:
    """``max(x, y, …)``."""
    ends = (max(item.lowest for item in operands), max(item.highest for item in operands))
    return _of(max(item.value for item in operands), ends, operands, _unit(operands))


def combined(operator: str, left: Estimate, right: Estimate) -> Estimate:
    """``left operator right``, for ``+ - * /``.

    Raises
    ------
    UnmeasurableError
        What is divided by is zero, or may be.
    """
    both = [left, right]
    if operator == "-":
        return combined("+", left, negative(right))
    if operator == "+":
        ends = (left.lowest + right.lowest, left.highest + right.highest)
        return _of(left.value + right.value, ends, both, _unit(both))
    if operator == "/":
        if right.lowest <= 0 <= right.highest:
            what = "zero" if right.certain else "a figure whose interval holds zero"
            raise UnmeasurableError(f"it divides by {what}", hint="compare products instead: a >= 0.1 * b")
        inverse = _of(1 / right.value, (1 / right.highest, 1 / right.lowest), [right], None)
        unit = None if left.unit == right.unit else left.unit
        product = combined("*", left, inverse)
        return Estimate(product.value, product.low, product.high, unit, {}, product.confidence, product.note)
    corners = [one * other for one in (left.lowest, left.highest) for other in (right.lowest, right.highest)]
    # Infinity times zero: the end is not known.
    ends = (-math.inf, math.inf) if any(map(math.isnan, corners)) else (min(corners), max(corners))
    return _of(left.value * right.value, ends, both, _unit(both))


def _of(value: float, ends: tuple[float, float], operands: list[Estimate], unit: str | None) -> Estimate:
    note = "; ".join(dict.fromkeys(item.note for item in operands if item.note))
    if all(item.certain for item in operands):
        return Estimate(value, unit=unit, note=note)
    confidences = [item.confidence for item in operands if item.confidence is not None]
    return Estimate(value, ends[0], ends[1], unit, {}, min(confidences, default=None), note)


def _unit(operands: Iterable[Estimate]) -> str | None:
    return next((item.unit for item in operands if item.unit is not None), None)


def json_value(value: Any) -> Any:
    """The value as JSON: numbers that are not finite become None, NumPy's scalars Python's, anything odd its text."""
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if getattr(value, "shape", None) is not None and hasattr(value, "tolist"):
        return json_value(value.tolist())
    return str(value)
