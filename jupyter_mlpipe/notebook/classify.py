"""What a top-level statement is for, and whether it may run again in another kernel.

The answer is careful: a statement counts as a definition, a constant or a configuration only where everything in it is
known to be so. All else runs exactly once, which is always right and at worst slower.

This module is not for finding names (``names``), judging expressions (``purity``) or functions (``definitions``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from jupyter_mlpipe.notebook import magic_calls, module_calls, purity
from jupyter_mlpipe.notebook.definitions import (
    FUNCTIONS,
    is_definition,
    is_imported,
    is_plain_target,
    is_type_expression,
)
from jupyter_mlpipe.notebook.known import Known, Value
from jupyter_mlpipe.notebook.pipeline import Kind
from jupyter_mlpipe.notebook.scopes import Names, root_name

Verdict = tuple[Kind, bool, Value | None]
"""Kind, whether it is replayable, and for a replayable binding of a value how far the value can be shared."""

OUR_MAGICS = frozenset({"pipeline", "stages", "stage_inputs", "restore", "drift"})
_SCOPED = frozenset({"warnings.catch_warnings", "contextlib.suppress", "numpy.errstate"})
_SILENT_MAGICS = frozenset({"load_ext", "reload_ext", "autoreload", "aimport", "unload_ext"})


def classify(node: ast.stmt, found: Names, known: Known, parse: Callable[[str], ast.Module]) -> Verdict:
    """Say what a statement is for. ``parse`` reads the Python under a cell magic."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return Kind.IMPORT, not found.opaque, None
    changes = bool(found.binds or found.mutates or found.deletes)
    otherwise = Kind.BIND if changes else Kind.EFFECT
    if found.opaque or found.seeds:
        return otherwise, False, None
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        made = not found.immediate and is_definition(node, known)
        return (Kind.DEFINE, True, None) if made else (Kind.BIND, False, None)
    if node.__class__.__name__ == "TypeAlias":
        return Kind.DEFINE, True, None
    if isinstance(node, ast.Expr):
        return _expression(node.value, otherwise, known, parse)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return _assignment(node, otherwise, known)
    if isinstance(node, (ast.Pass, ast.Global)):
        return Kind.EFFECT, True, None
    if isinstance(node, (ast.If, ast.Try, ast.With)):
        return _block([node], otherwise, known, parse)
    return otherwise, False, None


def inner_statements(node: ast.stmt, parse: Callable[[str], ast.Module]) -> list[ast.stmt]:
    """Statements that run as a part of this one, at module level: in blocks, and under ``%%time`` and the like."""
    if isinstance(node, ast.If):
        return [*node.body, *node.orelse]
    if isinstance(node, ast.With):
        return list(node.body)
    if isinstance(node, ast.Try):
        return [
            *node.body,
            *(item for handler in node.handlers for item in handler.body),
            *node.orelse,
            *node.finalbody,
        ]
    if isinstance(node, ast.Expr):
        call = magic_calls.shell_call(node.value)
        if call is not None and call.name in magic_calls.TRANSPARENT:
            return [item for code in magic_calls.read(call).code for item in parse(code).body]
    return []


def shows(node: ast.stmt, displayed: bool, known: Known) -> bool:
    """Whether a replayable statement may print or display something, so that its cell must run once as well.

    ``displayed`` says whether it is the last expression of its cell.
    """
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Constant):
        return displayed and node.value.value is not None
    call = magic_calls.shell_call(node.value)
    if call is not None:
        quiet = {"matplotlib": bool(call.line.strip()), "config": "=" in call.line}
        return not (quiet.get(call.name, call.name in _SILENT_MAGICS) or call.name == "capture")
    origin = purity.dotted(node.value.func, known) if isinstance(node.value, ast.Call) else None
    if origin is None:
        return displayed
    return origin in module_calls.DISPLAYS or (displayed and not module_calls.returns_nothing(origin))


def _expression(node: ast.expr, otherwise: Kind, known: Known, parse: Callable[[str], ast.Module]) -> Verdict:
    if isinstance(node, ast.Constant):
        return Kind.EFFECT, True, None
    if not isinstance(node, ast.Call):
        return otherwise, False, None
    magic = magic_calls.shell_call(node)
    if magic is not None:
        return _magic(node, magic, otherwise, known, parse)
    origin = purity.dotted(node.func, known)
    if origin is None:
        origin = _part_method(node.func, known)
    elif not is_imported(node.func, known):
        origin = None
    if origin is None or not module_calls.configures(origin):
        return otherwise, False, None
    values = [*node.args, *(word.value for word in node.keywords)]
    if all(_argument(value, known, folder=origin.startswith("sys.path.")) for value in values):
        return Kind.CONFIGURE, True, None
    return otherwise, False, None


