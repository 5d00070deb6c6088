"""Whether functions, classes and constants of a stage are still what their statements made.

Later stages get such definitions by running their statements again. That is right only while nobody changed them since:
a function may carry attributes, a default value may be appended to, a class may count its instances. So the statements,
which by definition may run anywhere with the same effect, run once more in a copy of the namespace, and what they make
is compared with what is there.

This costs one more definition a stage. It says "changed" whenever it cannot be sure, and then the value is stored.
"""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.function_caches import CACHED, cache_matters
from jupyter_mlpipe.execution.name_changes import shell_of
from jupyter_mlpipe.store.generic_functions import generic_parts, is_generic

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_NOT_STATE = frozenset(
    {
        "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__slotnames__", "__firstlineno__",
        "__static_attributes__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__",
        "_abc_impl",
    }
)  # fmt: skip


def unchanged_definitions(
    definitions: Sequence[str | Mapping[str, Any]],
    namespace: MutableMapping[str, object],
    store: ArtifactStore,
) -> set[str]:
    """The names that running their statements again would bind to the same.

    Parameters
    ----------
    definitions
        In order, ``{"run": source, "binds": names}`` for each replayable statement of the stage; with ``"again"``
        false for one that must not run twice, which counts as unchanged. A bare name says that
        some replayable statement binds it; without the source only what cannot hold state counts as unchanged.
    """
    same = {name for name in definitions if isinstance(name, str) and _cannot_hold_state(namespace.get(name))}
    again: dict[str, object] = dict(namespace)
    made: set[str] = set()
    once = {
        name
        for item in definitions
        if not isinstance(item, str) and not item.get("again", True)
        for name in item["binds"]
    }
    shell = shell_of(namespace)
    flags = 0 if shell is None else shell.compile.flags  # of `from __future__` imports in earlier cells
    for definition in definitions:
        if isinstance(definition, str) or not definition.get("again", True):
            continue
        try:
            exec(compile(definition["run"], "<definition>", "exec", flags, dont_inherit=True), again)  # noqa: S102
        except Exception:  # noqa: BLE001
            # It cannot run again here, so nothing says that it would make the same.
            made.difference_update(definition["binds"])
            continue
        made.update(definition["binds"])
    same |= once & namespace.keys()
    for name in sorted(made - once):
        if name not in namespace or name not in again:
            continue
        old, new = namespace[name], again[name]
        if old is new or _equal(old, namespace, new, again, store):
            same.add(name)
    return same


def with_sources(definitions: Sequence[str | Mapping[str, Any]], cells: Sequence[str]) -> list[str | Mapping[str, Any]]:
    """Definitions known by name only, completed by the statements of `cells` (transformed source) that bind them."""
    names = {name for name in definitions if isinstance(name, str)}
    found: list[str | Mapping[str, Any]] = []
    for cell in cells if names else ():
        try:
            tree = ast.parse(cell)
        except (SyntaxError, ValueError):
            continue
        for statement in tree.body:
            binds = _binds(statement)
            if binds and binds <= names:
                found.append({"run": ast.unparse(statement), "binds": sorted(binds)})
    sourced = {name for item in found if not isinstance(item, str) for name in item["binds"]}
    return [*(item for item in definitions if not isinstance(item, str) or item not in sourced), *found]


def _binds(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return {
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return set()


def _equal(
    old: object, namespace: Mapping[str, object], new: object, again: Mapping[str, object], store: ArtifactStore
) -> bool:
    first, second = _Walk(), _Walk()
    if first.shape(old) != second.shape(new) or len(first.leaves) != len(second.leaves):
        return False
    pairs = {
        f"{index}": pair
        for index, pair in enumerate(zip(first.leaves, second.leaves, strict=True))
        if pair[0] is not pair[1]
    }
    if not pairs:
        return True
    left = store.fingerprint({key: pair[0] for key, pair in pairs.items()}, namespace)
    right = store.fingerprint({key: pair[1] for key, pair in pairs.items()}, again)
    return left == right


class _Walk:
    """Takes a definition apart into a shape of plain values and the objects that it holds."""

    def __init__(self) -> None:
        self.leaves: list[object] = []
        self._seen: dict[int, int] = {}
        self._alive: list[object] = []

    def shape(self, value: Any) -> Any:
        if id(value) in self._seen:
            return ("seen", self._seen[id(value)])
        self._seen[id(value)] = len(self._seen)
        self._alive.append(value)
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            del self._seen[id(value)]
            return (type(value).__name__, repr(value))
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, type) and value.__module__ == "__main__":
            return self._class(value)
        if isinstance(value, staticmethod | classmethod):
            return (type(value).__name__, self.shape(value.__func__))
        if isinstance(value, property):
            return ("property", *(self.shape(part) for part in (value.fget, value.fset, value.fdel)))
        if isinstance(value, CACHED):
            filled = value.cache_info().currsize if cache_matters(value) else 0
            return ("cached", filled, self.shape(value.__wrapped__))
        if isinstance(value, functools.cached_property):  # in Python 3.11 it holds a lock
            return ("cached_property", value.attrname, self.shape(value.func))
        if isinstance(value, tuple) and type(value) is tuple:
            return ("tuple", *(self.shape(item) for item in value))
        self.leaves.append(value)
        return ("leaf", type(value).__qualname__)

    def _function(self, function: types.FunctionType) -> Any:
        if is_generic(function):
            wrapped, implementations, attributes = generic_parts(function)
            return ("generic", self.shape(wrapped), self._pairs(implementations), self._pairs(attributes))
        cells = tuple(_content(cell) for cell in function.__closure__ or ())
        return (
            "function",
            function.__qualname__,
            self._code(function.__code__),
            tuple(self.shape(item) for item in function.__defaults__ or ()),
            tuple((key, self.shape(item)) for key, item in sorted((function.__kwdefaults__ or {}).items())),
            tuple((key, self.shape(item)) for key, item in sorted(vars(function).items())),
            tuple(self.shape(item) for item in cells),
        )

    def _pairs(self, items: Mapping[Any, Any]) -> Any:
        return tuple((self.shape(key), self.shape(item)) for key, item in items.items())

    def _class(self, cls: type) -> Any:
        members = [(name, item) for name, item in vars(cls).items() if name not in _NOT_STATE]
        bases = tuple(f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__[1:])
        return ("class", cls.__qualname__, bases, tuple((name, self.shape(item)) for name, item in sorted(members)))

    def _code(self, code: types.CodeType) -> Any:
        constants = tuple(
            self._code(item) if isinstance(item, types.CodeType) else (type(item).__name__, repr(item))
            for item in code.co_consts
        )
        return (code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags, constants)


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _cannot_hold_state(value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | types.ModuleType):
        return True
    if isinstance(value, types.FunctionType):
        held = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
        return not vars(value) and not value.__closure__ and all(_cannot_hold_state(item) for item in held)
    if isinstance(value, type) and value.__module__ == "__main__":
        members = {name: item for name, item in vars(value).items() if name not in _NOT_STATE}
        return all(isinstance(item, types.FunctionType) and _cannot_hold_state(item) for item in members.values())
    return isinstance(value, type | types.BuiltinFunctionType)
