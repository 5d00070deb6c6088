"""Reads what folders hold: distributions, what these need, the names under which they are imported.

Asking ``importlib.metadata`` about a whole environment takes most of a second: ``installed`` keeps the answer. Extras
do not count; markers are evaluated for this interpreter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from jupyter_mlpipe.notebook.installed import Distribution, EntryPoint, Installed, normalised

_FINDER_MAPPING = re.compile(r"^MAPPING(?:\s*:[^=]+)?\s*=\s*(\{.*\})\s*$", re.MULTILINE)
_IGNORED_TOPS = frozenset({"__pycache__", "tests", "test", "docs", "examples", "bin", "share", "etc"})


def scan(folders: list[str]) -> Installed:
    """What these folders hold; of two distributions with one name the first, which is the one that is imported."""
    distributions: dict[str, Distribution] = {}
    held: dict[str, dict[str, set[str]]] = {}
    points: list[EntryPoint] = []
    for distribution in metadata.distributions(path=folders):
        name = distribution.metadata["Name"]
        if not name or normalised(name) in distributions:
            continue
        key = normalised(name)
        distributions[key] = Distribution(name, distribution.version or "", _requirements(distribution.requires))
        points += _entry_points(distribution, name)
        for top, inner in _import_names(distribution).items():
            held.setdefault(top, {})[key] = inner
    providers: dict[str, tuple[str, ...]] = {}
    for top, holders in held.items():
        providers[top] = tuple(sorted(holders))
        if len(holders) > 1:
            for key, inner in holders.items():
                for dotted in inner:
                    providers[dotted] = tuple(sorted({*providers.get(dotted, ()), key}))
    return Installed(distributions, providers, tuple(points))


def _entry_points(distribution: metadata.Distribution, name: str) -> list[EntryPoint]:
    found = [point for point in distribution.entry_points if point.group.startswith("jupyter_mlpipe.")]
    return [EntryPoint(point.group, point.name, point.value, name) for point in found]


def _requirements(lines: Iterable[str] | None) -> tuple[str, ...]:
    found = set()
    for line in lines or ():
        with suppress(InvalidRequirement):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                found.add(normalised(requirement.name))
    return tuple(sorted(found))


def _import_names(distribution: metadata.Distribution) -> dict[str, set[str]]:
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


def _editable_names(distribution: metadata.Distribution) -> set[str]:
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
