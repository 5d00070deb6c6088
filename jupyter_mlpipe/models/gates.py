"""Gates: conditions on the numbers a stage binds, without which nothing downstream runs.

``%%stage evaluate --gate "auc >= 0.75"`` compares ``auc``, as the stage left it, with 0.75. A gate is one comparison,
or several joined by ``and``; each is a name, one of ``>= > <= < == !=``, and a number. It is not Python and is never
evaluated as such. A name that the stage does not bind to a number, or a value that is not a number (NaN), is refused:
a gate that cannot be looked at does not hold.

This module is not for measuring anything, nor for recording the verdict (the runner does).
"""

from __future__ import annotations

import argparse
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.hooks import StageHook, Verdict

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\Z", re.IGNORECASE | re.ASCII)
_COMPARISON = re.compile(r"\s*(?P<name>\S+?)\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<number>\S+)\s*\Z")
_LONGEST = 1000
_EXAMPLE = 'write it as "auc >= 0.75", several joined by and'


@dataclass(frozen=True)
class Comparison:
    """``name operator limit``."""

    name: str
    operator: str
    limit: float

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.limit:.15g}"

    def refusal(self, numbers: Mapping[str, float]) -> str | None:
        """Why it does not hold over `numbers`; None where it holds."""
        if self.name not in numbers:
            bound = ", ".join(sorted(numbers)) or "none"
            return f"{self} cannot be checked: the stage binds no number named {self.name} (numbers it binds: {bound})"
        value = float(numbers[self.name])
        if math.isnan(value):
            return f"{self} cannot be checked: {self.name} is NaN"
        if not OPERATORS[self.operator](value, self.limit):
            return f"{self} does not hold: {self.name} is {_shown(value, self.limit)}"
        return None


def parse_gate(text: str) -> tuple[Comparison, ...]:
    """Read a gate.

    Raises
    ------
    ValueError
        It is not in the grammar; says what is wrong and how to write it.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a gate of {len(text)} characters is too long; {_EXAMPLE}")
    return tuple(_comparison(part) for part in re.split(r"\s+and\s+", text.strip()))


def _comparison(text: str) -> Comparison:
    match = _COMPARISON.match(text)
    if match is None:
        raise ValueError(f"{_quoted(text)} is no comparison; {_EXAMPLE}")
    name, number = match["name"], match["number"]
    if not name.isidentifier() or name in ("and", "or", "not"):
        raise ValueError(f"{_quoted(name)} is no name of a variable; {_EXAMPLE}")
    if not _NUMBER.match(number):
        raise ValueError(f"{_quoted(number)} is no number; {_EXAMPLE}")
    limit = float(number)
    if math.isinf(limit):
        raise ValueError(f"{_quoted(number)} is larger than any number a stage can bind")
    return Comparison(name, match["operator"], limit)


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _shown(value: float, limit: float) -> str:
    """The value with as many digits as it takes to tell it from the limit."""
    short = f"{value:g}"
    return short if float(short) != limit or value == limit else repr(value)


class GateHook(StageHook):
    """The stage hook behind ``--gate``."""

    name = "gate"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--gate``, which may be given several times."""

        def checked(text: str) -> str:
            try:
                parse_gate(text)
            except ValueError as error:
                raise argparse.ArgumentTypeError(str(error)) from error
            return " ".join(text.split())

        parser.add_argument(
            "--gate",
            action="append",
            type=checked,
            default=argparse.SUPPRESS,
            metavar="CONDITION",
            help='stop what is downstream unless it holds: "auc >= 0.75"; repeatable',
        )

    def before_stage(self, context: StageContext) -> None:
        """Nothing to look at before there are numbers."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Check every gate on the stage's line."""
        gates = context.options.extra.get("gate") or ()
        if not gates:
            return None
        reasons: list[str] = []
        checks: list[dict[str, Any]] = []
        for gate in (gates,) if isinstance(gates, str) else gates:
            for comparison in parse_gate(gate):
                refusal = comparison.refusal(context.numbers)
                value = context.numbers.get(comparison.name)
                checks.append(
                    {
                        "gate": gate,
                        "name": comparison.name,
                        "operator": comparison.operator,
                        "limit": comparison.limit,
                        "value": None if value is None or not math.isfinite(value) else float(value),
                        "passed": refusal is None,
                    }
                )
                if refusal is not None:
                    reasons.append(refusal)
        return Verdict(not reasons, tuple(reasons), {"checks": checks})
