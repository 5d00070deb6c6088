"""Judges gates over evidence: which hold, which do not, which cannot be checked, and why.

A gate on an estimate with an interval holds only where the interval's bound does: ``>=`` looks at the lower end, ``<=``
at the upper one. ``not`` is moved inwards first (``not a > b`` is ``a <= b``), so that doubt never helps a gate. What
cannot be checked (a name that is not bound, NaN, a measure that the values do not allow) does not hold, with or without
``not``; with ``or`` the other side may still hold. Not for recording verdicts, nor for reading gates (``reading``).
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.errors import MlpipeError, UnmeasurableError
from jupyter_mlpipe.models.gates import estimates, wording
from jupyter_mlpipe.models.gates.estimates import Estimate, json_value
from jupyter_mlpipe.models.gates.evidence import GateEvidence, Values, listed
from jupyter_mlpipe.models.gates.measures import bind
from jupyter_mlpipe.models.gates.reading import parse_gate
from jupyter_mlpipe.notebook.gate_language.syntax import (
    All,
    Arithmetic,
    Call,
    Comparison,
    Condition,
    Either,
    Function,
    Name,
    Negative,
    Not,
    Number,
    Operator,
    Predicate,
    Quantity,
    Within,
    calls,
)

OPPOSITE: Mapping[Operator, Operator] = {">=": "<", "<": ">=", "<=": ">", ">": "<=", "==": "!=", "!=": "=="}

_SIMPLE = ("name", "operator", "limit", "value", "low", "high", "confidence")
"""What a gate that is one comparison says of it beside its verdict."""


@dataclass(frozen=True)
class Check:
    """What was found of one gate."""

    gate: str
    """As the user wrote it."""
    passed: bool
    text: str
    """One line for people: ``auc is 0.71, at least 0.75 asked``."""
    reasons: tuple[str, ...] = ()
    """Whole sentences: why it does not hold."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: comparisons, estimates, evidence, seconds."""

    def to_json(self) -> dict[str, Any]:
        """JSON values for the ledger."""
        return {"gate": self.gate, "passed": self.passed, "text": self.text, **self.facts}


@dataclass(frozen=True)
class Finding:
    """What was found of one comparison or predicate."""

    condition: str
    holds: bool | None
    """None: it cannot be checked."""
    text: str
    """For people; where it cannot be checked, why."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Why it does not hold."""
        verb = "cannot be checked" if self.holds is None else "does not hold"
        return f"{self.condition} {verb}: {self.text}"


def judge(gates: Sequence[str], evidence: GateEvidence) -> list[Check]:
    """Judge gates.

    Parameters
    ----------
    gates
        As users write them.
    evidence
        What they look at. A value is loaded once for all gates.

    Returns
    -------
    list of Check
        One for each gate, in their order.

    Raises
    ------
    GateSyntaxError
        One of them cannot be read.
    """
    conditions = [parse_gate(gate) for gate in gates]
    court = _Court(evidence)
    return [court.check(gate, condition) for gate, condition in zip(gates, conditions, strict=True)]


