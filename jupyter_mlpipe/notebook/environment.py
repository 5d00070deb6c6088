"""Versions of the installed distributions that a set of imports reaches, with what those depend on.

This module is not for project-local code (``modules`` digests that), nor for finding what is installed (``installed``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from jupyter_mlpipe.notebook.installed import Installed, installed


def distributions_for(modules: Iterable[str], cache: str | Path | None = None) -> dict[str, str]:
    """Distributions that these imports reach, with all that they require: name to version, in order of name.

    Parameters
    ----------
    modules
        Absolute module names; what is in the standard library or not installed is passed over.
    cache
        Where :func:`installed.installed` keeps its file; its own default where None.
    """
    wanted = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    if not wanted:
        return {}
    index = installed(Path(cache) if cache is not None else None)
    reached: set[str] = set()
    for name in wanted:
        for provider in _providers(index, name):
            reached |= _with_requirements(index, provider)
    found = {index.distributions[name].name: index.distributions[name].version for name in reached}
    return dict(sorted(found.items()))


def _providers(index: Installed, name: str) -> tuple[str, ...]:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found = index.providers.get(".".join(parts[:length]))
        if found is not None:
            return found
    return ()


def _with_requirements(index: Installed, name: str) -> frozenset[str]:
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


def installed_folders() -> set[str]:
    """Where this interpreter's packages and its own modules are."""
    import site
    import sysconfig

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
