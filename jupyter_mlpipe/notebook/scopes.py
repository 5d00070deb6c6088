"""Names that a piece of Python binds, reads, changes and deletes at module level, by Python's own scoping rules.

The walk keeps the names that are surely bound so far, so that a name counts as read only where the value may come from
before the piece. What functions, lambdas and generators read is *deferred*: it is needed when they are called.

This module is not for what a statement is for (``dataflow``) nor for whether it may run twice (``purity``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.notebook import magic_calls, mutators
from jupyter_mlpipe.notebook.pipeline import STAR

_NOW, _LATER, _BOTH = 0, 1, 2
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATH = re.compile(r"(?:[A-Za-z]:)?[\w~.@+,=(){}\[\]*?\\/ -]*\Z")
_EXTENSION = re.compile(r"[\w)\]}*]\.[A-Za-z][A-Za-z0-9_]{0,7}\Z")
_IMMEDIATE_DECORATORS = frozenset({"interact", "interactive", "interactive_output"})


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
    calls: set[str] = field(default_factory=set)
    """Dotted texts of what functions defined here call when they are called."""
    certain: bool = True
    opaque: bool = False
    deferred_opaque: bool = False
    seeds: bool = False
    deferred_seeds: bool = False
    immediate: bool = False
    """Whether a decorator calls the function that it decorates at once."""


@dataclass(slots=True)
class _Frame:
    kind: str  # "function", "class", "comprehension"
    locals: set[str]
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)


def names_of(
    nodes: ast.AST | Sequence[ast.AST], *, parse: Callable[[str], ast.Module], future_annotations: bool = False
) -> Names:
    """Walk statements in order, as one piece.

    Parameters
    ----------
    nodes
        One statement or several.
    parse
        Turns the body of a cell magic into a syntax tree; may raise any error, which makes the body opaque.
    future_annotations
        Whether ``from __future__ import annotations`` is in force.
    """
    walk = _Walk(parse, future_annotations)
    for node in [nodes] if isinstance(nodes, ast.AST) else nodes:
        walk.visit(node)
    return walk.finish()


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


class _Walk:
    def __init__(self, parse: Callable[[str], ast.Module], future_annotations: bool) -> None:
        self.found = Names()
        self.parse = parse
        self.future_annotations = future_annotations
        self.frames: list[_Frame] = []
        self.defined: set[str] = set()
        self.mode = _NOW
        self.callables: set[str] = set()
        self.used_here: set[str] = set()
        self.bare_lambda: ast.AST | None = None
        self.depth = 0

    def finish(self) -> Names:
        found = self.found
        found.certain = found.binds <= self.defined
        if self.callables & self.used_here or found.immediate:
            # A function of this piece is called in this piece: what it needs is needed now.
            found.reads |= found.deferred - self.defined - self.callables
            found.mutates |= found.deferred_mutates
            found.binds |= found.deferred_binds
            found.opaque |= found.deferred_opaque
            found.seeds |= found.deferred_seeds
            if found.deferred_binds - self.defined:
                found.certain = False
        return found

    # -- dispatch ---------------------------------------------------------------------------------------------

    def visit(self, node: Any) -> None:
        method = _METHODS.get(node.__class__)
        if method is not None:
            method(self, node)
            return
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def visit_all(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # -- names ------------------------------------------------------------------------------------------------

    def is_local(self, name: str) -> bool:
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
        if name.startswith("__") and name.endswith("__") and len(name) > 4:
            return
        if self.frames and self.is_local(name):
            return
        if self.mode != _LATER:
            if name in self.defined:
                self.used_here.add(name)
            else:
                self.found.reads.add(name)
        if self.mode != _NOW:
            self.found.deferred.add(name)

    def store(self, name: str, *, walrus: bool = False) -> None:
        index = len(self.frames) - 1
        while walrus and index >= 0 and self.frames[index].kind == "comprehension":
            index -= 1
        if index < 0:
            if self.mode == _LATER:
                self.found.deferred_binds.add(name)
            else:
                self.found.binds.add(name)
                self.defined.add(name)
            return
        frame = self.frames[index]
        if name in frame.globals:
            if self.mode == _NOW:
                self.found.binds.add(name)
                self.defined.add(name)
            else:
                self.found.deferred_binds.add(name)
        elif name not in frame.nonlocals:
            frame.locals.add(name)

    def mutate(self, node: ast.AST | None) -> None:
        name = root_name(node)
        if name is None or (self.frames and self.is_local(name)):
            return
        if self.mode != _LATER:
            self.found.mutates.add(name)
        if self.mode != _NOW:
            self.found.deferred_mutates.add(name)

    def name(self, node: ast.Name) -> None:
        ctx = node.ctx.__class__
        if ctx is ast.Load:
            self.load(node.id)
        elif ctx is ast.Store:
            self.store(node.id)
        else:
            self.delete_name(node.id)

    def delete_name(self, name: str) -> None:
        if self.frames and (self.is_local(name) or self.mode == _LATER):
            return
        self.load(name)
        self.found.deletes.add(name)
        self.defined.discard(name)

    def place(self, node: ast.Attribute | ast.Subscript) -> None:
        if node.ctx.__class__ is not ast.Load:
            self.mutate(node.value)
        self.visit(node.value)
        if node.__class__ is ast.Subscript:
            self.visit(node.slice)  # type: ignore[union-attr]
        elif node.attr in mutators.NAMESPACE_ATTRIBUTES and _is_shell(node.value):  # type: ignore[union-attr]
            self.be_opaque()

    def be_opaque(self) -> None:
        if self.mode == _LATER:
            self.found.deferred_opaque = True
        else:
            self.found.opaque = True

    # -- statements -------------------------------------------------------------------------------------------

    def assign(self, node: ast.Assign) -> None:
        if node.value.__class__ is ast.Lambda and all(target.__class__ is ast.Name for target in node.targets):
            self.bare_lambda = node.value
            self.callables.update(target.id for target in node.targets)  # type: ignore[attr-defined]
        self.visit(node.value)
        self.visit_all(node.targets)

    def ann_assign(self, node: ast.AnnAssign) -> None:
        self.annotation(node.annotation)
        if node.value is not None:
            if node.value.__class__ is ast.Lambda:
                self.bare_lambda = node.value
            self.visit(node.value)
            self.visit(node.target)
        elif node.target.__class__ is not ast.Name:
            self.visit(node.target)

    def aug_assign(self, node: ast.AugAssign) -> None:
        target = node.target
        if isinstance(target, ast.Name):
            self.load(target.id)
            self.mutate(target)
            self.visit(node.value)
            self.store(target.id)
        else:
            self.visit(target)
            self.visit(node.value)

    def branch(self, *bodies: Sequence[Any]) -> list[set[str]]:
        before = set(self.defined)
        ends = []
        for body in bodies:
            self.defined = set(before)
            self.visit_all(body)
            ends.append(before if _leaves(body) else self.defined)
        self.defined = before
        return ends

    def if_(self, node: ast.If) -> None:
        self.visit(node.test)
        self.defined = set.intersection(*self.branch(node.body, node.orelse))

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        before = set(self.defined)
        self.visit(node.target)
        self.branch(node.body)
        self.defined = set(before)
        self.branch(node.orelse)
        self.defined = before

    def while_(self, node: ast.While) -> None:
        self.visit(node.test)
        self.branch(node.body)
        self.branch(node.orelse)

    def try_(self, node: Any) -> None:
        before = set(self.defined)
        self.visit_all(node.body)
        after_body = set(self.defined)
        self.visit_all(node.orelse)
        ends = [set(self.defined)]
        for handler in node.handlers:
            self.defined = set(before)
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name and not self.frames:
                self.defined.add(handler.name)
            self.visit_all(handler.body)
            if handler.name and handler.name not in before:
                self.defined.discard(handler.name)
            if not _leaves(handler.body):
                ends.append(self.defined)
        self.defined = set.intersection(*ends)
        if not node.handlers:
            self.defined = after_body | self.defined
        self.visit_all(node.finalbody)

    def match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        before = set(self.defined)
        ends: list[set[str]] = []
        total = False
        for case in node.cases:
            self.defined = set(before)
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            self.visit_all(case.body)
            ends.append(self.defined)
            irrefutable = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            total = total or (irrefutable and case.guard is None)
        self.defined = set.intersection(*ends) if total else before

    def capture(self, node: Any) -> None:
        for name in ("pattern", "patterns", "keys", "cls", "kwd_patterns"):
            value = getattr(node, name, None)
            self.visit_all(value if isinstance(value, list) else [value])
        name = getattr(node, "rest", None) or getattr(node, "name", None)
        if name:
            self.store(name)

    def global_(self, node: ast.Global) -> None:
        if self.frames:
            self.frames[-1].globals.update(node.names)

    def import_(self, node: ast.Import) -> None:
        for alias in node.names:
            self.found.modules.add(alias.name)
            if alias.name == "__main__":
                self.be_opaque()
            self.store(alias.asname or alias.name.partition(".")[0])

    def import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.found.modules.add(module)
        if module == "__main__":
            self.be_opaque()
        for alias in node.names:
            if alias.name == "*":
                self.store(STAR)
            else:
                self.found.modules.add(module + alias.name if module.endswith(".") else f"{module}.{alias.name}")
                self.store(alias.asname or alias.name)

    # -- scopes -----------------------------------------------------------------------------------------------

    def annotation(self, node: ast.AST | None) -> None:
        if node is None:
            return
        if self.future_annotations:
            self.later(lambda: self.visit(node))
        else:
            self.visit(node)

    def later(self, action: Callable[[], None]) -> None:
        mode, self.mode = self.mode, _LATER
        action()
        self.mode = mode

    def function(self, node: Any) -> None:
        self.visit_all(node.decorator_list)
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if getattr(target, "attr", getattr(target, "id", "")) in _IMMEDIATE_DECORATORS:
                self.found.immediate = True
        self.visit_all(node.args.defaults)
        self.visit_all(node.args.kw_defaults)
        parameters = self.type_parameters(node)
        arguments = _arguments(node.args)
        for argument in arguments:
            self.annotation(argument.annotation)
        self.annotation(node.returns)
        self.body_of(node.body, arguments)
        if parameters:
            self.frames.pop()
        if not self.frames:
            self.callables.add(node.name)
        self.store(node.name)

    def body_of(self, body: list[Any], arguments: list[ast.arg]) -> None:
        bound, global_names, nonlocal_names = bound_in(body)
        bound.update(argument.arg for argument in arguments)
        self.frames.append(_Frame("function", bound, global_names, nonlocal_names))
        self.later(lambda: self.visit_all(body))
        self.frames.pop()

    def lambda_(self, node: ast.Lambda) -> None:
        bare = node is self.bare_lambda
        self.visit_all(node.args.defaults)
        self.visit_all(node.args.kw_defaults)
        bound = {argument.arg for argument in _arguments(node.args)} | bound_in([node.body])[0]
        self.frames.append(_Frame("function", bound))
        mode = self.mode
        self.mode = _LATER if bare or mode == _LATER else _BOTH
        self.visit(node.body)
        self.mode = mode
        self.frames.pop()

    def class_(self, node: Any) -> None:
        self.visit_all(node.decorator_list)
        parameters = self.type_parameters(node)
        self.visit_all(node.bases)
        self.visit_all(node.keywords)
        self.frames.append(_Frame("class", set()))
        self.visit_all(node.body)
        self.frames.pop()
        if parameters:
            self.frames.pop()
        if not self.frames:
            self.callables.add(node.name)
        self.store(node.name)

    def type_parameters(self, node: Any) -> bool:
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return False
        self.frames.append(_Frame("function", {item.name for item in parameters}))
        for item in parameters:
            for part in (getattr(item, "bound", None), getattr(item, "default_value", None)):
                if part is not None:
                    self.later(lambda part=part: self.visit(part))  # type: ignore[misc]
        return True

    def type_alias(self, node: Any) -> None:
        parameters = self.type_parameters(node)
        self.later(lambda: self.visit(node.value))
        if parameters:
            self.frames.pop()
        self.store(node.name.id)

    def comprehension(self, node: Any) -> None:
        generators = node.generators
        self.visit(generators[0].iter)
        bound: set[str] = set()
        for generator in generators:
            bound |= {item.id for item in ast.walk(generator.target) if isinstance(item, ast.Name)}
        self.frames.append(_Frame("comprehension", bound))
        mode = self.mode
        if node.__class__ is ast.GeneratorExp and mode == _NOW:
            self.mode = _BOTH
        for index, generator in enumerate(generators):
            if index:
                self.visit(generator.iter)
            if generator.target.__class__ is not ast.Name:
                self.visit(generator.target)
            self.visit_all(generator.ifs)
        self.visit_all([node.key, node.value] if node.__class__ is ast.DictComp else [node.elt])
        self.mode = mode
        self.frames.pop()

    def walrus(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.store(node.target.id, walrus=True)

    # -- calls and constants ----------------------------------------------------------------------------------

    def call(self, node: ast.Call) -> None:
        magic = magic_calls.shell_call(node)
        if magic is not None:
            self.magic(magic)
            return
        func = node.func
        if isinstance(func, ast.Attribute):
            self.method_call(node, func)
        elif isinstance(func, ast.Name):
            self.function_call(node, func.id)
        self.visit(func)
        self.visit_all(node.args)
        self.visit_all(node.keywords)

    def method_call(self, node: ast.Call, func: ast.Attribute) -> None:
        attribute = func.attr
        if mutators.is_mutator(attribute) or any(
            word.arg == "inplace" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            for word in node.keywords
        ):
            self.mutate(func.value)
        if attribute in mutators.CHANGES_FIRST_ARGUMENT and node.args:
            self.mutate(node.args[0])
        self.keywords_out(node)
        if attribute in mutators.SEEDERS:
            self.seed()
        if attribute == "import_module" or attribute == "__import__":
            self.dynamic_import(node)
        if _is_shell(func.value) and attribute in mutators.NAMESPACE_ATTRIBUTES:
            self.be_opaque()

    def function_call(self, node: ast.Call, name: str) -> None:
        if self.mode != _NOW:
            self.found.calls.add(name)
        if name in mutators.CHANGES_FIRST_ARGUMENT and node.args:
            self.mutate(node.args[0])
        self.keywords_out(node)
        if name in mutators.SEEDERS:
            self.seed()
        if name in ("import_module", "__import__"):
            self.dynamic_import(node)
        elif name in ("exec", "eval") and node.args:
            self.run_text(node.args[0])
        elif name == "globals" or (name in ("locals", "vars") and not node.args and not self.in_function()):
            self.be_opaque()

    def in_function(self) -> bool:
        return any(frame.kind == "function" for frame in self.frames)

    def keywords_out(self, node: ast.Call) -> None:
        for word in node.keywords:
            if word.arg == "out":
                self.mutate(word.value)

    def seed(self) -> None:
        if self.mode == _LATER:
            self.found.deferred_seeds = True
        else:
            self.found.seeds = True

    def dynamic_import(self, node: ast.Call) -> None:
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            self.found.modules.add(first.value)
            if first.value == "__main__":
                self.be_opaque()

    def run_text(self, node: ast.AST) -> None:
        """``eval("x + 1")`` with a literal is read like the code it holds; all else is opaque."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and self.depth < 5:
            self.inner(node.value)
        else:
            self.be_opaque()

    def inner(self, text: str) -> None:
        self.depth += 1
        try:
            tree = self.parse(text)
        except Exception:  # not Python that we can read: it may do anything
            self.be_opaque()
        else:
            self.visit_all(tree.body)
        self.depth -= 1

    def magic(self, magic: magic_calls.ShellCall) -> None:
        effect = magic_calls.read(magic)
        for name in effect.binds:
            self.store(name)
        self.found.interpolated |= effect.interpolated
        for path in effect.paths:
            self.text(path)
        for name in effect.reads:
            self.load(name)
        if effect.opaque:
            self.be_opaque()
        if effect.star:
            self.store(STAR)
        for code in effect.code:
            if effect.leaks:
                self.inner(code)
            else:
                self.isolated(code)

    def isolated(self, code: str) -> None:
        """Code that runs in a function of its own (``%%timeit``): what it binds does not stay."""
        defined, binds = set(self.defined), set(self.found.binds)
        self.inner(code)
        self.defined, self.found.binds = defined, binds

    def constant(self, node: ast.Constant) -> None:
        if node.value.__class__ is str:
            self.text(node.value)  # type: ignore[arg-type]

    def text(self, text: str) -> None:
        if 1 < len(text) <= 260 and ("/" in text or "." in text or "\\" in text) and _PATH.match(text):
            if not _URL.match(text) and (_EXTENSION.search(text) or "/" in text.strip("/ ") or text[:1] in "/~"):
                self.found.paths.add(text)


