"""Measures: what a gate may call, what each takes, and where they come from.

A measure is a plug-in. Ours are in the files beside this one; those of others come by the entry point group
``jupyter_mlpipe.gates``, whose entries name a `Measure` and cannot take the name of one of ours. Not for judging.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlpipe.errors import GateSyntaxError, UnmeasurableError
from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.notebook.gate_language.syntax import Call, Column, Flag, Given, Group, Name, Number, Text
from jupyter_mlpipe.notebook.gate_language.tokens import refusal
from jupyter_mlpipe.notebook.gate_language.units import Dimension
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.columns import vector

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence

GROUP = "jupyter_mlpipe.gates"
"""Entry point group from which measures come."""

Kind = Literal["value", "columns", "stored", "number", "text", "label"]
"""``value``: a name or ``frame.column``, loaded. ``columns``: one such or several in parentheses. ``stored``: a name
whose value is not loaded. ``label``: a number, a text, or True or False."""

REQUIRED: Any = object()
"""The default of a parameter that must be given."""

_FAMILIES = ("performance", "improvement", "fairness", "serving_cost", "signature")


@dataclass(frozen=True)
class Parameter:
    """What a measure takes under one name."""

    name: str
    kind: Kind
    doc: str
    default: Any = REQUIRED
    within: tuple[float, float] | None = None
    """Of a number: the least and the greatest that make sense."""
    whole: bool = False
    """Of a number: whether it counts something."""
    choices: tuple[str, ...] = ()
    """Of a text: what it may be; empty if anything."""

    def __str__(self) -> str:
        if self.default is REQUIRED:
            return self.name
        return f"{self.name}={self.default!r}"


@dataclass(frozen=True)
class Taken:
    """An argument as a measure gets it."""

    text: str
    """As the user wrote it, for messages: ``test.late``."""
    value: Any
    """The value; of ``columns`` a tuple of `Taken`; of ``stored`` the name; the default where it was not given."""

    @property
    def named(self) -> tuple[str, Any]:
        """Text and value, as ``statistics`` takes columns."""
        return self.text, self.value

    def column(self) -> Array:
        """Its value as one value a row, shape (rows,). Raises `UnmeasurableError`."""
        return vector(*self.named)


@dataclass(frozen=True)
class Measure:
    """A figure that a gate may ask for by name.

    Implementers must ensure that ``call`` gives the same answer for the same values (what is drawn at random is seeded
    by content), changes none of them, returns in reasonable time, and raises ``UnmeasurableError`` with a sentence for
    people where the values do not allow the figure. ``call`` gets every parameter by name.
    """

    name: str
    doc: str
    """One line for people."""
    parameters: tuple[Parameter, ...]
    call: Callable[[Mapping[str, Taken], GateEvidence], Estimate]
    dimension: Dimension | None = None
    """What it gives a quantity of."""
    predicate: bool = False
    """Whether it says yes (not zero) or no (zero), and stands alone in a gate."""

    @property
    def signature(self) -> str:
        """``roc_auc(y_true, y_score, positive=None)``."""
        return f"{self.name}({', '.join(map(str, self.parameters))})"


def known_measures() -> dict[str, Measure]:
    """All measures that are installed, by name.

    Raises
    ------
    UnmeasurableError
        One of another distribution cannot be loaded, or takes the name of one of ours.
    """
    return {**_ours(), **{point.name: measure(point.name) for point in entry_points(GROUP)}}


def measure(name: str) -> Measure:
    """The measure of this name.

    Raises
    ------
    KeyError
        There is none.
    UnmeasurableError
        It cannot be loaded.
    """
    if name in _ours():
        return _ours()[name]
    for point in entry_points(GROUP):
        if point.name == name:
            try:
                found = point.load()
            except Exception as error:
                raise UnmeasurableError(
                    f"the measure {name} of {point.distribution} cannot be loaded: {type(error).__name__}: {error}",
                    hint=f"repair or uninstall {point.distribution}",
                ) from error
            if not isinstance(found, Measure):
                raise UnmeasurableError(
                    f"the measure {name} of {point.distribution} is {type(found).__name__}, not a Measure",
                    hint="its entry point must name a jupyter_mlpipe.models.gates.Measure",
                )
            return found
    raise KeyError(name)


def bind(call: Call, text: str) -> tuple[Measure, dict[str, Given | None]]:
    """The measure that is called, and what is given for each of its parameters (None: its default).

    Raises
    ------
    GateSyntaxError
        There is no such measure, or it does not take these arguments; says in which column of `text`.
    """

    def refused(what: str) -> GateSyntaxError:
        return refusal(text, call.start, what)

    try:
        found = measure(call.name)
    except KeyError:
        names = [*_ours(), *(point.name for point in entry_points(GROUP))]
        raise refused(f"there is no measure {call.name}; {nearest(call.name, names, 'measures are')}") from None
    except UnmeasurableError as error:
        raise refused(error.message) from error
    by_name = {parameter.name: parameter for parameter in found.parameters}
    given: dict[str, Given | None] = {}
    for position, argument in enumerate(call.arguments):
        if argument.keyword is None and position >= len(found.parameters):
            raise refused(f"{call.name} takes {len(found.parameters)} arguments at most: {found.signature}")
        name = argument.keyword or found.parameters[position].name
        if name not in by_name:
            raise refused(f"{call.name} has no {name}; {nearest(name, list(by_name), 'it takes')}")
        if name in given:
            raise refused(f"{call.name} gets {name} twice")
        wrong = _wrong(by_name[name], argument.value)
        if wrong:
            raise refused(f"{name} of {call.name} is {wrong}, not {argument.value}")
        given[name] = argument.value
    missing = [item.name for item in found.parameters if item.default is REQUIRED and item.name not in given]
    if missing:
        raise refused(f"{call.name} needs {' and '.join(missing)} too: {found.signature}")
    return found, {name: given.get(name) for name in by_name}


def _wrong(parameter: Parameter, given: Given) -> str | None:
    """What it should have been; None where it is right."""
    match parameter.kind:
        case "value":
            return None if isinstance(given, Name | Column) else "the name of a value, or frame.column"
        case "columns":
            items = given.items if isinstance(given, Group) else (given,)
            if all(isinstance(item, Name | Column) for item in items):
                return None
            return "the name of a column, or several in parentheses"
        case "stored":
            return None if isinstance(given, Name) else "the name of a value"
        case "text":
            choices = " or ".join(f'"{choice}"' for choice in parameter.choices)
            if isinstance(given, Text) and (not choices or given.value in parameter.choices):
                return None
            return choices or "a text in quotation marks"
        case "label":
            right = isinstance(given, Text | Flag) or (isinstance(given, Number) and given.unit is None)
            return None if right else "a number, or a text in quotation marks"
        case "number":
            low, high = parameter.within or (float("-inf"), float("inf"))
            kind = "a whole number" if parameter.whole else "a number"
            right = isinstance(given, Number) and given.dimension is None and low <= given.quantity <= high
            if right and isinstance(given, Number) and (not parameter.whole or given.quantity.is_integer()):
                return None
            return f"{kind} from {low:g} to {high:g}" if parameter.within else kind


@lru_cache(maxsize=1)
def _ours() -> dict[str, Measure]:
    families = [import_module(f"jupyter_mlpipe.models.gates.{family}").MEASURES for family in _FAMILIES]
    return {item.name: item for family in families for item in family}
