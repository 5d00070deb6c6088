"""What a top-level statement is for, and whether it may run again in another kernel.

The answer is careful: a statement counts as a definition, a constant or a configuration only where everything in it is
known to be so. All else runs exactly once, which is always right and at worst slower.

This module is not for finding names (``scopes``) or judging expressions (``purity``).
"""

from __future__ import annotations

import ast

from jupyter_mlpipe.notebook import magic_calls, module_calls, mutators, purity
from jupyter_mlpipe.notebook.known import Known, Value
from jupyter_mlpipe.notebook.pipeline import Kind
from jupyter_mlpipe.notebook.scopes import Names, root_name

_Verdict = tuple[Kind, bool, Value | None]
_OUR_MAGICS = frozenset({"pipeline", "stages", "stage_inputs"})
_EFFECT_BUILTINS = frozenset({"print", "open", "input", "display", "exec", "eval", "setattr", "delattr", "breakpoint"})
_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__prepare__", "__class_getitem__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def classify(node: ast.stmt, found: Names, known: Known) -> _Verdict:
    """Kind, whether it is replayable, and for a replayable BIND how far its value can be shared."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return Kind.IMPORT, not found.opaque, None
    changes = bool(found.binds or found.mutates or found.deletes)
    otherwise = Kind.BIND if changes else Kind.EFFECT
    if found.opaque or found.seeds:
        return otherwise, False, None
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        if not found.immediate and is_definition(node, known):
            return Kind.DEFINE, True, None
        return Kind.BIND, False, None
    if node.__class__.__name__ == "TypeAlias":
        return Kind.DEFINE, True, None
    if isinstance(node, ast.Expr):
        return _expression(node.value, otherwise, known)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return _assignment(node, otherwise, known)
    if isinstance(node, (ast.Pass, ast.Global)):
        return Kind.EFFECT, True, None
    if isinstance(node, (ast.If, ast.Try)) and _replayable_block(node, known):
        return Kind.DEFINE, True, None
    return otherwise, False, None


def _expression(node: ast.expr, otherwise: Kind, known: Known) -> _Verdict:
    if isinstance(node, ast.Constant):
        return Kind.EFFECT, True, None
    if not isinstance(node, ast.Call):
        return otherwise, False, None
    magic = magic_calls.shell_call(node)
    if magic is not None:
        return _magic(magic, otherwise)
    origin = purity.dotted(node.func, known)
    if origin is None or not _is_imported(node.func, known) or not module_calls.configures(origin):
        return otherwise, False, None
    folder = origin.startswith("sys.path.")
    values = [*node.args, *(word.value for word in node.keywords)]
    if all(_argument(value, known, folder) for value in values):
        return Kind.CONFIGURE, True, None
    return otherwise, False, None


def _argument(node: ast.expr, known: Known, folder: bool) -> bool:
    if isinstance(node, ast.Name) and node.id in known.constants:
        return known.constants[node.id] in (Value.FIXED, Value.FLAT)
    return purity.is_replayable(node, known, folder=folder)


def _magic(call: magic_calls.ShellCall, otherwise: Kind) -> _Verdict:
    if call.method != "run_line_magic":
        return otherwise, False, None
    words = call.line.split()
    if call.name in _OUR_MAGICS or (call.name in ("load_ext", "reload_ext") and words[:1] == ["jupyter_mlpipe"]):
        return Kind.DIRECTIVE, False, None
    if call.name in module_calls.CONFIGURE_MAGICS and not magic_calls.interpolated_names(call.line):
        return Kind.CONFIGURE, True, None
    return otherwise, False, None


def _assignment(node: ast.Assign | ast.AnnAssign, otherwise: Kind, known: Known) -> _Verdict:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is None:
        replayable = isinstance(node.target, ast.Name) and purity.is_replayable(node.annotation, known)  # type: ignore[union-attr]
        return (Kind.EFFECT if isinstance(targets[0], ast.Name) else otherwise), replayable, None
    if isinstance(node, ast.AnnAssign) and not known.future_annotations:
        if not _annotation(node.annotation, known):
            return otherwise, False, None
    if all(_plain(target) for target in targets):
        value = purity.value_of(node.value, known)
        if value is None or value is Value.ITERATOR:
            return Kind.BIND, False, None
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in targets):
            value = Value.FIXED if value in (Value.FIXED, Value.FLAT) else Value.DEEP
        return Kind.BIND, True, value
    if all(_on_module(target, known) for target in targets):
        origin = purity.dotted(_place_of(targets[0]), known) or ""
        if module_calls.configuring_assignment(origin):
            if _argument(node.value, known, origin.startswith("sys.path")) and all(
                not isinstance(target, ast.Subscript) or purity.is_replayable(target.slice, known) for target in targets
            ):
                return Kind.CONFIGURE, True, None
            return Kind.BIND if otherwise is Kind.BIND and not _all_modules(targets, known) else Kind.EFFECT, False, None
        return Kind.EFFECT, False, None
    return otherwise, False, None


def _all_modules(targets: list[ast.expr], known: Known) -> bool:
    return all(root_name(target) in known.module_names for target in targets)


def _plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Name):
        return True
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_plain(item) for item in target.elts)
    return isinstance(target, ast.Starred) and _plain(target.value)


def _place_of(target: ast.expr) -> ast.expr:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def _on_module(target: ast.expr, known: Known) -> bool:
    """Whether the target is a part of something imported: ``mod.x``, ``plt.rcParams["a"]``, ``ImportedClass.f``."""
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return False
    return _is_imported(_place_of(target), known)


def _is_imported(node: ast.expr, known: Known) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and (
        node.id in known.imports or (node.id not in known.bound and bool(known.stars))
    )


# -- definitions --------------------------------------------------------------------------------------------------


def is_definition(node: ast.stmt, known: Known) -> bool:
    """Whether making this function or class has no effect beyond binding its name."""
    for decorator in node.decorator_list:  # type: ignore[attr-defined]
        if not _maker(decorator, known):
            return False
    if isinstance(node, _FUNCTIONS):
        arguments = node.args
        defaults = [item for item in [*arguments.defaults, *arguments.kw_defaults] if item is not None]
        if not all(purity.is_replayable(item, known) for item in defaults):
            return False
        if known.future_annotations:
            return True
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        local = _type_parameters(node)
        annotations = [item.annotation for item in every if item is not None and item.annotation is not None]
        annotations += [node.returns] if node.returns is not None else []
        return all(_annotation(item, known, local) for item in annotations)
    assert isinstance(node, ast.ClassDef)
    if any(isinstance(base, ast.Name) and base.id in known.hooked for base in node.bases):
        return False
    local = _type_parameters(node)
    if not all(_annotation(base, known, local) for base in node.bases):
        return False
    if not all(_maker(word.value, known) for word in node.keywords):
        return False
    return _class_body(node.body, known, local | {node.name})


def _type_parameters(node: ast.stmt) -> frozenset[str]:
    return frozenset(item.name for item in getattr(node, "type_params", ()))


def _class_body(body: list[ast.stmt], known: Known, local: frozenset[str]) -> bool:
    for item in body:
        if isinstance(item, _FUNCTIONS):
            if not _method(item, known, local):
                return False
            local = local | {item.name}
        elif isinstance(item, ast.ClassDef):
            if not is_definition(item, known):
                return False
            local = local | {item.name}
        elif isinstance(item, (ast.Assign, ast.AnnAssign)):
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            if not all(_plain(target) for target in targets):
                return False
            if isinstance(item, ast.AnnAssign) and not known.future_annotations:
                if not _annotation(item.annotation, known, local):
                    return False
            if item.value is not None and not _class_value(item.value, known, local):
                return False
            local = local | {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(item, ast.If):
            if purity.value_of(item.test, known, local) is None:
                return False
            if not (_class_body(item.body, known, local) and _class_body(item.orelse, known, local)):
                return False
        elif not isinstance(item, ast.Pass) and not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)):
            return False
    return True


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef, known: Known, local: frozenset[str]) -> bool:
    for decorator in node.decorator_list:
        root = root_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if root not in local and not _maker(decorator, known):  # ``@value.setter``
            return False
    arguments = node.args
    defaults = [item for item in [*arguments.defaults, *arguments.kw_defaults] if item is not None]
    if not all(purity.value_of(item, known, local) not in (None, Value.ITERATOR) for item in defaults):
        return False
    if known.future_annotations:
        return True
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [item.annotation for item in every if item is not None and item.annotation is not None]
    annotations += [node.returns] if node.returns is not None else []
    names = local | _type_parameters(node)
    return all(_annotation(item, known, names) for item in annotations)


def _class_value(node: ast.expr, known: Known, local: frozenset[str]) -> bool:
    if purity.value_of(node, known, local) not in (None, Value.ITERATOR):
        return True
    return isinstance(node, ast.Call) and _imported_maker(node, known, local)


def _imported_maker(node: ast.Call, known: Known, local: frozenset[str] = frozenset()) -> bool:
    """``Column(Integer)``, ``Field(gt=0)``: a call of something imported that is not known to have an effect."""
    origin = purity.dotted(node.func, known)
    if origin is None or not _is_imported(node.func, known):
        return False
    last = origin.rpartition(".")[2]
    if origin.startswith(module_calls.EFFECT_PREFIXES) or last in module_calls.EFFECT_NAMES or mutators.is_mutator(last):
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
    elif name not in known.definitions or name in known.effectful:
        return False
    if isinstance(node, ast.Call):
        values = [*node.args, *(word.value for word in node.keywords)]
        return all(_class_value(value, known, frozenset()) for value in values)
    return True


def _annotation(node: ast.expr, known: Known, local: frozenset[str] = frozenset()) -> bool:
    """Whether an annotation or a base class is made of types alone."""
    if purity.value_of(node, known, local) is not None:
        return True
    if isinstance(node, ast.Subscript):
        return _annotation(node.value, known, local) and _annotation(node.slice, known, local)
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(_annotation(item, known, local) for item in node.elts)
    if isinstance(node, ast.BinOp):
        return _annotation(node.left, known, local) and _annotation(node.right, known, local)
    return isinstance(node, ast.Call) and _imported_maker(node, known, local)


def is_hooked(node: ast.stmt) -> bool:
    """Whether subclassing the class that this statement makes runs code of the notebook."""
    if not isinstance(node, ast.ClassDef):
        return False
    methods = {item.name for item in node.body if isinstance(item, _FUNCTIONS)}
    return bool(methods & _HOOKS) or any(word.arg == "metaclass" for word in node.keywords)


def has_effects(found: Names, known: Known) -> bool:
    """Whether calling what a definition binds does more than return a value, as far as its text tells."""
    return bool(
        found.deferred_binds
        or found.deferred_mutates
        or found.deferred_opaque
        or found.deferred_seeds
        or found.calls & _EFFECT_BUILTINS
        or found.deferred & known.effectful
    )


def _replayable_block(node: ast.If | ast.Try, known: Known) -> bool:
    """``if TYPE_CHECKING:``, ``try: import x`` and the like: every statement inside is replayable itself."""
    if isinstance(node, ast.If):
        if not purity.is_replayable(node.test, known):
            return False
        blocks = [node.body, node.orelse]
    else:
        if not all(handler.type is None or purity.is_replayable(handler.type, known) for handler in node.handlers):
            return False
        blocks = [node.body, node.orelse, node.finalbody, *(handler.body for handler in node.handlers)]
    return all(_replayable_inner(item, known) for block in blocks for item in block)


def _replayable_inner(node: ast.stmt, known: Known) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return is_definition(node, known)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return _assignment(node, Kind.EFFECT, known)[1]
    if isinstance(node, ast.Expr):
        return _expression(node.value, Kind.EFFECT, known)[1]
    return isinstance(node, (ast.If, ast.Try)) and _replayable_block(node, known)


# -- labels -------------------------------------------------------------------------------------------------------


def label_of(node: ast.stmt) -> str:
    """A few words that name a statement to people."""
    if isinstance(node, _FUNCTIONS):
        return f"function {node.name}"
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    if isinstance(node, ast.Import):
        return _short("import " + ", ".join(alias.name for alias in node.names))
    if isinstance(node, ast.ImportFrom):
        names = ", ".join(alias.name for alias in node.names)
        return _short(f"import {names} from {'.' * node.level}{node.module or ''}")
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return _short(", ".join(ast.unparse(target) for target in targets))
    if isinstance(node, ast.Expr):
        call = magic_calls.shell_call(node.value)
        if call is not None:
            sign = {"run_cell_magic": "%%", "run_line_magic": "%"}.get(call.method, "!")
            return _short(f"{sign}{call.name} {call.line}".replace("! ", "!").strip())
    word = {ast.For: "for loop", ast.While: "while loop", ast.With: "with block", ast.Try: "try block",
            ast.If: "if block", ast.Match: "match block"}.get(type(node))  # fmt: skip
    if word is not None:
        return word
    try:
        return _short(ast.unparse(node))
    except (RecursionError, ValueError):
        return type(node).__name__.lower()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
