"""Project-local modules: the source that a notebook imports from its own folder or workspace, with what that imports.

Modules are found as Python finds them (packages, namespace packages, relative imports), but nothing is imported and
only files that are reached are read. Digests are of the normalised source, so comments and docstrings do not count.

This module is not for installed distributions: ``environment`` gives their versions.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import MappingProxyType

from jupyter_mlpipe.notebook.canonical import digest_of, digest_text, without_docstring
from jupyter_mlpipe.notebook.labels import label_of
from jupyter_mlpipe.notebook.pipeline import Statement

_NEVER_LOCAL = frozenset({"jupyter_mlpipe", "__main__", "__future__"})
_INSTALLED = ("site-packages", "dist-packages")
_STDLIB = os.path.realpath(sysconfig.get_paths()["stdlib"])


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A project-local module, as its source says it is."""

    name: str
    path: str
    """The source file; a folder for a namespace package."""
    digest: str
    definitions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Digest of each top-level statement by its label: ``function read_flights``."""
    imports: frozenset[str] = frozenset()
    """Absolute names that it imports and that are not project-local."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    digest: str
    definitions: Mapping[str, str]
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]
    """``(level, module, names)`` of each import; names are empty for ``import module``."""


_memo: dict[tuple[str, int, int], _Parsed] = {}


def local_closure(
    names: Iterable[str], folder: str | Path, root: str | Path, search: Sequence[str | Path] = ()
) -> dict[str, ModuleSource]:
    """Project-local modules among ``names``, and all that they import in turn.

    Parameters
    ----------
    names
        Absolute module names. ``pkg.name`` may also be an attribute of ``pkg``: what is no module is passed over.
    folder
        The importing notebook's folder: the first place where its kernel looks.
    root
        The workspace's root. Modules under it, or under ``folder``, are the project's own unless they are installed.
    search
        More folders where the notebook's imports look, ahead of the environment's.

    Returns
    -------
    dict
        By absolute name, in order of name. Packages above a module are in it too, since importing runs them.
    """
    finder = _Finder(Path(folder), Path(root), search)
    parsed: dict[str, tuple[str, _Parsed]] = {}
    waiting = [name for name in names if name and not name.startswith(".")]
    outside: dict[str, set[str]] = {}
    while waiting:
        name = waiting.pop()
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            prefix = ".".join(parts[:length])
            if prefix in parsed:
                continue
            spec = finder.find(prefix)
            if spec is None:
                break
            module = _parse_module(spec)
            parsed[prefix] = (spec.origin or prefix, module)
            package = prefix if spec.submodule_search_locations is not None else prefix.rpartition(".")[0]
            wanted = set(_absolute(module.imports, package))
            outside[prefix] = wanted
            waiting.extend(wanted)
    tops = {name.partition(".")[0] for name in parsed}
    return {
        name: ModuleSource(
            name=name,
            path=parsed[name][0],
            digest=parsed[name][1].digest,
            definitions=parsed[name][1].definitions,
            imports=frozenset(item for item in outside[name] if item.partition(".")[0] not in tops),
        )
        for name in sorted(parsed)
    }


