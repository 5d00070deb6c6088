"""What gates look at: numbers, stored values, and the model in production. Not for judging (``judging``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_mlpipe.errors import MlpipeError, UnmeasurableError
from jupyter_mlpipe.models.gates.columns import column_of
from jupyter_mlpipe.models.gates.measures import REQUIRED, Measure, Taken
from jupyter_mlpipe.notebook.gate_language.syntax import Column, Flag, Given, Group, Name, Number, Text
from jupyter_mlpipe.notebook.suggest import nearest

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext, StoredValue

MOST_LISTED = 10


class GateEvidence(Protocol):
    """What a gate may look at.

    Implementers must ensure that nothing is loaded before it is asked for, and that ``value`` is asked only after
    ``safe``: loading a value that is not safe can run code.
    """

    @property
    def numbers(self) -> Mapping[str, float]:
        """Numbers by name."""

    def value(self, name: str) -> Any:
        """Load a value. Raises ``KeyError`` where there is none of this name."""

    def size(self, name: str) -> int:
        """Bytes that a value takes as it is stored. Raises ``KeyError``."""

    def safe(self, name: str) -> bool:
        """Whether loading it cannot run code. Raises ``KeyError``."""

    def names(self) -> Iterable[str]:
        """Names that have a value."""

    def production(self, model_name: str | None) -> Any | None:
        """The model that is in production now, under this registered name; None where there is none.

        Raises
        ------
        UnmeasurableError
            Which model is in production cannot be told here, or it cannot be loaded.
        """


class StageEvidence:
    """What a stage bound and made, and below that what it read.

    Parameters
    ----------
    context
        Of the stage, after it has a result.
    production
        Gives the model that is in production, by its registered name.
    """

    def __init__(self, context: StageContext, production: Callable[[str | None], Any | None] | None = None) -> None:
        self._context = context
        self._production = production

    @property
    def numbers(self) -> Mapping[str, float]:
        """Numbers that the stage bound."""
        return self._context.numbers

    def value(self, name: str) -> Any:
        """Load a value that the stage made or read."""
        return self._stored(name).load()

    def size(self, name: str) -> int:
        """Bytes in the store; of values that share memory or identity, of all of them."""
        return self._stored(name).artifact.size

    def safe(self, name: str) -> bool:
        """Whether its codec runs no code."""
        return self._stored(name).artifact.safe

    def names(self) -> Iterable[str]:
        """Names of what it made, then of what it read."""
        return dict.fromkeys([*self._context.artifacts, *self._inputs])

    def production(self, model_name: str | None) -> Any | None:
        """The model in production."""
        if self._production is None:
            raise UnmeasurableError(
                "which model is in production is not known here", hint="gate the promotion on it, not the stage"
            )
        return self._production(model_name)

    @property
    def _inputs(self) -> Mapping[str, StoredValue]:
        return self._context.inputs

    def _stored(self, name: str) -> StoredValue:
        made = self._context.artifacts
        return made[name] if name in made else self._inputs[name]


class Values:
    """Values for measures, each loaded once. Errors are sentences for people."""

    def __init__(self, evidence: GateEvidence) -> None:
        self._evidence = evidence
        self._loaded: dict[str, Any] = {}

    def arguments(self, measure: Measure, given: Mapping[str, Given | None]) -> dict[str, Taken]:
        """What a measure takes, from what the gate says.

        Raises
        ------
        UnmeasurableError
            A value is not there, cannot be loaded, or may not be.
        """
        taken: dict[str, Taken] = {}
        for parameter in measure.parameters:
            node = given[parameter.name]
            if node is None:
                default = None if parameter.default is REQUIRED else parameter.default
                taken[parameter.name] = Taken(parameter.name, default)
            elif parameter.kind == "stored":
                self._known(str(node))
                taken[parameter.name] = Taken(str(node), str(node))
            elif parameter.kind == "columns":
                items = node.items if isinstance(node, Group) else (node,)
                taken[parameter.name] = Taken(str(node), tuple(Taken(str(item), self._of(item)) for item in items))
            else:
                taken[parameter.name] = Taken(str(node), self._of(node))
        return taken

    def load(self, name: str) -> Any:
        """A value by its name. Raises `UnmeasurableError`."""
        if name not in self._loaded:
            self._known(name)
            if not self._evidence.safe(name):
                raise UnmeasurableError(
                    f"{name} is stored as a pickle, and loading it here could run code",
                    hint="bind its predictions in the stage and gate on those",
                )
            try:
                self._loaded[name] = self._evidence.value(name)
            except MlpipeError as error:
                raise UnmeasurableError(f"{name} cannot be loaded: {error.message}", hint=error.hint) from error
        return self._loaded[name]

    def _known(self, name: str) -> None:
        names = list(self._evidence.names())
        if name not in names:
            raise UnmeasurableError(f"there is no value named {name}; {listed(name, names, 'values')}")

    def _of(self, node: Given) -> Any:
        match node:
            case Name(name):
                return self.load(name)
            case Column(frame, column):
                return column_of(self.load(frame), frame, column)
            case Number():
                quantity = node.quantity
                return int(quantity) if quantity.is_integer() else quantity
            case Text(value) | Flag(value):
                return value
        raise AssertionError(node)


def listed(name: str, known: Iterable[str], what: str) -> str:
    """What there is instead, the nearest name first: ``did you mean `auc`? Numbers: auc, loss``."""
    names = sorted(known)
    if not names:
        return f"there are no {what}"
    hint = nearest(name, names, "")
    close = hint.startswith("did you mean")
    if close:
        best = hint.split("`")[1]
        names = [best, *(other for other in names if other != best)]
    rest = f", and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    there = f"{', '.join(names[:MOST_LISTED])}{rest}"
    return f"{hint} ({what}: {there})" if close else f"{what} are: {there}"
