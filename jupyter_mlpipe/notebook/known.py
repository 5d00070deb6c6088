"""What reading the notebook so far has taught about its names.

One ``Known`` is carried from statement to statement; ``dataflow`` adds to it and ``purity`` asks it. This module is not
for deciding anything.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field, fields
from enum import StrEnum

BUILTINS: frozenset[str] = frozenset(
    name for name in dir(builtins) if not (name.startswith("_"))
) | {"get_ipython", "display", "exit", "quit", "aiter", "anext", "EncodingWarning", "ExceptionGroup",
     "BaseExceptionGroup", "PythonFinalizationError", "copyright", "credits", "license", "help"}  # fmt: skip
"""Names that every kernel has without anyone binding them."""


class Value(StrEnum):
    """How far a replayable value can be shared before a copy of it would differ from it."""

    FIXED = "fixed"
    """Cannot change, nor can its parts."""
    FLAT = "flat"
    """A container that can change, of parts that cannot."""
    DEEP = "deep"
    """Can change, and its parts may too."""
    ITERATOR = "iterator"
    """Is used up by being read."""


@dataclass(slots=True)
class Known:
    """Names and what they stand for at this point of the notebook."""

    imports: dict[str, str] = field(default_factory=dict)
    """Name -> dotted origin: ``plt`` -> ``matplotlib.pyplot``."""
    module_names: set[str] = field(default_factory=set)
    """Names that surely stand for modules (``import x``)."""
    definitions: set[str] = field(default_factory=set)
    constants: dict[str, Value] = field(default_factory=dict)
    """Names bound by replayable statements to values."""
    bound: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    """Modules that were star-imported."""
    effectful: dict[str, int] = field(default_factory=dict)
    """Functions and classes that print and the like when called, with how deep in nested functions (1: at once)."""
    hooked: dict[str, frozenset[str]] = field(default_factory=dict)
    """Classes that act when they are subclassed, with the classes that this may change."""
    changes: dict[str, frozenset[str]] = field(default_factory=dict)
    """Globals that calling a function changes in place."""
    seeders: set[str] = field(default_factory=set)
    opaque_functions: set[str] = field(default_factory=set)
    future_annotations: bool = False

    def copy(self) -> Known:
        """An independent copy."""
        twin = Known(future_annotations=self.future_annotations)
        for item in fields(self):
            value = getattr(self, item.name)
            if not isinstance(value, bool):
                setattr(twin, item.name, value.copy())
        return twin

    def learn_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """The import's names stand for modules, or for what it takes from them."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.imports[name] = alias.name if alias.asname else name
                self.module_names.add(name)
                self.bound.add(name)
            return
        module = node.module or ""
        for alias in node.names:
            if module == "__future__":
                self.future_annotations |= alias.name == "annotations"
            elif alias.name == "*":
                self.stars.append(module)
            else:
                name = alias.asname or alias.name
                self.imports[name] = f"{module}.{alias.name}"
                self.bound.add(name)

    def forget(self, name: str) -> None:
        """The name is bound to something else from here on."""
        self.imports.pop(name, None)
        self.constants.pop(name, None)
        self.changes.pop(name, None)
        self.effectful.pop(name, None)
        self.hooked.pop(name, None)
        for names in (self.module_names, self.definitions, self.seeders, self.opaque_functions):
            names.discard(name)

    def origin(self, name: str) -> str | None:
        """Dotted origin of a name: what it was imported from, or ``builtins.x``. None where the notebook made it."""
        found = self.imports.get(name)
        if found is not None:
            return found
        if name in self.bound:
            return None
        if name in BUILTINS and not (self.stars and name in ("sum", "min", "max", "abs", "all", "any", "round", "pow")):
            return f"builtins.{name}"
        if self.stars and not name.startswith("_"):
            return f"{self.stars[-1]}.{name}"
        return None
