"""Functions and classes whose making has no effect beyond binding their name.

They may be made again in any kernel. What they do when they are called does not matter here, except where making them
calls something: decorators, base classes and metaclasses, defaults, values in a class body, annotations.

This module is not for other statements (``classify``).
"""

from __future__ import annotations

import ast

from jupyter_mlpipe.notebook import module_calls, mutators, purity
from jupyter_mlpipe.notebook.known import Known, Value
from jupyter_mlpipe.notebook.scopes import Names, root_name

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_EFFECT_BUILTINS = frozenset({"print", "open", "input", "display", "exec", "eval", "setattr", "delattr", "breakpoint"})
_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__prepare__", "__class_getitem__"})
_NO_NAMES: frozenset[str] = frozenset()


def is_definition(node: ast.stmt, known: Known) -> bool:
    """Whether making this function or class has no effect beyond binding its name."""
    if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    if not all(_maker(decorator, known) for decorator in node.decorator_list):
        return False
    if isinstance(node, FUNCTIONS):
        return _signature(node, known, _NO_NAMES)
    if any(name in known.effectful for name in hooks(node, known)):
        return False
    local = _type_parameters(node)
    if not all(is_type_expression(base, known, local) for base in node.bases):
        return False
    if not all(_maker(word.value, known) or _class_value(word.value, known, local) for word in node.keywords):
        return False
    return _class_body(node.body, known, local | {node.name})


def _type_parameters(node: ast.stmt) -> frozenset[str]:
    return frozenset(item.name for item in getattr(node, "type_params", ()))


def _class_body(body: list[ast.stmt], known: Known, local: frozenset[str]) -> bool:
    for item in body:
        if isinstance(item, FUNCTIONS):
            if not _method(item, known, local):
                return False
            local = local | {item.name}
        elif isinstance(item, ast.ClassDef):
            if not is_definition(item, known):
                return False
            local = local | {item.name}
        elif isinstance(item, (ast.Assign, ast.AnnAssign)):
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            if not all(is_plain_target(target) for target in targets):
                return False
            annotation = item.annotation if isinstance(item, ast.AnnAssign) else None
            if annotation is not None and not _evaluates_to_type(annotation, known, local):
                return False
            if item.value is not None and not _class_value(item.value, known, local):
                return False
            local = local | {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(item, ast.If):
            if purity.value_of(item.test, known, local) is None:
                return False
            if not (_class_body(item.body, known, local) and _class_body(item.orelse, known, local)):
                return False
        elif not isinstance(item, ast.Pass) and not _is_bare_constant(item):
            return False
    return True


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef, known: Known, local: frozenset[str]) -> bool:
    for decorator in node.decorator_list:
        root = root_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if root not in local and not _maker(decorator, known):  # ``@value.setter``
            return False
    return _signature(node, known, local)


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, known: Known, local: frozenset[str]) -> bool:
    """Whether the defaults and annotations of a function may be evaluated anywhere."""
    arguments = node.args
    defaults = [item for item in [*arguments.defaults, *arguments.kw_defaults] if item is not None]
    if not all(purity.value_of(item, known, local) not in (None, Value.ITERATOR) for item in defaults):
        return False
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [item.annotation for item in every if item is not None] + [node.returns]
    names = local | _type_parameters(node)
    return all(item is None or _evaluates_to_type(item, known, names) for item in annotations)


def _evaluates_to_type(node: ast.expr, known: Known, local: frozenset[str]) -> bool:
    return known.future_annotations or is_type_expression(node, known, local)


def _is_bare_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _class_value(node: ast.expr, known: Known, local: frozenset[str]) -> bool:
    if purity.value_of(node, known, local) not in (None, Value.ITERATOR):
        return True
    return isinstance(node, ast.Call) and _imported_maker(node, known, local)


def _imported_maker(node: ast.Call, known: Known, local: frozenset[str] = _NO_NAMES) -> bool:
    """``Column(Integer)``, ``Field(gt=0)``: a call of something imported that is not known to have an effect."""
    origin = purity.dotted(node.func, known)
    if origin is None or not is_imported(node.func, known):
        return False
    last = origin.rpartition(".")[2]
    if origin.startswith(module_calls.EFFECT_PREFIXES) or last in module_calls.EFFECT_NAMES:
        return False
    if mutators.is_mutator(last):
        return False
    values = [*node.args, *(word.value for word in node.keywords)]
    return all(_class_value(value, known, local) for value in values)


def _maker(node: ast.expr, known: Known) -> bool:
    """A decorator, or the value of a class keyword."""
    target = node.func if isinstance(node, ast.Call) else node
    name = root_name(target)
    if name is None:
        return False
    origin = purity.dotted(target, known)
    if origin is not None:
        if origin.startswith(("atexit.", "signal.")):
            return False
    elif name not in known.definitions or known.effectful.get(name, 9) <= (2 if isinstance(node, ast.Call) else 1):
        return False
    if isinstance(node, ast.Call):
        values = [*node.args, *(word.value for word in node.keywords)]
        return all(_class_value(value, known, _NO_NAMES) for value in values)
    return True


def is_type_expression(node: ast.expr, known: Known, local: frozenset[str] = _NO_NAMES) -> bool:
    """Whether an annotation or a base class is made of types alone."""
    if purity.value_of(node, known, local) is not None:
        return True
    if isinstance(node, ast.Subscript):
        return is_type_expression(node.value, known, local) and is_type_expression(node.slice, known, local)
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(is_type_expression(item, known, local) for item in node.elts)
    if isinstance(node, ast.BinOp):
        return is_type_expression(node.left, known, local) and is_type_expression(node.right, known, local)
    return isinstance(node, ast.Call) and _imported_maker(node, known, local)


def hooks(node: ast.ClassDef, known: Known) -> frozenset[str]:
    """Classes of the notebook that making this class may change: bases that note it, and metaclasses."""
    found: set[str] = set()
    for base in node.bases:
        if isinstance(base, ast.Name):
            found |= known.hooked.get(base.id, frozenset())
    for word in node.keywords:
        if word.arg == "metaclass" and isinstance(word.value, ast.Name) and word.value.id in known.definitions:
            found.add(word.value.id)
    return frozenset(found)


def is_hooked(node: ast.ClassDef) -> bool:
    """Whether subclassing this class runs a method of it."""
    return any(isinstance(item, FUNCTIONS) and item.name in _HOOKS for item in node.body)


def effect_depth(found: Names, known: Known) -> int | None:
    """How deep in nested functions a definition prints, draws or the like; None where its text shows no effect."""
    if found.deferred_binds or found.deferred_opaque or found.deferred_seeds:
        return 1
    depths = [depth for name, depth in found.calls.items() if name in _EFFECT_BUILTINS or name in known.effectful]
    return min(depths, default=None)


def is_plain_target(target: ast.expr) -> bool:
    """Whether a target binds names only."""
    if isinstance(target, ast.Name):
        return True
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(is_plain_target(item) for item in target.elts)
    return isinstance(target, ast.Starred) and is_plain_target(target.value)


def is_imported(node: ast.expr, known: Known) -> bool:
    """Whether ``a.b.c`` is a part of something imported."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and (
        node.id in known.imports or (node.id not in known.bound and bool(known.stars))
    )
