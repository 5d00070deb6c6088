"""Names by Python's own scoping rules: what a name means at a place, and what a piece of code was found to do.

The walk keeps the names that are surely bound so far, so that a name counts as read only where the value may come from
before the piece. What functions, lambdas and generators read is *deferred*: it is needed when they are called.

This module is not for walking syntax trees: ``call_names`` and ``names`` build on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from jupyter_mlpipe.notebook import mutators


class When(Enum):
    """When the code that the walk stands in runs."""

    NOW = 0
    LATER = 1
    """When a function that holds it is called."""
    BOTH = 2
    """Perhaps at once, perhaps later: a lambda that is given to a call."""


@dataclass(slots=True)
class Names:
    """What the walk found. Sets are the walk's own and may be changed by its caller."""

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    deferred: set[str] = field(default_factory=set)
    mutates: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    deferred_binds: set[str] = field(default_factory=set)
    deferred_mutates: set[str] = field(default_factory=set)
    interpolated: set[str] = field(default_factory=set)
    """Names in ``{x}`` and ``$x`` of shell lines and magics: reads only if the notebook binds them."""
    modules: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    calls: dict[str, int] = field(default_factory=dict)
    """Names that functions defined here call, with how deep in functions the call stands (1: in the outermost)."""
    certain: bool = True
    opaque: bool = False
    deferred_opaque: bool = False
    seeds: bool = False
    deferred_seeds: bool = False
    immediate: bool = False
    """Whether a decorator calls the function that it decorates at once."""


@dataclass(slots=True)
class Frame:
    """A scope below module level."""

    kind: str
    """``function``, ``class`` or ``comprehension``."""
    locals: set[str]
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)


class Scopes:
    """Resolves names while a walk goes through frames, and notes what it finds."""

    def __init__(self) -> None:
        self.found = Names()
        self.frames: list[Frame] = []
        self.defined: set[str] = set()
        """Module-level names that are surely bound by what has been walked."""
        self.mode = When.NOW
        self.parts: dict[str, list[ast.expr]] = {}
        """Names of loops, with what they take their values from: to change ``row`` changes ``rows``."""
        self.used_here: set[str] = set()
        """Names that were read after this piece bound them."""

    def is_local(self, name: str) -> bool:
        """Whether the name belongs to a scope below module level here."""
        top = len(self.frames) - 1
        for index in range(top, -1, -1):
            frame = self.frames[index]
            if frame.kind == "class" and index != top:
                continue
            if name in frame.globals:
                return False
            if name in frame.locals:
                return True
        return False

    def load(self, name: str) -> None:
        """The name is read."""
        if name.startswith("__") and name.endswith("__") and len(name) > 4:
            return
        if self.frames and self.is_local(name):
            return
        if self.mode is not When.LATER:
            if name in self.defined:
                self.used_here.add(name)
            else:
                self.found.reads.add(name)
        if self.mode is not When.NOW:
            self.found.deferred.add(name)

    def store(self, name: str, *, walrus: bool = False) -> None:
        """The name is bound; a walrus binds outside its comprehensions."""
        index = len(self.frames) - 1
        while walrus and index >= 0 and self.frames[index].kind == "comprehension":
            index -= 1
        if index < 0:
            if self.mode is When.LATER:
                self.found.deferred_binds.add(name)
            else:
                self.found.binds.add(name)
                self.defined.add(name)
            return
        frame = self.frames[index]
        if name in frame.globals:
            if self.mode is When.NOW:
                self.found.binds.add(name)
                self.defined.add(name)
            else:
                self.found.deferred_binds.add(name)
        elif name not in frame.nonlocals:
            frame.locals.add(name)

    def mutate(self, node: ast.AST | None) -> None:
        """The object that this expression is a part of may change in place."""
        name = root_name(node)
        if name is None or (self.frames and self.is_local(name)):
            return
        for whole in self.parts.get(name, ()):
            self.mutate(whole)
        if name in self.defined:
            return
        if self.mode is not When.LATER:
            self.found.mutates.add(name)
        if self.mode is not When.NOW:
            self.found.deferred_mutates.add(name)

    def delete_name(self, name: str) -> None:
        """The name is deleted."""
        if self.frames and (self.is_local(name) or self.mode is When.LATER):
            return
        self.load(name)
        self.found.deletes.add(name)
        self.defined.discard(name)

    def function_depth(self) -> int:
        """In how many functions the walk stands."""
        return sum(frame.kind == "function" for frame in self.frames)

    def be_opaque(self) -> None:
        """The code here may read or bind any name."""
        if self.mode is When.LATER:
            self.found.deferred_opaque = True
        else:
            self.found.opaque = True


def bound_in(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    """Names that a function's body binds, declares global and declares nonlocal; nested scopes are left out."""
    bound: set[str] = set()
    global_names: set[str] = set()
    nonlocal_names: set[str] = set()
    stack: list[Any] = list(nodes)
    while stack:
        node = stack.pop()
        cls = node.__class__
        if cls is ast.Name:
            if node.ctx.__class__ is not ast.Load:
                bound.add(node.id)
        elif cls in (ast.FunctionDef, ast.AsyncFunctionDef):
            bound.add(node.name)
            stack.extend(node.decorator_list)
            stack.extend(node.args.defaults)
        elif cls is ast.ClassDef:
            bound.add(node.name)
            stack.extend(node.decorator_list)
            stack.extend(node.bases)
        elif cls is ast.Lambda:
            stack.extend(node.args.defaults)
        elif cls in (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp):
            bound.update(_walrus_targets(node))
        elif cls is ast.Global:
            global_names.update(node.names)
        elif cls is ast.Nonlocal:
            nonlocal_names.update(node.names)
        elif cls is ast.Import:
            bound.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif cls is ast.ImportFrom:
            bound.update(alias.asname or alias.name for alias in node.names)
        elif cls is not ast.Constant:
            name = getattr(node, "rest", None) if cls is ast.MatchMapping else None
            if cls in (ast.ExceptHandler, ast.MatchAs, ast.MatchStar):
                name = node.name
            if name:
                bound.add(name)
            stack.extend(ast.iter_child_nodes(node))
    bound -= global_names
    bound -= nonlocal_names
    return bound, global_names, nonlocal_names


def _walrus_targets(node: ast.AST) -> set[str]:
    return {item.target.id for item in ast.walk(node) if isinstance(item, ast.NamedExpr)}


def root_name(node: ast.AST | None) -> str | None:
    """The name whose object ``node`` is a part of: ``df`` in ``df.loc[0].x``."""
    while node is not None:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in mutators.RETURNS_PART:
                return None
            node = node.func.value
        else:
            return None
    return None
