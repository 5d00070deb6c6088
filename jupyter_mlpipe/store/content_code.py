"""The content of functions, classes and modules: by name where they are found under one, else by what they do.

Handlers for ``content.Walk``, and not for anything else.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.store.definitions import bound_name, global_names, importable
from jupyter_mlpipe.store.generic_functions import generic_parts, is_generic, method_parts

if TYPE_CHECKING:
    from jupyter_mlpipe.store.content import Walk

_CLASS_NOISE = frozenset(
    {
        "__dict__", "__weakref__", "__slotnames__", "__doc__", "_abc_impl", "__firstlineno__", "__static_attributes__",
        "__annotations_cache__",
    }
)  # fmt: skip


def feed_function(walk: Walk, function: types.FunctionType) -> None:
    """Feed a function: by name, or by what it does."""
    name = bound_name(function, walk.namespace)
    own = function.__globals__ is walk.namespace or function.__module__ == "__main__"
    if name is not None and name.partition(".")[0] not in walk.roots:
        walk.tag(f"function {name}")
    elif not own and importable(function):
        walk.tag(f"function {function.__module__}:{function.__qualname__}")
    elif is_generic(function):
        if walk.first_visit(function):
            walk.tag("generic function")
            walk.feed(generic_parts(function))
    elif walk.first_visit(function):
        walk.tag(f"def {function.__qualname__}")
        walk.feed((function.__code__, function.__defaults__, function.__kwdefaults__))
        walk.feed((function.__closure__, function.__dict__))
        if not own:
            read = sorted(global_names(function.__code__) & function.__globals__.keys())
            walk.feed([(item, function.__globals__[item]) for item in read])


def feed_code(walk: Walk, code: types.CodeType) -> None:
    """Feed code without the place where it was written."""
    walk.tag("code")
    walk.feed((code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars))
    walk.feed((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags))
    walk.feed(code.co_consts)


def feed_cell(walk: Walk, cell: types.CellType) -> None:
    """Feed a closure's variable."""
    if walk.first_visit(cell):
        walk.tag("cell")
        try:
            contents = cell.cell_contents
        except ValueError:
            walk.tag("empty")
        else:
            walk.feed(contents)


def feed_partial(walk: Walk, call: functools.partial[Any]) -> None:
    """Feed a partial call; whether anyone asked for its attributes is no part of it."""
    if walk.first_visit(call):
        walk.tag("partial")
        state: Any = call.__reduce__()[2]  # reading `__dict__` would make one
        walk.feed((*state[:3], state[3] or {}))


def feed_builtin(walk: Walk, function: types.BuiltinFunctionType) -> None:
    """Feed a built-in function or method: a module's own by name, also where the notebook has replaced it."""
    if isinstance(function.__self__, types.ModuleType):
        walk.tag(f"builtin {function.__self__.__name__}.{function.__name__}")
    else:
        walk.feed_object(function)


def feed_generic_method(walk: Walk, method: functools.singledispatchmethod[Any]) -> None:
    """Feed a generic method without what it remembers of earlier calls."""
    if walk.first_visit(method):
        walk.tag("generic method")
        walk.feed(method_parts(method))


def feed_module(walk: Walk, module: types.ModuleType) -> None:
    """Feed a module by name."""
    walk.tag(f"module {module.__name__}")


def feed_class(walk: Walk, cls: type) -> None:
    """Feed a class: by name, or by its bases and members."""
    name = bound_name(cls, walk.namespace)
    if name is not None and name.partition(".")[0] not in walk.roots:
        walk.tag(f"class {name}")
    elif name is None and importable(cls):
        walk.tag(f"class {cls.__module__}:{cls.__qualname__}")
    elif walk.first_visit(cls):
        walk.tag(f"defined class {cls.__qualname__}")
        walk.feed(tuple(cls.__bases__))
        walk.feed(type(cls))
        for key, member in sorted(cls.__dict__.items()):
            if key not in _CLASS_NOISE and not isinstance(member, types.MemberDescriptorType):
                walk.tag(key)
                walk.feed(member)


HANDLERS: Mapping[type, Callable[[Any, Any], None]] = {
    types.FunctionType: feed_function,
    types.CodeType: feed_code,
    types.CellType: feed_cell,
    types.ModuleType: feed_module,
    types.BuiltinFunctionType: feed_builtin,
    functools.partial: feed_partial,
    functools.singledispatchmethod: feed_generic_method,
}
