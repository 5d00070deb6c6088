"""Modules imported ahead of their use, and kept out of sight until a notebook imports them.

A fork server imports what a notebook imports, once, before it forks. A kernel that simply found these modules in
``sys.modules`` would not be the kernel that the same notebook has elsewhere: ``"numpy" in sys.modules`` would be true
too early, and the warnings filters and environment variables that packages set when they are first imported would come
before the notebook's own. So the modules are put on a shelf. The notebook's ``import`` takes from it what that import
would have loaded, and repeats what loading it changed.

What cannot be repeated so is not done ahead: `Shelf.load` says why, and its process is then of no use any more.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import io
import itertools
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_mlpipe.execution import ambient_python
from jupyter_mlpipe.execution.ambient_state import (
    AmbientState,
    Surroundings,
    apply_entries,
    entries_changed,
    keys_changed,
)
from jupyter_mlpipe.notebook.environment import installed_folders

_REPEATED = {state.location: state for state in ambient_python.STATES if state.location in ("@warnings", "@environ")}
_LEFT_ALONE = tuple(state for state in ambient_python.STATES if not state.random and state.location not in _REPEATED)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
_GPU_DEVICES = "/dev/nvidia"


@dataclass
class _Loaded:
    """One module on the shelf."""

    module: Any
    needs: set[str] = field(default_factory=set)
    """Modules that its own import imports."""
    in_package: bool = False
    """Whether its package has it as an attribute; a name that the package gave to something else stays that."""
    changes: list[tuple[int, str, Any]] = field(default_factory=list)
    """What its import did to repeated states: place in the order of all, location, change."""


class Shelf:
    """The modules that one process imported ahead.

    Parameters
    ----------
    installed
        Folders of installed packages and of Python's own; a module from anywhere else is somebody's work, which
        changes, and is never imported ahead.
    """

    def __init__(self, installed: Iterable[str] | None = None) -> None:
        self._installed = tuple(folder + os.sep for folder in (installed_folders() if installed is None else installed))
        self._around = around = Surroundings(Path(os.sep), {})
        self._loaded: dict[str, _Loaded] = {}
        self._trace = _Trace(around)
        self._filters = list(warnings.filters)
        self._environ = dict(os.environ)

    @property
    def names(self) -> frozenset[str]:
        """Modules that are on the shelf now."""
        return frozenset(self._loaded)

    def look(self, name: str) -> Any:
        """A module on the shelf, which stays there; None where it is not."""
        loaded = self._loaded.get(name)
        return None if loaded is None else loaded.module

    def load(self, name: str) -> str | None:
        """Import a module ahead; what speaks against it, None where nothing does.

        After an objection this process is spoilt: the import cannot be undone. A module that is not installed is no
        objection; the notebook's own import will say so.
        """
        if name in sys.modules:
            return None
        known = set(sys.modules)
        before = [(state, state.read(self._around)) for state in _LEFT_ALONE]
        handlers = [signal.getsignal(number) for number in _SIGNALS]
        said = io.StringIO()
        try:
            spec = importlib.util.find_spec(name.partition(".")[0])
            if spec is None or not self._is_installed(spec):
                return None
            with self._trace, redirect_stdout(said), redirect_stderr(said):
                importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                return f"it needs {error.name}"
        except BaseException as error:  # noqa: BLE001 - a module may raise anything while it is imported
            return f"{type(error).__name__}: {error}"
        main = sys.modules.get("__main__")  # multiprocessing gives it a second name
        new = [name for name, module in sys.modules.items() if name not in known and module is not main]
        if said.getvalue():
            return f"it prints: {said.getvalue().strip()[:200]}"
        if threading.active_count() > 1:
            return "it starts a thread"
        if uses_gpu():
            return "it opens a GPU"
        if [signal.getsignal(number) for number in _SIGNALS] != handlers:
            return "it handles signals"
        for state, reading in before:
            if state.read(self._around) != reading:
                return f"it changes {state.location}"
        for module in new:
            file = getattr(sys.modules[module], "__file__", None)
            # A file that is no path (`_ops.py`, for `torch.ops`) is that of a module which was made, not found.
            if isinstance(file, str) and Path(file).is_absolute() and not file.startswith(self._installed):
                return f"it imports {module}, which is not installed but lies in {Path(file).parent}"
        reached = self._trace.reach([name])
        self._trace.needs.setdefault(name, set()).update(module for module in new if module not in reached)
        for module in new:
            self._loaded[module] = _Loaded(sys.modules[module])
        return None

    def _is_installed(self, spec: ModuleSpec) -> bool:
        if spec.origin in ("built-in", "frozen"):
            return True
        places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
        return bool(places) and all(place.startswith(self._installed) for place in places)

    def put_away(self) -> None:
        """Take the modules out of ``sys.modules`` and out of their packages; later imports find them here.

        Filters and environment are then as they were before anything was loaded.
        """
        for name, loaded in self._loaded.items():
            loaded.needs = self._trace.needs.get(name, set()) & self._loaded.keys()
            loaded.changes = self._trace.changes.get(name, [])
        for name, loaded in self._loaded.items():
            sys.modules.pop(name, None)
            parent, _, leaf = name.rpartition(".")
            package = sys.modules.get(parent) or getattr(self._loaded.get(parent), "module", None)
            if package is not None and vars(package).get(leaf) is loaded.module:
                with suppress(AttributeError):
                    delattr(package, leaf)
                    loaded.in_package = True
        warnings.filters[:] = self._filters  # type: ignore[index]  # a list, whatever typeshed says
        warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - empties the caches that know the old
        for variable in os.environ.keys() - self._environ.keys():
            del os.environ[variable]
        os.environ.update(self._environ)
        sys.meta_path.insert(0, self)

    def shadowed_by(self, tops: Iterable[str]) -> frozenset[str]:
        """Those of a notebook's folder's modules whose names are on the shelf; Python's own come before them anyway."""
        installed = frozenset(name.partition(".")[0] for name in self._loaded) - sys.stdlib_module_names
        return installed & frozenset(tops)

    def _take(self, name: str) -> None:
        """Put a module's neighbours into ``sys.modules``, as its import would have, and repeat what that changed."""
        taken: dict[str, _Loaded] = {}
        waiting = [name]
        while waiting:
            current = waiting.pop()
            loaded = self._loaded.pop(current, None)
            if loaded is not None:
                taken[current] = loaded
                waiting.extend(loaded.needs)
        for current, loaded in taken.items():
            sys.modules.setdefault(current, loaded.module)
        for current, loaded in taken.items():
            parent, _, leaf = current.rpartition(".")
            if loaded.in_package and parent in sys.modules:
                with suppress(AttributeError, TypeError):
                    setattr(sys.modules[parent], leaf, loaded.module)
        for _, place, change in sorted(
            (item for loaded in taken.values() for item in loaded.changes), key=lambda item: item[0]
        ):
            _repeat(_REPEATED[place], change, self._around)

    # -- the import system's side ------------------------------------------------------------------------------

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec that gives the module from the shelf; None for one that is not there."""
        loaded = self._loaded.get(name)
        if loaded is None:
            return None
        own = getattr(loaded.module, "__spec__", None)
        spec = ModuleSpec(name, ShelfLoader(self, loaded.module), origin=getattr(own, "origin", None))
        spec.submodule_search_locations = getattr(own, "submodule_search_locations", None)
        return spec


class ShelfLoader(Loader):
    """Gives one module from a shelf to the import system. Used once."""

    def __init__(self, shelf: Shelf, module: Any) -> None:
        self._shelf = shelf
        self._module = module
        self._spec = getattr(module, "__spec__", None)

    def create_module(self, _spec: ModuleSpec) -> Any:
        """The module, ready as it is."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Bring in what came with the module when it was imported."""
        name = module.__spec__.name if module.__spec__ is not None else module.__name__
        with suppress(AttributeError):
            module.__spec__ = self._spec
        self._shelf._take(name)  # noqa: SLF001 - the shelf's own other half


