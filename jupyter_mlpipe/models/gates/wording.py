"""Figures and comparisons in words: ``roc_auc is 0.713 (95 % interval 0.701 to 0.725), at least 0.7 asked``.

Not for deciding whether anything holds (``judging``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.models.gates.estimates import Estimate, json_value
from jupyter_mlpipe.notebook.gate_language.syntax import Call, Number, Operator, Quantity, Within
from jupyter_mlpipe.notebook.gate_language.units import Dimension, shown

MIRRORED: Mapping[Operator, Operator] = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_ASKED = {
    ">=": "at least {} asked",
    ">": "more than {} asked",
    "<=": "at most {} asked",
    "<": "less than {} asked",
    "==": "exactly {} asked",
    "!=": "anything but {} asked",
}


def subject(quantity: Quantity) -> str:
    """What a sentence on it begins with: of a measure, its name alone."""
    return quantity.name if isinstance(quantity, Call) else str(quantity)


def figures(found: Estimate) -> dict[str, Any]:
    """An estimate as JSON beside a comparison."""
    facts = {"value": json_value(found.value)}
    if not found.certain:
        facts |= {"low": json_value(found.low), "high": json_value(found.high), "confidence": found.confidence}
    return facts


def compared(left: Quantity, found: Estimate, sign: Operator, right: Quantity, limit: Estimate) -> str:
    """A comparison in words."""
    dimension = found.dimension or limit.dimension
    asked = number(limit.value, dimension, 15) if limit.certain else estimate(limit, dimension)
    asked = str(right) if isinstance(right, Number) else f"{subject(right)} ({asked})"
    text = f"{subject(left)} is {estimate(found, dimension, (limit.value, limit.lowest, limit.highest))}"
    ends = {">=": "lower", ">": "lower", "<=": "upper", "<": "upper"}
    of = f" of the {ends[sign]} end" if not found.certain and sign in ends else ""
    if found.note and math.isinf(found.value):
        return f"{subject(left)}: {found.note}"
    return f"{text}, {_ASKED[sign].format(asked)}{of}{_noted(found)}"


def within(node: Within, found: Estimate, *, negated: bool) -> str:
    """An interval in words."""
    limits = tuple(end.quantity for end in (node.low, node.high) if isinstance(end, Number))
    text = f"{subject(node.operand)} is {estimate(found, found.dimension, limits)}"
    of = "" if found.certain else " of the whole interval"
    return f"{text}, {'outside' if negated else 'within'} {node.interval} asked{of}{_noted(found)}"


def _noted(found: Estimate) -> str:
    return f": {found.note}" if found.note else ""


def estimate(found: Estimate, dimension: Dimension | None, limits: tuple[float, ...] = ()) -> str:
    """A figure with its interval."""
    dimension = found.dimension or dimension
    if found.certain:
        return number(found.value, dimension, 6, limits)
    level = f"{100 * found.confidence:.15g} % " if found.confidence is not None else ""
    low = "no lower end" if found.low is None else number(found.low, dimension, 3, limits)
    high = "no upper end" if found.high is None else number(found.high, dimension, 3, limits)
    return f"{number(found.value, dimension, 3, limits)} ({level}interval {low} to {high})"


def number(value: float, dimension: Dimension | None, digits: int = 6, limits: tuple[float, ...] = ()) -> str:
    """With as many digits as it takes to tell it from the limits, which it is compared with."""
    for count in range(digits, 17):
        text = shown(value, dimension, count)
        if not any(value != limit and shown(limit, dimension, count) == text for limit in limits):
            return text
    return shown(value, dimension, 17) if dimension else repr(value)
