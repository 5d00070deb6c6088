"""What is installed here, without the most of a second that ``importlib.metadata`` takes to tell.

The answer is kept in a small file, which holds for as long as the folders on ``sys.path`` keep their modification
times.
This module is not for reading what is installed (``installed_scan``).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlpipe.notebook.canonical import digest_text

_VERSION = 2
_SITE = ("site-packages", "dist-packages")


class Distribution(NamedTuple):
    """An installed distribution."""

    name: str
    version: str
    requires: tuple[str, ...]
    """Normalised names of what it needs here."""


class EntryPoint(NamedTuple):
    """An object that a distribution offers to us, by a group of ours."""

    group: str
    name: str
    value: str
    """``module:attribute``."""
    distribution: str

    def load(self) -> Any:
        """Import the object. Raises what its import raises, and ``AttributeError``."""
        module, _, path = self.value.partition(":")
        found: Any = import_module(module.strip())
        for name in filter(None, path.partition("[")[0].strip().split(".")):
            found = getattr(found, name)
        return found


@dataclass(frozen=True)
class Installed:
    """What is installed."""

    distributions: Mapping[str, Distribution]
    """By normalised name."""
    providers: Mapping[str, tuple[str, ...]]
    """Normalised names of the distributions that hold an import name (dotted inside shared namespaces)."""
    entry_points: tuple[EntryPoint, ...] = ()
    """Those of our groups."""
    memo: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)
    """Normalised names of a distribution and all that it needs, once that was asked."""


_known: dict[str, Installed] = {}


def installed(cache: Path | None = None) -> Installed:
    """What is installed in the folders on ``sys.path``.

    Parameters
    ----------
    cache
        A folder for the file that makes this fast; :func:`user_cache` by default. A folder that cannot be written
        costs time only.
    """
    folders = _folders()
    key = json.dumps([_VERSION, sys.version, sys.platform, folders])
    found = _known.get(key)
    if found is None:
        # Processes that look in other folders keep files of their own.
        about = digest_text(json.dumps([sys.prefix, [name for name, _ in folders]]))[:12]
        file = (cache or user_cache()) / f"installed-{about}.json"
        found = _read(file, key)
        if found is None:
            from jupyter_mlpipe.notebook.installed_scan import scan

            found = scan([name for name, _ in folders])
            _write(file, key, found)
        _known.clear()
        _known[key] = found
    return found


def entry_points(group: str) -> list[EntryPoint]:
    """What installed packages offer in a group of ours (``jupyter_mlpipe.…``), in the order of the names."""
    return sorted((point for point in installed().entry_points if point.group == group), key=lambda point: point.name)


def installed_version(name: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    found = installed().distributions.get(normalised(name))
    return found.version if found else None


def normalised(name: str) -> str:
    """A distribution's name in the one spelling that all indexes accept."""
    return re.sub(r"[-_.]+", "-", name).lower()


def user_cache() -> Path:
    """The user's folder for what may be lost: it is about the installation, which many workspaces share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "jupyter_mlpipe"


def _folders() -> list[tuple[str, int]]:
    """Folders on ``sys.path`` that hold installed distributions, with the times when they last changed."""
    found = []
    for entry in dict.fromkeys(sys.path):
        with suppress(OSError):
            folder = Path(entry)
            if folder.name in _SITE or _holds_distributions(folder):
                found.append((entry, folder.stat().st_mtime_ns))
    return found


def _holds_distributions(folder: Path) -> bool:
    with os.scandir(folder) as items:
        return any(item.name.endswith(".dist-info") for item in items)


def _read(file: Path, key: str) -> Installed | None:
    try:
        found = json.loads(file.read_bytes())
        if found["key"] != key:
            return None
        return Installed(
            {name: Distribution(item[0], item[1], tuple(item[2])) for name, item in found["distributions"].items()},
            {name: tuple(items) for name, items in found["providers"].items()},
            tuple(EntryPoint(*item) for item in found["entry_points"]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None  # missing, or written by something else: it is made again


def _write(file: Path, key: str, found: Installed) -> None:
    data = {
        "key": key,
        "distributions": found.distributions,
        "providers": found.providers,
        "entry_points": found.entry_points,
    }
    temporary = file.with_name(f".{file.name}.{os.urandom(6).hex()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(data), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