class _Trace:
    """Sees, while it is entered, which module imports which, and what each changes as it is executed."""

    def __init__(self, around: Surroundings) -> None:
        self.needs: dict[str, set[str]] = {}
        self.changes: dict[str, list[tuple[int, str, Any]]] = {}
        self._around = around
        self._order = itertools.count()
        self._stack: list[str] = []
        self._import = builtins.__import__
        self._last: dict[str, Any] = {}
        self._raw: tuple[Any, ...] = ()

    def __enter__(self) -> None:
        self._import = builtins.__import__
        builtins.__import__ = self._traced  # type: ignore[assignment]  # the same, less narrowly typed
        sys.meta_path.insert(0, self)
        self._raw = ()
        self._mark()

    def __exit__(self, *_exc: object) -> None:
        builtins.__import__ = self._import
        sys.meta_path.remove(self)

    def reach(self, names: Iterable[str]) -> set[str]:
        """All modules that imports of `names` import in turn."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.needs.get(name, ()))
        return reached

    def _traced(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the signature of __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        result = self._import(name, globals, locals, fromlist, level)
        importer = globals.get("__name__") if globals else None
        if isinstance(importer, str) and importer in self._stack:  # else a function of it that is called now
            full = name
            if level and globals is not None:
                package = globals.get("__package__") or importer.rpartition(".")[0]
                full = importlib.util.resolve_name("." * level + name, package)
            needed = self.needs.setdefault(importer, set())
            parts = full.split(".")
            needed.update(".".join(parts[: index + 1]) for index in range(len(parts)))
            needed.update(found for item in fromlist or () if (found := f"{full}.{item}") in sys.modules)
        return result

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, with its execution observed."""
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                if hasattr(loader, "exec_module") and not isinstance(loader, type):
                    with suppress(AttributeError):
                        loader.exec_module = self._observed(loader, loader.exec_module, name)
                return spec
        return None

    def _observed(self, loader: Any, execute: Any, name: str) -> Any:
        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            self._mark()
            self._stack.append(name)
            try:
                execute(module)
            finally:
                self._mark()
                self._stack.pop()

        return exec_module

    def _mark(self) -> None:
        """Give what changed since the last mark to the module that is being executed."""
        raw = (list(warnings.filters), dict(os.environ))
        if raw == self._raw:
            return
        now = {place: state.read(self._around) for place, state in _REPEATED.items()}
        if self._raw and self._stack:
            for place, reading in now.items():
                old = self._last[place]
                change: Any = (
                    keys_changed(old, reading) if isinstance(reading, Mapping) else entries_changed(old, reading)
                )
                if change:
                    self.changes.setdefault(self._stack[-1], []).append((next(self._order), place, change))
        self._last, self._raw = now, raw


def _repeat(state: AmbientState, change: Any, around: Surroundings) -> None:
    now = state.read(around)
    state.write(change if isinstance(now, Mapping) else apply_entries(now, change), around)


def uses_gpu() -> bool:
    """Whether this process has opened a device of NVIDIA's driver: a fork of it could not use CUDA."""
    with suppress(OSError):
        return any(_target(link).startswith(_GPU_DEVICES) for link in Path("/proc/self/fd").iterdir())
    return False


def _target(link: Path) -> str:
    with suppress(OSError):
        return str(link.readlink())
    return ""
