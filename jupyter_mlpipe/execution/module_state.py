"""State that the project's own modules hold: registries, counters, caches in the globals of a file beside the notebook.

A later stage imports such a module afresh, so what a stage changed in it travels as an ambient state ``@module:name``:
the globals that changed, by name. Functions, classes and modules among them are code and stay where they are, and so
does all that lives in installed packages. State that a module gained in the very stage that first imported it is told
from what its import made by nobody, and does not travel.
"""

from __future__ import annotations

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
    return {
        PREFIX + module.__name__: store.fingerprint(_values(module), vars(module)) for module in _own_modules(around)
    }


def changed(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Locations of the modules that changed between two looks, with the values that are new or different."""
    for name in sorted(before.keys() & after.keys()):
        module = sys.modules[name.removeprefix(PREFIX)]
        different = {key: vars(module)[key] for key, text in after[name].items() if before[name].get(key) != text}
        if different:
            yield name, different


def write(name: str, value: Mapping[str, Any]) -> None:
    """Give a module, imported for it, the values that an earlier stage left in it."""
    module = importlib.import_module(name.removeprefix(PREFIX))
    for key, item in value.items():
        setattr(module, key, item)


def _own_modules(around: Surroundings) -> Iterator[types.ModuleType]:
    root = str(around.project)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in ("jupyter_mlpipe", "__main__"):
            continue
        if module.__name__ == name and location(root, file) is not None:
            yield module


def _values(module: types.ModuleType) -> dict[str, Any]:
    return {
        key: value
        for key, value in vars(module).items()
        if not (key.startswith("__") and key.endswith("__")) and not isinstance(value, _CODE)
    }
