"""Gates as frozen values, and their canonical text. Not for reading text (``parser``), nor for judging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from jupyter_mlpipe.notebook.gate_language.units import UNITS, Dimension

Operator = Literal[">=", "<=", "==", "!=", ">", "<"]
KEYWORDS = ("and", "or", "not", "in", "True", "False")
FUNCTIONS = ("abs", "min", "max")

# -- quantities -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number as written: ``0.75``, ``50ms``, ``5%``."""

    value: float
    unit: str | None = None

    @property
    def quantity(self) -> float:
        """In seconds, bytes, or as a plain number."""
        if self.unit is None:
            return self.value
        factor = UNITS[self.unit].factor
        # 7 * 0.01 is not 0.07; 7 / 100 is.
        return self.value * factor if factor >= 1 else self.value / round(1 / factor)

    @property
    def dimension(self) -> Dimension | None:
        """What it is a quantity of; None for a plain number."""
        return UNITS[self.unit].dimension if self.unit else None

    def __str__(self) -> str:
        return repr(self.value).removesuffix(".0") + (self.unit or "")


@dataclass(frozen=True)
class Name:
    """A name of the notebook: a number in a comparison, any value as an argument."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Negative:
    """``-x``."""

    operand: Quantity

    def __str__(self) -> str:
        return f"-{_inside(self.operand, 3)}"


@dataclass(frozen=True)
class Arithmetic:
    """``left + right``, and the same with ``- * /``."""

    operator: Literal["+", "-", "*", "/"]
    left: Quantity
    right: Quantity
    start: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        rank = _rank(self)
        return f"{_inside(self.left, rank)} {self.operator} {_inside(self.right, rank + 1)}"


@dataclass(frozen=True)
class Function:
    """``abs(x)``, ``min(x, y, …)``, ``max(x, y, …)`` of quantities."""

    name: str
    operands: tuple[Quantity, ...]
    start: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.operands))})"


@dataclass(frozen=True)
class Column:
    """A column of a frame as an argument: ``test.late``, ``test."late arrival"``."""

    frame: str
    column: str

    def __str__(self) -> str:
        plain = self.column.isidentifier() and self.column not in KEYWORDS
        return f"{self.frame}.{self.column if plain else _text(self.column)}"


@dataclass(frozen=True)
class Text:
    """A quoted text as an argument."""

    value: str

    def __str__(self) -> str:
        return _text(self.value)


@dataclass(frozen=True)
class Flag:
    """``True`` or ``False`` as an argument."""

    value: bool

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Group:
    """Several arguments in one place: ``(sex, age_group)``."""

    items: tuple[Given, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))}{',' if len(self.items) == 1 else ''})"


@dataclass(frozen=True)
class Argument:
    """An argument of a measure, by position or by keyword."""

    value: Given
    keyword: str | None = None

    def __str__(self) -> str:
        return f"{self.keyword}={self.value}" if self.keyword else str(self.value)


@dataclass(frozen=True)
class Call:
    """A measure of values: ``roc_auc(y_true, y_score)``."""

    name: str
    arguments: tuple[Argument, ...]
    start: int = field(default=0, compare=False, repr=False)
    """Where it stands in the text."""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


Quantity: TypeAlias = Number | Name | Negative | Arithmetic | Function | Call
Given: TypeAlias = Number | Name | Column | Text | Flag | Group

# -- conditions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """Quantities with an operator between each two: ``auc >= 0.75``, ``0.7 <= auc <= 0.9``."""

    operands: tuple[Quantity, ...]
    operators: tuple[Operator, ...]
    start: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        first, *others = self.operands
        return " ".join([str(first), *(f"{sign} {item}" for sign, item in zip(self.operators, others, strict=True))])


@dataclass(frozen=True)
class Within:
    """``auc in [0.7, 0.9)``: a square bracket includes the end, a round one does not."""

    operand: Quantity
    low: Quantity
    high: Quantity
    low_closed: bool
    high_closed: bool
    start: int = field(default=0, compare=False, repr=False)

    @property
    def interval(self) -> str:
        """``[0.7, 0.9)``."""
        return f"{'[' if self.low_closed else '('}{self.low}, {self.high}{']' if self.high_closed else ')'}"

    def __str__(self) -> str:
        return f"{self.operand} in {self.interval}"


@dataclass(frozen=True)
class Predicate:
    """A measure that says yes or no by itself: ``accepts(model, X)``."""

    call: Call

    def __str__(self) -> str:
        return str(self.call)


@dataclass(frozen=True)
class Not:
    """``not`` a condition."""

    condition: Condition

    def __str__(self) -> str:
        inner = str(self.condition)
        return f"not ({inner})" if isinstance(self.condition, All | Either) else f"not {inner}"


@dataclass(frozen=True)
class All:
    """Conditions joined by ``and``."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, All | Either) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Either:
    """Conditions joined by ``or``."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)


Condition: TypeAlias = Comparison | Within | Predicate | Not | All | Either
Node: TypeAlias = Condition | Quantity | Given


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it; of the arguments of a measure too."""
    yield node
    for inner in _below(node):
        yield from nodes(inner)


def number_names(condition: Condition) -> set[str]:
    """Names that it needs as numbers."""
    return set(_number_names(condition))


def value_names(condition: Condition) -> set[str]:
    """Names that its measures need as values; of ``frame.column`` the frame."""
    found: set[str] = set()
    for call in calls(condition):
        for inner in nodes(call):
            if isinstance(inner, Name):
                found.add(inner.name)
            elif isinstance(inner, Column):
                found.add(inner.frame)
    return found


def calls(condition: Node) -> list[Call]:
    """The measures that it calls."""
    return [node for node in nodes(condition) if isinstance(node, Call)]


def _number_names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    elif not isinstance(node, Call):
        for inner in _below(node):
            yield from _number_names(inner)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(operand):
            return (operand,)
        case Arithmetic(_, left, right):
            return (left, right)
        case Function(_, operands) | Comparison(operands):
            return operands
        case Call(_, arguments):
            return tuple(argument.value for argument in arguments)
        case Group(items):
            return items
        case Within(operand, low, high):
            return (operand, low, high)
        case Predicate(call):
            return (call,)
        case Not(condition):
            return (condition,)
        case All(parts) | Either(parts):
            return parts
    return ()


def _rank(node: Quantity) -> int:
    if isinstance(node, Arithmetic):
        return 1 if node.operator in "+-" else 2
    return 3


def _inside(node: Quantity, rank: int) -> str:
    return f"({node})" if _rank(node) < rank else str(node)


def _text(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'
