"""Versions of the installed distributions that a set of imports reaches, with what those depend on.

Asking ``importlib.metadata`` about a whole environment takes most of a second, so the answer is kept in a small file,
which holds for as long as the folders on ``sys.path`` keep their modification times. Extras do not count; markers are
evaluated for this interpreter.

This module is not for project-local code: ``modules`` digests that.
"""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import site
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.notebook.canonical import digest_text

_VERSION = 1
_SITE = ("site-packages", "dist-packages")
_FINDER_MAPPING = re.compile(r"^MAPPING(?:\s*:[^=]+)?\s*=\s*(\{.*\})\s*$", re.MULTILINE)
_IGNORED_TOPS = frozenset({"__pycache__", "tests", "test", "docs", "examples", "bin", "share", "etc"})


@dataclass(frozen=True, slots=True)
class _Distribution:
    name: str
    version: str
    requires: tuple[str, ...]
    """Normalised names of what it needs here."""


@dataclass(frozen=True)
class _Index:
    """What is installed."""

    distributions: Mapping[str, _Distribution]
    """By normalised name."""
    providers: Mapping[str, tuple[str, ...]]
    """Normalised names of the distributions that hold an import name (dotted inside shared namespaces)."""
    memo: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)


_indexes: dict[str, _Index] = {}


def user_cache() -> Path:
    """The user's folder for what may be lost: it is about the installation, which many workspaces share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "jupyter_mlpipe"


def distributions_for(modules: Iterable[str], cache: str | Path | None = None) -> dict[str, str]:
    """Distributions that these imports reach, with all that they require: name to version, in order of name.

    Parameters
    ----------
    modules
        Absolute module names; what is in the standard library or not installed is passed over.
    cache
        A folder for the file that makes this fast; :func:`user_cache` by default. A folder that cannot be written
        costs time only.
    """
    wanted = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    if not wanted:
        return {}
    index = _index(Path(cache) if cache is not None else user_cache())
    reached: set[str] = set()
    for name in wanted:
        for provider in _providers(index, name):
            reached |= _with_requirements(index, provider)
    found = {index.distributions[name].name: index.distributions[name].version for name in reached}
    return dict(sorted(found.items()))


def normalised(name: str) -> str:
    """A distribution's name in the one spelling that all indexes accept."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _providers(index: _Index, name: str) -> tuple[str, ...]:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found = index.providers.get(".".join(parts[:length]))
        if found is not None:
            return found
    return ()


def _with_requirements(index: _Index, name: str) -> frozenset[str]:
    known = index.memo.get(name)
    if known is None:
        reached, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current in index.distributions and current not in reached:
                reached.add(current)
                waiting.extend(index.distributions[current].requires)
        known = index.memo[name] = frozenset(reached)
    return known


def _index(cache: Path) -> _Index:
    folders = _folders()
    key = json.dumps([_VERSION, sys.version, sys.platform, folders])
    index = _indexes.get(key)
    if index is None:
        # Processes that look in other folders keep files of their own.
        file = cache / f"distributions-{digest_text(json.dumps([sys.prefix, [name for name, _ in folders]]))[:12]}.json"
        index = _read(file, key)
        if index is None:
            index = _build([name for name, _ in folders])
            _write(file, key, index)
        _indexes.clear()
        _indexes[key] = index
    return index


