"""What all operations of one server share: the root folder, the workspaces that are open, the watch over their runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import WorkspaceError
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.run_watch import RunWatch
from jupyter_mlpipe.workspace import Workspace


@dataclass(frozen=True)
class _Opened:
    workspace: Workspace
    folder: tuple[int, int] | None
    """Which ``.mlpipe`` it was: one that was deleted and made anew is another."""


class Desk:
    """Safe to use from several threads.

    Parameters
    ----------
    places
        What the server shows.
    tell
        Called, in the watch's thread, with each nudge (see `RunWatch`).
    warm_runs
        Whether runs go through a process that stays ready for the next one.
    """

    def __init__(self, places: Places, *, tell: Callable[[Mapping[str, Any]], None], warm_runs: bool = True) -> None:
        self.places = places
        self.warm_runs = warm_runs
        self.watch = RunWatch(self.places, tell)
        self._lock = threading.Lock()
        self._opened: dict[Path, _Opened] = {}

    def look_into(self, path: str) -> Workspace:
        """The workspace that a notebook or folder belongs to, whether it has been made yet or not; nothing is made."""
        # Settings are read each time: people edit them while the server runs.
        found = Workspace.open(self.places.file(path), create=False)
        identity = _identity(found.folder)
        with self._lock:
            kept = self._opened.get(found.root)
            if kept is None or kept.folder != identity or kept.workspace.settings != found.settings:
                kept = self._opened[found.root] = _Opened(found, identity)
        if identity is not None:
            self.watch.add(kept.workspace)
        return kept.workspace

    def workspace(self, path: str) -> Workspace:
        """The workspace that a notebook or folder belongs to.

        Raises
        ------
        WorkspaceError
            Nothing has been run there yet.
        """
        workspace = self.look_into(path)
        if not workspace.exists:
            raise WorkspaceError(f"nothing has been run in {workspace.root.name} yet", hint="run a notebook first")
        return workspace

    def close(self) -> None:
        """End the watch and close what is open."""
        self.watch.stop()
        with self._lock:
            for opened in self._opened.values():
                opened.workspace.close()
            self._opened.clear()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