def search_folders(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Folders that statements such as ``sys.path.append("../lib")`` add, for ``local_closure``'s ``search``.

    The text is read, not evaluated: each string in it, and all of them joined, is taken for a folder.
    """
    found: dict[str, None] = {}
    for statement in statements:
        if "sys" in statement.reads and "sys.path" in statement.source:
            tree = ast.parse(statement.source)
            texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            names = [text for text in texts if isinstance(text, str) and text and len(text) < 200 and "\0" not in text]
            found.update(dict.fromkeys([*names, os.path.join(*names)] if names else []))  # noqa: PTH118 - as text
    return tuple(found)


class _Finder:
    """Finds specs of local modules without importing their packages."""

    def __init__(self, folder: Path, root: Path, search: Sequence[str | Path]) -> None:
        self.places = tuple({os.path.realpath(place): None for place in (folder, root)})
        extra = [str(folder / place) for place in search]
        fallback = [str(root), str(root / "src")]
        self.path = [str(folder), *extra, *(entry for entry in sys.path if entry), *fallback]
        self.found: dict[str, ModuleSpec | None] = {}

    def find(self, name: str) -> ModuleSpec | None:
        """The spec of a module if it is project-local."""
        if name in self.found:
            return self.found[name]
        parent, _, _ = name.rpartition(".")
        spec: ModuleSpec | None
        if parent:
            above = self.find(parent)
            locations = None if above is None else above.submodule_search_locations
            # By its last name: a dotted one would make a namespace package look for its parent among loaded modules.
            spec = None if locations is None else PathFinder.find_spec(name.rpartition(".")[2], list(locations))
        elif name in _NEVER_LOCAL:
            spec = None
        else:
            spec = PathFinder.find_spec(name, self.path) or _by_other_finders(name)
        if spec is not None and not self.is_local(spec):
            spec = None
        self.found[name] = spec
        return spec

    def is_local(self, spec: ModuleSpec) -> bool:
        if spec.origin is None or spec.origin == "namespace":
            locations = list(spec.submodule_search_locations or ())
            return bool(locations) and any(self.is_own(place) for place in locations)
        return spec.origin.endswith(".py") and self.is_own(spec.origin)

    def is_own(self, path: str) -> bool:
        real = os.path.realpath(path)
        if any(f"{os.sep}{part}{os.sep}" in real + os.sep for part in _INSTALLED) or _under(real, _STDLIB):
            return False
        return any(_under(real, place) for place in self.places)


def _under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _by_other_finders(name: str) -> ModuleSpec | None:
    """What an editable install's own finder says."""
    if name in sys.builtin_module_names or name in sys.stdlib_module_names:
        return None
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _parse_module(spec: ModuleSpec) -> _Parsed:
    origin = spec.origin
    if origin is None or origin == "namespace":
        return _Parsed(digest_text("namespace package"), MappingProxyType({}), ())
    try:
        state = Path(origin).stat()
        key = (origin, state.st_mtime_ns, state.st_size)
        known = _memo.get(key)
        if known is None:
            known = _memo[key] = _parse_source(Path(origin).read_bytes())
        return known
    except OSError as error:
        return _Parsed(digest_text(f"unreadable: {error.strerror}"), MappingProxyType({}), ())


def _parse_source(source: bytes) -> _Parsed:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        definitions: dict[str, str] = {}
        for node in without_docstring(tree.body):
            label, digest = label_of(node), digest_of(node)
            before = definitions.get(label)
            definitions[label] = digest if before is None else digest_text(before + digest)
        return _Parsed(digest_of(tree), MappingProxyType(definitions), tuple(_imports(tree)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # The import will fail in the kernel, which says it better; until then any edit counts.
        return _Parsed(digest_text(source.decode("utf-8", "backslashreplace")), MappingProxyType({}), ())


def _imports(tree: ast.Module) -> Iterable[tuple[int, str, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            name = first.value if isinstance(first, ast.Constant) else None
            if called in ("import_module", "__import__") and isinstance(name, str) and not name.startswith("."):
                yield 0, name, ()


def _absolute(imports: Iterable[tuple[int, str, tuple[str, ...]]], package: str) -> Iterable[str]:
    """Absolute names of imports made in a module of this package, with ``pkg.name`` for ``from pkg import name``."""
    for level, module, names in imports:
        base = module
        if level:
            parts = package.split(".") if package else []
            if level - 1 >= len(parts):
                continue  # beyond the top: the import will fail
            kept = parts[: len(parts) - (level - 1)]
            base = ".".join([*kept, module] if module else kept)
        if base:
            yield base
            for name in names:
                yield f"{base}.{name}"
