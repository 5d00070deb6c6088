"""State that the project's own modules hold: registries, counters, caches in the globals of a file beside the notebook.

A later stage imports such a module afresh, so what a stage changed in it travels as an ambient state ``@module:name``:
the globals that changed, by name, and the attributes of its classes (``Table.rows``). Functions, classes and modules
are code and stay where they are, and so does all that lives in installed packages. ``import_watch`` tells what a module
that the stage itself imported was like then.
"""

from __future__ import annotations

import enum
import importlib
import sys
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.ambient_state import Surroundings
from jupyter_mlpipe.execution.project_files import location

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import ArtifactStore

PREFIX = "@module:"

_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def look(around: Surroundings, store: ArtifactStore) -> dict[str, dict[str, str]]:
    """By location of each loaded module of the project the fingerprints of its values."""
    return {PREFIX + module.__name__: prints_of(module, store) for module in _own_modules(around)}


def prints_of(module: types.ModuleType, store: ArtifactStore) -> dict[str, str]:
    """The fingerprints of a module's values."""
    return store.fingerprint(_values(module), vars(module))


def changed(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Locations of the modules that changed between two looks, with the values that are new or different."""
    for name in sorted(before.keys() & after.keys()):
        module = sys.modules[name.removeprefix(PREFIX)]
        now = _values(module)
        different = {key: now[key] for key, text in after[name].items() if before[name].get(key) != text}
        if different:
            yield name, different


def write(name: str, value: Mapping[str, Any]) -> None:
    """Give a module, imported for it, the values that an earlier stage left in it."""
    module = importlib.import_module(name.removeprefix(PREFIX))
    for key, item in value.items():
        owner, _, attribute = key.rpartition(".")
        setattr(getattr(module, owner) if owner else module, attribute, item)


def _own_modules(around: Surroundings) -> Iterator[types.ModuleType]:
    root = str(around.project)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in ("jupyter_mlpipe", "__main__"):
            continue
        if module.__name__ == name and location(root, file) is not None:
            yield module


def _values(module: types.ModuleType) -> dict[str, Any]:
    values = _plain(vars(module))
    for name, cls in vars(module).items():
        if isinstance(cls, type) and cls.__module__ == module.__name__ and not issubclass(cls, enum.Enum):
            values |= {f"{name}.{key}": value for key, value in _plain(vars(cls)).items()}
    return values


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in found.items()
        if not (key.startswith("__") and key.endswith("__"))
        and not isinstance(value, _CODE)
        and not hasattr(type(value), "__get__")
        and key != "_abc_impl"
    }
