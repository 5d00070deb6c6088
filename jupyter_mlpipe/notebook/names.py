"""The walk over statements: names that a piece of Python binds, reads, changes and deletes at module level.

It follows branches and scopes as Python does. This module is not for what a statement is for (``classify``) nor for
whether it may run twice (``purity``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_mlpipe.notebook.call_names import CallNames
from jupyter_mlpipe.notebook.pipeline import STAR
from jupyter_mlpipe.notebook.scopes import Frame, Names, When, bound_in, root_name

__all__ = ["Names", "names_of"]

_IMMEDIATE_DECORATORS = frozenset({"interact", "interactive", "interactive_output"})


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


class _Walk(CallNames):
    def __init__(self, parse: Callable[[str], ast.Module], future_annotations: bool) -> None:
        super().__init__(parse)
        self.future_annotations = future_annotations
        self.callables: set[str] = set()
        self.bare_lambda: ast.AST | None = None

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

    def name(self, node: ast.Name) -> None:
        ctx = node.ctx.__class__
        if ctx is ast.Load:
            self.load(node.id)
        elif ctx is ast.Store:
            self.store(node.id)
        else:
            self.delete_name(node.id)

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
            if not _leaves(body):
                ends.append(self.defined)
        self.defined = before
        return ends or [before]

    def if_(self, node: ast.If) -> None:
        self.visit(node.test)
        self.defined = set.intersection(*self.branch(node.body, node.orelse))

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        before = set(self.defined)
        self.visit(node.target)
        if isinstance(node.iter, ast.Call):  # ``enumerate(rows)``, ``table.items()``
            wholes = [*node.iter.args, *([node.iter.func.value] if isinstance(node.iter.func, ast.Attribute) else [])]
        else:
            wholes = [node.iter]
        if not self.frames:
            names = [item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)]
            kept = [item for item in wholes if not self.is_part_of(item, names)]
            self.parts.update(dict.fromkeys(names, kept))
        self.branch(node.body)
        self.defined = set(before)
        self.branch(node.orelse)
        self.defined = before

    def is_part_of(self, node: ast.expr, names: list[str]) -> bool:
        """Whether the expression belongs to one of the names, so that following it would not end."""
        root = root_name(node)
        return root is None or root in names or root in self.parts

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
        captured = getattr(node, "rest", None) or getattr(node, "name", None)
        if captured:
            self.store(captured)

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
        mode, self.mode = self.mode, When.LATER
        action()
        self.mode = mode

    def function(self, node: Any) -> None:
        self.visit_all(node.decorator_list)
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute) and not self.frames:
                self.mutate(target.value)  # ``@app.route("/")`` and ``@show.register`` note the function
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
        self.frames.append(Frame("function", bound, global_names, nonlocal_names))
        self.later(lambda: self.visit_all(body))
        self.frames.pop()

    def lambda_(self, node: ast.Lambda) -> None:
        bare = node is self.bare_lambda
        self.visit_all(node.args.defaults)
        self.visit_all(node.args.kw_defaults)
        bound = {argument.arg for argument in _arguments(node.args)} | bound_in([node.body])[0]
        self.frames.append(Frame("function", bound))
        mode = self.mode
        self.mode = When.LATER if bare or mode is When.LATER else When.BOTH
        self.visit(node.body)
        self.mode = mode
        self.frames.pop()

    def class_(self, node: Any) -> None:
        self.visit_all(node.decorator_list)
        parameters = self.type_parameters(node)
        self.visit_all(node.bases)
        self.visit_all(node.keywords)
        self.frames.append(Frame("class", set()))
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
        self.frames.append(Frame("function", {item.name for item in parameters}))
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
        self.frames.append(Frame("comprehension", bound))
        mode = self.mode
        if node.__class__ is ast.GeneratorExp and mode is When.NOW:
            self.mode = When.BOTH
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


def _leaves(body: Sequence[Any]) -> bool:
    """Whether the body ends in ``raise``, so that nothing after it runs."""
    return bool(body) and body[-1].__class__ is ast.Raise


def _arguments(node: ast.arguments) -> list[ast.arg]:
    extra = [item for item in (node.vararg, node.kwarg) if item is not None]
    return [*node.posonlyargs, *node.args, *node.kwonlyargs, *extra]


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