def installed_folders() -> set[str]:
    """Where this interpreter's packages and its own modules are."""
    paths = sysconfig.get_paths()
    folders = {paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    return folders | {*site.getsitepackages(), site.getusersitepackages()}


def import_marks() -> dict[str, int]:
    """When something was last installed into each of those folders, or removed; cheap enough to ask often."""
    marks = {}
    for folder in installed_folders():
        with suppress(OSError):
            marks[folder] = Path(folder).stat().st_mtime_ns
    return marks


def _folders() -> list[tuple[str, int]]:
    """Folders on ``sys.path`` that hold installed distributions, with the times when they last changed."""
    found = []
    for entry in dict.fromkeys(sys.path):
        with suppress(OSError):
            if Path(entry).name in _SITE or any(child.suffix == ".dist-info" for child in Path(entry or ".").iterdir()):
                found.append((entry, Path(entry).stat().st_mtime_ns))
    return found


def _read(file: Path, key: str) -> _Index | None:
    try:
        found = json.loads(file.read_bytes())
        if found["key"] != key:
            return None
        return _Index(
            {name: _Distribution(item[0], item[1], tuple(item[2])) for name, item in found["distributions"].items()},
            {name: tuple(items) for name, items in found["providers"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None  # missing, or written by something else: it is made again


def _write(file: Path, key: str, index: _Index) -> None:
    data = {
        "key": key,
        "distributions": {name: [d.name, d.version, d.requires] for name, d in index.distributions.items()},
        "providers": index.providers,
    }
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(data), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _build(folders: list[str]) -> _Index:
    from importlib import metadata

    distributions: dict[str, _Distribution] = {}
    held: dict[str, dict[str, set[str]]] = {}
    for distribution in metadata.distributions(path=folders):
        name = distribution.metadata["Name"]
        if not name or normalised(name) in distributions:
            continue  # the first on sys.path is the one that is imported
        key = normalised(name)
        distributions[key] = _Distribution(name, distribution.version or "", _requirements(distribution.requires))
        for top, inner in _import_names(distribution).items():
            held.setdefault(top, {})[key] = inner
    providers: dict[str, tuple[str, ...]] = {}
    for top, holders in held.items():
        providers[top] = tuple(sorted(holders))
        if len(holders) > 1:
            for key, inner in holders.items():
                for dotted in inner:
                    providers[dotted] = tuple(sorted({*providers.get(dotted, ()), key}))
    return _Index(distributions, providers)


def _requirements(lines: Iterable[str] | None) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    found = set()
    for line in lines or ():
        with suppress(InvalidRequirement):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                found.add(normalised(requirement.name))
    return tuple(sorted(found))


def _import_names(distribution: Any) -> dict[str, set[str]]:
    """Top-level import names of a distribution, each with the dotted names of the packages below (three deep)."""
    found: dict[str, set[str]] = {}
    for file in distribution.files or ():
        parts = file.parts
        if parts[0] == ".." or parts[0].endswith((".dist-info", ".egg-info", ".data")) or parts[0] in _IGNORED_TOPS:
            continue
        if len(parts) == 1:
            stem, dot, suffix = parts[0].partition(".")
            if dot and suffix.endswith(("py", "so", "pyd")) and stem.isidentifier():
                found.setdefault(stem, set())
            continue
        if parts[-1].endswith((".py", ".so", ".pyd")) and all(part.isidentifier() for part in parts[:-1]):
            inner = found.setdefault(parts[0], set())
            for depth in range(2, min(len(parts), 4)):
                inner.add(".".join(parts[:depth]))
    for name in (distribution.read_text("top_level.txt") or "").split():
        found.setdefault(name.replace("/", "."), set())
    for name in _editable_names(distribution):
        found.setdefault(name, set())
    return found


def _editable_names(distribution: Any) -> set[str]:
    """Import names of an editable install, from its ``.pth`` file or the mapping in its finder."""
    names: set[str] = set()
    if '"editable"' not in (distribution.read_text("direct_url.json") or ""):
        return names
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        with suppress(OSError, UnicodeDecodeError, ValueError, SyntaxError):
            if path.name.startswith("__editable__") and path.suffix == ".py":
                match = _FINDER_MAPPING.search(path.read_text(encoding="utf-8"))
                if match is not None:
                    names |= {str(name).partition(".")[0] for name in ast.literal_eval(match[1])}
            elif path.suffix == ".pth":
                for line in path.read_text(encoding="utf-8").splitlines():
                    if line and not line.startswith(("import ", "#")):
                        names |= _importable_in(Path(line.strip()))
    return names


def _importable_in(folder: Path) -> set[str]:
    found = set()
    for child in folder.iterdir():
        if child.suffix == ".py" and child.stem.isidentifier() and child.stem not in ("setup", "conftest"):
            found.add(child.stem)
        elif (child / "__init__.py").is_file() and child.name not in _IGNORED_TOPS:
            found.add(child.name)
    return found