def _leaves(body: Sequence[Any]) -> bool:
    """Whether the body ends in ``raise``, so that nothing after it runs."""
    return bool(body) and body[-1].__class__ is ast.Raise


def _arguments(node: ast.arguments) -> list[ast.arg]:
    extra = [item for item in (node.vararg, node.kwarg) if item is not None]
    return [*node.posonlyargs, *node.args, *node.kwonlyargs, *extra]


def _is_shell(node: ast.AST) -> bool:
    return (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython") or (
        isinstance(node, ast.Name) and node.id in ("ip", "ipython", "shell")
    )


_METHODS: dict[type[ast.AST], Callable[[_Walk, Any], None]] = {
    ast.Name: _Walk.name,
    ast.Constant: _Walk.constant,
    ast.Attribute: _Walk.place,
    ast.Subscript: _Walk.place,
    ast.Call: _Walk.call,
    ast.Assign: _Walk.assign,
    ast.AnnAssign: _Walk.ann_assign,
    ast.AugAssign: _Walk.aug_assign,
    ast.NamedExpr: _Walk.walrus,
    ast.If: _Walk.if_,
    ast.For: _Walk.for_,
    ast.AsyncFor: _Walk.for_,
    ast.While: _Walk.while_,
    ast.Try: _Walk.try_,
    ast.TryStar: _Walk.try_,
    ast.Match: _Walk.match,
    ast.MatchAs: _Walk.capture,
    ast.MatchStar: _Walk.capture,
    ast.MatchMapping: _Walk.capture,
    ast.Global: _Walk.global_,
    ast.Import: _Walk.import_,
    ast.ImportFrom: _Walk.import_from,
    ast.FunctionDef: _Walk.function,
    ast.AsyncFunctionDef: _Walk.function,
    ast.ClassDef: _Walk.class_,
    ast.Lambda: _Walk.lambda_,
    ast.ListComp: _Walk.comprehension,
    ast.SetComp: _Walk.comprehension,
    ast.DictComp: _Walk.comprehension,
    ast.GeneratorExp: _Walk.comprehension,
}
if hasattr(ast, "TypeAlias"):
    _METHODS[ast.TypeAlias] = _Walk.type_alias
