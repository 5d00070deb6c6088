"""Functions and classes of the notebook: under which name they are found, and which names their code reads.

Not for pickling or hashing them (``pickling``, ``content``).
"""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Mapping
from typing import Any


def bound_name(obj: Any, namespace: Mapping[str, object]) -> str | None:
    """The dotted name under which the notebook itself binds a function or class of its own, or None.

    Only the object's own ``__qualname__`` is tried, so that an alias does not stand for what it names.
    """
    if isinstance(obj, types.FunctionType):
        # A wrapped function carries another's name and module; its globals say where it was made.
        if obj.__globals__ is not namespace and obj.__module__ != "__main__":
            return None
    elif getattr(obj, "__module__", None) != "__main__":
        return None
    qualname = getattr(obj, "__qualname__", "")
    if qualname == "_":  # the customary name of what is only registered, and IPython's of the last output
        return None
    first, *rest = qualname.split(".")
    found = namespace.get(first)
    for part in rest:
        if not isinstance(found, type):
            return None
        found = found.__dict__.get(part)
        if isinstance(found, staticmethod | classmethod):
            found = found.__func__
    return qualname if found is obj else None


def importable(obj: Any) -> bool:
    """Whether another process finds the very same object by its module and qualified name."""
    module = sys.modules.get(getattr(obj, "__module__", None) or "")
    if module is None or module.__name__ == "__main__":
        return obj.__module__ == "builtins" if module is not None else False
    found: Any = module
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj


def is_replaced(function: types.BuiltinFunctionType) -> bool:
    """Whether a module's built-in function is no longer what the module has under its name."""
    module = function.__self__
    return isinstance(module, types.ModuleType) and getattr(module, function.__name__, None) is not function


def global_names(code: types.CodeType) -> set[str]:
    """Names that a function's code, and the code inside it, reads as globals."""
    names: set[str] = set()
    stack = [code]
    while stack:
        current = stack.pop()
        names.update(
            instruction.argval
            for instruction in dis.get_instructions(current)
            if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}
        )
        stack.extend(constant for constant in current.co_consts if isinstance(constant, types.CodeType))
    return names
