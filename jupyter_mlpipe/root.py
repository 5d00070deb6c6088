"""The search for the folder of a workspace. Not for its settings (``settings``)."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlpipe.errors import SettingsError

TYPE_CHECKING = False  # `typing` takes longer to import than all that is done here
if TYPE_CHECKING:
    from typing import Any

FOLDER = ".mlpipe"
"""Name of the folder that makes a folder a workspace."""


def find_root(start: Path) -> Path:
    """Find the workspace that a notebook or a folder belongs to.

    The nearest folder upward that holds ``.mlpipe/``; else the nearest that holds ``.git`` or a ``pyproject.toml`` with
    ``[tool.mlpipe]``; else the folder itself. Folders above that all users share, such as ``/tmp``, are passed over:
    what another user puts there must not decide whose signatures are trusted here.
    """
    start = absolute(start)
    folder = start if start.is_dir() else start.parent
    parents = (folder, *(parent for parent in folder.parents if not _shared_by_all(parent)))
    for parent in parents:
        if (parent / FOLDER).is_dir():
            return parent
    for parent in parents:
        if (parent / ".git").exists() or _declares_settings(parent / "pyproject.toml"):
            return parent
    return folder


def _shared_by_all(folder: Path) -> bool:
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    # The sticky bit tells /tmp from file systems that show every folder as open to all.
    return bool(mode & stat.S_IWOTH) and bool(mode & stat.S_ISVTX)


def _declares_settings(path: Path) -> bool:
    # A foreign pyproject.toml above us may be broken; that is not our user's mistake unless it is the root's.
    try:
        return path.is_file() and tool_table(path) is not None
    except SettingsError:
        return False


def tool_table(path: Path) -> Mapping[str, Any] | None:
    """Return ``[tool.mlpipe]`` of a ``pyproject.toml``, or None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint="correct the file", path=str(path)) from error
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint="correct the file", path=str(path)) from error
    tool = document.get("tool", {})
    table = tool.get("mlpipe") if isinstance(tool, Mapping) else None
    if table is not None and not isinstance(table, Mapping):
        raise SettingsError(f"tool.mlpipe in {path} is not a table", hint="write it as [tool.mlpipe]", path=str(path))
    return table


def absolute(path: Path) -> Path:
    """The absolute path without ``.`` and ``..``."""
    # Links stay as written: a notebook linked into a project belongs to that project.
    return Path(os.path.normpath(path.absolute()))