class _Court:
    """Judges gates over one evidence, and keeps what it has measured."""

    def __init__(self, evidence: GateEvidence) -> None:
        self._evidence = evidence
        self._values = Values(evidence)
        self._measured: dict[Call, Estimate | UnmeasurableError] = {}

    def check(self, gate: str, condition: Condition) -> Check:
        begun = time.perf_counter()
        seen = dict.fromkeys(calls(condition))
        holds, findings = self._judged(condition, negated=False)
        sentences = [found.sentence for found in findings if not found.holds]
        if holds is not True and isinstance(condition, Either | Not):
            sentences = [f"{condition} {'cannot be checked' if holds is None else 'does not hold'}: "
                         + "; ".join(dict.fromkeys(found.text for found in findings))]  # fmt: skip
        measured = {call: found for call in seen if isinstance(found := self._measured.get(call), Estimate)}
        facts: dict[str, Any] = {
            "comparisons": [{**found.facts, "passed": found.holds is True} for found in findings],
            "estimates": [_estimated(call, found) for call, found in measured.items()],
            "evidence": {str(call): json_value(found.evidence) for call, found in measured.items() if found.evidence},
            "seconds": round(time.perf_counter() - begun, 6),
        }
        if len(findings) == 1:
            facts |= {key: value for key, value in findings[0].facts.items() if key in _SIMPLE}
        shown = [found for found in findings if found.holds] if holds and isinstance(condition, Either) else findings
        text = "; ".join(dict.fromkeys(found.text if found.holds is not None else found.sentence for found in shown))
        return Check(gate, holds is True, text, () if holds else tuple(dict.fromkeys(sentences)), facts)

    # -- conditions --------------------------------------------------------------------------------------------------

    def _judged(self, condition: Condition, *, negated: bool) -> tuple[bool | None, list[Finding]]:
        match condition:
            case Not(inner):
                return self._judged(inner, negated=not negated)
            case All(parts) | Either(parts):
                found = [self._judged(part, negated=negated) for part in parts]
                every = isinstance(condition, All) is not negated
                return _joined([holds for holds, _ in found], every), [item for _, items in found for item in items]
            case Comparison(operands, operators):
                pairs = zip(operands, operators, operands[1:], strict=False)
                findings = [
                    self._found(left, OPPOSITE[sign] if negated else sign, right) for left, sign, right in pairs
                ]
                return _joined([item.holds for item in findings], every=not negated), findings
            case Within():
                finding = self._within(condition, negated=negated)
                return finding.holds, [finding]
            case Predicate(call):
                finding = self._predicate(call, negated=negated)
                return finding.holds, [finding]

    def _found(self, left: Quantity, sign: Operator, right: Quantity) -> Finding:
        condition = str(Comparison((left, right), (sign,)))
        if isinstance(left, Number) and not isinstance(right, Number):
            left, sign, right = right, wording.MIRRORED[sign], left
        facts: dict[str, Any] = {"name": wording.subject(left), "operator": sign, "limit": None, "value": None}
        try:
            one = self._estimate(left)
            facts |= wording.figures(one)
            other = self._estimate(right)
            facts["limit"] = json_value(other.value)
            if sign in ("==", "!=") and not (one.certain and other.certain) and sign == "==":
                raise UnmeasurableError(
                    f"an estimate with an interval is never known to be equal; write {left} in [a, b]"
                )
        except UnmeasurableError as error:
            return Finding(condition, None, _with_hint(error), facts)
        return Finding(condition, _holds(one, sign, other), wording.compared(left, one, sign, right, other), facts)

    def _within(self, node: Within, *, negated: bool) -> Finding:
        condition = f"{'not ' if negated else ''}{node}"
        facts: dict[str, Any] = {"name": wording.subject(node.operand), "operator": "in", "limit": node.interval}
        try:
            found = self._estimate(node.operand)
            facts |= wording.figures(found)
            low, high = self._estimate(node.low), self._estimate(node.high)
        except UnmeasurableError as error:
            return Finding(condition, None, _with_hint(error), facts)
        if negated:
            below = _holds(found, "<" if node.low_closed else "<=", low)
            above = _holds(found, ">" if node.high_closed else ">=", high)
            holds = below or above
        else:
            above_low = _holds(found, ">=" if node.low_closed else ">", low)
            holds = above_low and _holds(found, "<=" if node.high_closed else "<", high)
        return Finding(condition, holds, wording.within(node, found, negated=negated), facts)

    def _predicate(self, call: Call, *, negated: bool) -> Finding:
        condition = f"{'not ' if negated else ''}{call}"
        facts: dict[str, Any] = {"name": wording.subject(call), "operator": None, "limit": None, "value": None}
        try:
            found = self._estimate(call)
        except UnmeasurableError as error:
            return Finding(condition, None, _with_hint(error), facts)
        facts["value"] = json_value(found.value)
        return Finding(condition, (found.value != 0) is not negated, found.note or str(call), facts)

    # -- quantities --------------------------------------------------------------------------------------------------

    def _estimate(self, node: Quantity) -> Estimate:
        """Raises `UnmeasurableError`."""
        match node:
            case Number():
                unit = {"time": "s", "size": "B"}.get(node.dimension or "")
                return Estimate(node.quantity, unit=unit)
            case Name(name):
                return self._number(name)
            case Negative(operand):
                return estimates.negative(self._estimate(operand))
            case Arithmetic(operator, left, right):
                return _number_of(estimates.combined(operator, self._estimate(left), self._estimate(right)), str(node))
            case Function(name, operands):
                found = [self._estimate(operand) for operand in operands]
                if name == "abs":
                    return estimates.absolute(found[0])
                return estimates.least(found) if name == "min" else estimates.greatest(found)
            case Call():
                return self._measure(node)

    def _number(self, name: str) -> Estimate:
        numbers = self._evidence.numbers
        if name in numbers:
            return _number_of(Estimate(float(numbers[name])), name)
        if name not in set(self._evidence.names()):
            raise UnmeasurableError(f"no number named {name} is bound; {listed(name, numbers, 'numbers')}")
        value = self._values.load(name)
        if value is None:
            raise UnmeasurableError(f"{name} is None")
        scalar = value.item() if getattr(value, "size", None) == 1 and hasattr(value, "item") else value
        if not isinstance(scalar, int | float):
            raise UnmeasurableError(f"{name} is {_kind(value)}, no number")
        return _number_of(Estimate(float(scalar)), name)

    def _measure(self, call: Call) -> Estimate:
        if call not in self._measured:
            try:
                self._measured[call] = self._called(call)
            except UnmeasurableError as error:
                self._measured[call] = error
        found = self._measured[call]
        if isinstance(found, UnmeasurableError):
            raise found
        return _number_of(found, call.name)

    def _called(self, call: Call) -> Estimate:
        measure, given = bind(call, str(call))
        taken = self._values.arguments(measure, given)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of libraries; what matters is refused by the measure itself
                found = measure.call(taken, self._evidence)
        except MlpipeError:
            raise  # the measure's own word, or that of a registry that does not answer
        except Exception as error:  # a measure is anybody's code, and so is a model
            raise UnmeasurableError(f"{call.name} failed: {type(error).__name__}: {error}") from error
        if not isinstance(found, Estimate):
            raise UnmeasurableError(f"{call.name} gave {_kind(found)}, not an Estimate")
        return found


