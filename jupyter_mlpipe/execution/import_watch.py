"""What installed packages do to warnings filters and the environment when they are first imported.

NumPy adds filters, Polars sets a variable: that is no doing of the stage whose cell holds the import, and a later stage
that imports them too gets the same. So the changes made while a package is imported are told from the stage's own. A
module of the project itself is the user's code, and what it changes counts; of such a module it is noted what it was
like when its import was done, so that what the stage then does to it can be told.

A finder at the head of ``sys.meta_path`` while a stage is watched; it finds what the others find.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader, SourcelessFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution import ambient_python, module_state
from jupyter_mlpipe.execution.ambient_state import Reading, Surroundings, apply_entries, entries_changed, keys_changed
from jupyter_mlpipe.execution.module_shelf import ShelfLoader
from jupyter_mlpipe.execution.project_files import location

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_STATES = tuple(state for state in ambient_python.STATES if state.location in ("@warnings", "@environ"))
_LOADERS = (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader, ShelfLoader)


class ImportWatch:
    """Tells what imports of installed packages change from `start` to `stop`."""

    def __init__(self, around: Surroundings, store: ArtifactStore) -> None:
        self.modules: dict[str, dict[str, str]] = {}
        """The project's own modules, as they were when their import was done."""
        self._around = around
        self._store = store
        self._changes: list[tuple[str, Mapping[str, Any]]] = []
        self._importing = False
        self._thread = threading.get_ident()

    def start(self) -> None:
        """Begin to see imports; ends any other watch of this process."""
        self._thread = threading.get_ident()
        sys.meta_path[:] = [self, *(finder for finder in sys.meta_path if not isinstance(finder, ImportWatch))]

    def stop(self) -> None:
        """See no more. May be called twice."""
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def settle(self, readings: Mapping[str, Reading]) -> dict[str, Reading]:
        """States of the start as they would have been had the packages been imported before it."""
        settled = dict(readings)
        for name, change in self._changes:
            reading = settled[name]
            if isinstance(reading, Mapping):
                kept = {key: value for key, value in {**reading, **change}.items() if value is not None}
                settled[name] = kept
            else:
                settled[name] = apply_entries(reading, change)
        return settled

    # -- the import system's side ------------------------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find; the outermost import of a package is looked at before and after."""
        if self._importing or threading.get_ident() != self._thread:
            return None
        for finder in list(sys.meta_path):
            find = None if isinstance(finder, ImportWatch) else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                if type(loader) in _LOADERS:
                    own = location(str(self._around.project), spec.origin or "") is not None
                    watched = self._noted if own else self._observed
                    loader.exec_module = watched(loader, loader.exec_module)
                return spec
        return None

    def _observed(self, loader: Any, execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            self._importing = True
            before = [state.read(self._around) for state in _STATES]
            try:
                execute(module)
            finally:
                self._importing = False
                for state, old in zip(_STATES, before, strict=True):
                    self._note(state.location, old, state.read(self._around))

        return exec_module

    def _noted(self, loader: Any, execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            self.modules[module_state.PREFIX + module.__name__] = module_state.prints_of(module, self._store)

        return exec_module

    def _note(self, name: str, old: Reading, new: Reading) -> None:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            change: Mapping[str, Any] = keys_changed(old, new)
        elif not isinstance(old, Mapping) and not isinstance(new, Mapping):
            change = entries_changed(old, new)
        else:
            return
        if change:
            self._changes.append((name, change))