def _part_method(node: ast.expr, known: Known) -> str | None:
    """``logging.getLogger("x").setLevel``: a logger is a part of the module ``logging``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        origin = purity.dotted(node.value.func, known)
        if origin in module_calls.MODULE_PARTS and purity.is_replayable(node.value, known):
            return f"{origin}.{node.attr}"
    return None


def _argument(node: ast.expr, known: Known, *, folder: bool) -> bool:
    if isinstance(node, ast.Name) and node.id in known.constants:
        return known.constants[node.id] in (Value.FIXED, Value.FLAT)
    return purity.is_replayable(node, known, folder=folder)


def _magic(
    node: ast.Call, call: magic_calls.ShellCall, otherwise: Kind, known: Known, parse: Callable[[str], ast.Module]
) -> Verdict:
    words = call.line.split()
    if call.name in magic_calls.TRANSPARENT and not (call.name == "capture" and magic_calls.read(call).binds):
        return _block([ast.Expr(node)], otherwise, known, parse)
    if call.method != "run_line_magic":
        return otherwise, False, None
    if call.name in OUR_MAGICS or (call.name in ("load_ext", "reload_ext") and words[:1] == ["jupyter_mlpipe"]):
        return Kind.DIRECTIVE, False, None
    if call.name in module_calls.CONFIGURE_MAGICS and not magic_calls.interpolated_names(call.line):
        return Kind.CONFIGURE, True, None
    return otherwise, False, None


# -- assignments --------------------------------------------------------------------------------------------------


def _assignment(node: ast.Assign | ast.AnnAssign, otherwise: Kind, known: Known) -> Verdict:
    targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
    if isinstance(node, ast.AnnAssign):
        typed = known.future_annotations or is_type_expression(node.annotation, known)
        if node.value is None:
            named = isinstance(node.target, ast.Name)
            return (Kind.EFFECT if named else otherwise), named and typed, None
        if not typed:
            return otherwise, False, None
    if node.value is None:
        return otherwise, False, None
    if all(is_plain_target(target) for target in targets):
        value = purity.value_of(node.value, known)
        if value is None or value is Value.ITERATOR:
            return Kind.BIND, False, None
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in targets):
            starred = any(isinstance(item, ast.Starred) for target in targets for item in ast.walk(target))
            value = Value.FIXED if value in (Value.FIXED, Value.FLAT) and not starred else Value.DEEP
        return Kind.BIND, True, value
    if any(isinstance(target, ast.Name) for target in targets):
        return otherwise, False, None
    places = [_place_of(target) for target in targets]
    if all(is_imported(place, known) or _part_method(place, known) for place in places):
        return _module_assignment(node.value, targets, known)
    if all(_is_patch(target, known) for target in targets) and purity.value_of(node.value, known) is Value.FIXED:
        return Kind.DEFINE, True, None
    return otherwise, False, None


def _module_assignment(value: ast.expr, targets: list[ast.expr], known: Known) -> Verdict:
    """``mod.x = 3``, ``plt.rcParams["a"] = 3``, ``ImportedClass.f = g``."""
    place = _place_of(targets[0])
    origin = purity.dotted(place, known) or _part_method(place, known) or ""
    indices = [target.slice for target in targets if isinstance(target, ast.Subscript)]
    if (
        module_calls.configuring_assignment(origin)
        and _argument(value, known, folder=origin.startswith("sys.path"))
        and all(purity.is_replayable(index, known) for index in indices)
    ):
        return Kind.CONFIGURE, True, None
    of_modules = all(root_name(target) in (None, *known.module_names) for target in targets)
    return (Kind.EFFECT if of_modules else Kind.BIND), False, None


def _is_patch(target: ast.expr, known: Known) -> bool:
    """``Point.norm = norm`` on a class or function of the notebook: it is defined so from here on."""
    return (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id in known.definitions
    )


def _place_of(target: ast.expr) -> ast.expr:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


# -- blocks -------------------------------------------------------------------------------------------------------


def _block(nodes: list[ast.stmt], otherwise: Kind, known: Known, parse: Callable[[str], ast.Module]) -> Verdict:
    """``if TYPE_CHECKING:``, ``try: import x``, ``%%time`` over imports: replayable if every statement inside is."""
    kinds = judge_block(nodes, known.copy(), parse)
    if not kinds:
        return otherwise, False, None
    for kind in (Kind.DEFINE, Kind.IMPORT, Kind.CONFIGURE):
        if kind in kinds:
            return (Kind.DEFINE if kind is Kind.IMPORT else kind), True, None
    return otherwise, True, None


def judge_block(nodes: Iterable[ast.stmt], known: Known, parse: Callable[[str], ast.Module]) -> set[Kind]:
    """Kinds of the statements inside, from which ``known`` learns; empty if one of them is not replayable."""
    kinds: set[Kind] = set()
    for node in nodes:
        kind = _judge(node, known, parse)
        if kind is None:
            return set()
        kinds |= kind
    return kinds


def _judge(node: ast.stmt, known: Known, parse: Callable[[str], ast.Module]) -> set[Kind] | None:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        known.learn_import(node)
        return {Kind.IMPORT}
    if isinstance(node, ast.Pass):
        return {Kind.EFFECT}
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        if not is_definition(node, known):
            return None
        known.bound.add(node.name)
        known.definitions.add(node.name)
        return {Kind.DEFINE}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        kind, replayable, value = _assignment(node, Kind.EFFECT, known)
        if replayable and value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name)):
                known.bound.add(name)
                # In one branch it may be a list, in the other none: the less it can be shared counts.
                known.constants[name] = value if known.constants.get(name, Value.FIXED) is Value.FIXED else Value.DEEP
        return {kind} if replayable else None
    if isinstance(node, ast.If) and not purity.is_replayable(node.test, known):
        return None
    if isinstance(node, ast.Try):
        types = [handler.type for handler in node.handlers if handler.type is not None]
        if not all(purity.is_replayable(item, known) for item in types):
            return None
    if isinstance(node, ast.With) and not all(_is_scoped(item, known) for item in node.items):
        return None
    inner = inner_statements(node, parse)
    if inner:
        return judge_block(inner, known, parse) or None
    if isinstance(node, ast.Expr):
        kind, replayable, _ = _expression(node.value, Kind.EFFECT, known, parse)
        return {kind} if replayable else None
    return None


def _is_scoped(item: ast.withitem, known: Known) -> bool:
    call = item.context_expr
    if item.optional_vars is not None or not isinstance(call, ast.Call):
        return False
    values = [*call.args, *(word.value for word in call.keywords)]
    return purity.dotted(call.func, known) in _SCOPED and all(purity.is_replayable(value, known) for value in values)