def _estimated(call: Call, found: Estimate) -> dict[str, Any]:
    return {
        "measure": str(call),
        "value": json_value(found.value),
        "low": json_value(found.low),
        "high": json_value(found.high),
        "confidence": found.confidence,
        "unit": found.unit,
        "note": found.note,
    }


def _holds(left: Estimate, sign: Operator, right: Estimate) -> bool:
    """Whether it holds for every value of both intervals."""
    match sign:
        case ">=":
            return left.lowest >= right.highest
        case ">":
            return left.lowest > right.highest
        case "<=":
            return left.highest <= right.lowest
        case "<":
            return left.highest < right.lowest
        case "==":
            return left.value == right.value
        case "!=":
            return left.highest < right.lowest or left.lowest > right.highest


def _joined(parts: list[bool | None], every: bool) -> bool | None:
    """Kleene's logic: what cannot be checked is neither true nor false."""
    decisive = not every
    if decisive in parts:
        return decisive
    return None if None in parts else every


def _number_of(found: Estimate, name: str) -> Estimate:
    if math.isnan(found.value) or math.isnan(found.lowest) or math.isnan(found.highest):
        raise UnmeasurableError(f"{name} is NaN")
    return found


def _with_hint(error: UnmeasurableError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _kind(value: object) -> str:
    kind = type(value)
    return (
        kind.__name__
        if kind.__module__ in ("builtins", "__main__")
        else f"{kind.__module__.split('.')[0]}.{kind.__name__}"
    )
