"""Watches the ledgers of open workspaces for news of runs, whoever carries them out, and says that there are some.

What it tells is a *nudge*: which run has events up to which id. Whoever is interested asks for the events themselves.
One thread looks, often while something runs and seldom otherwise; looking is one indexed query for each workspace.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.lost_runs import record_lost_runs
from jupyter_mlpipe.ledger import events, runs
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.workspace import Workspace

_OFTEN = 0.12
_SELDOM = 1.0
_BUSY_SECONDS = 10.0
"""How long after the last news, or the last request for some, it goes on to look often."""
_FORGET_SECONDS = 3600.0
"""After so long without a request a workspace is no longer watched, unless something runs in it."""
_LOST_SECONDS = 3.0

_log = logging.getLogger(__name__)


@dataclass
class _Watched:
    workspace: Workspace
    seen: int
    """Id of the newest event that was told of."""
    asked: float
    news: float
    running: bool = True
    """Whether a run may be going on; looked into before anything is concluded from it."""
    looked_for_lost: float = 0.0


class RunWatch:
    """One server's watch.

    Parameters
    ----------
    places
        What the server shows.
    tell
        Called, in the watch's thread, with ``workspace``, ``notebook`` (contents path or None), ``run``, ``status``
        and ``last``, the id of the run's newest event.
    """

    def __init__(self, places: Places, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self._places = places
        self._tell = tell
        self._watched: dict[Path, _Watched] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def add(self, workspace: Workspace) -> None:
        """Watch a workspace; news from before now are no news."""
        with self._lock:
            known = self._watched.get(workspace.root)
            if known is not None and known.workspace is workspace:
                known.asked = time.monotonic()
                return
        newest = events.newest_id(workspace.ledger)
        now = time.monotonic()
        with self._lock:
            self._watched[workspace.root] = _Watched(workspace, newest, asked=now, news=now)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._look_on, name="mlpipe-run-watch", daemon=True)
                self._thread.start()

    def expect(self, workspace: Workspace) -> None:
        """Look often for a while: a run was just started."""
        with self._lock:
            known = self._watched.get(workspace.root)
            if known is not None:
                known.news = time.monotonic()
                known.running = True
        self._wake.set()

    def stop(self) -> None:
        """End the watch."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _look_on(self) -> None:
        while not self._stopped:
            with self._lock:
                watched = list(self._watched.values())
            for one in watched:
                try:
                    self._look(one)
                except MlpipeError as error:
                    # The ledger may be gone, or its server away for a moment: it is looked for again, more seldom.
                    one.running = False
                    one.news = 0.0
                    _log.debug("the ledger of %s cannot be read: %s", one.workspace.root, error)
            now = time.monotonic()
            with self._lock:
                for root, one in list(self._watched.items()):
                    if not one.running and now - one.asked > _FORGET_SECONDS:
                        del self._watched[root]
                busy = any(one.running or now - one.news < _BUSY_SECONDS for one in self._watched.values())
            self._wake.wait(_OFTEN if busy else _SELDOM)
            self._wake.clear()

    def _look(self, one: _Watched) -> None:
        ledger, now = one.workspace.ledger, time.monotonic()
        news = events.news(ledger, one.seen)
        if one.running and now - one.looked_for_lost > _LOST_SECONDS:
            one.looked_for_lost = now
            lost = record_lost_runs(
                ledger,
                tracking=one.workspace.settings.tracking,
                openlineage=one.workspace.settings.tells_openlineage,
            )
            news |= {run.id: news.get(run.id, one.seen) for run in lost}
            one.running = bool(runs.runs(ledger, status="running", limit=1))
        for run_id, last in news.items():
            run = runs.run(ledger, run_id)
            one.running |= run.status == "running"
            one.news = now
            one.seen = max(one.seen, last)
            self._tell(
                {
                    "workspace": one.workspace.root.name,
                    "notebook": self._places.shown(one.workspace, run.notebook),
                    "run": run_id,
                    "status": run.status,
                    "last": last,
                }
            )
