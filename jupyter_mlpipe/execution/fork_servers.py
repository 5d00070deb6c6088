"""The fork servers that a process has: one for each place, few at a time, replaced when they are of no use any more.

An import that a server may not do ahead is remembered, and the server is started again without it.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from multiprocessing import util as multiprocessing_util
from typing import Any

from jupyter_mlpipe.execution.fork_client import CannotForkError, ForkedProcess, ForkServer, ServerPlace

_MOST_SERVERS = 2


class ForkServers:
    """The servers of one process, at most one for each place. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: list[ForkServer] = []
        self._without: dict[str, str] = {}

    def prepare(self, place: ServerPlace) -> ForkServer:
        """The server for a place, started where it is not there; it may not be ready yet."""
        with self._lock:
            for server in self._servers:
                if server.place == place and not server.ended and not server.retired:
                    return server
                if server.spoilt is not None:
                    self._without[server.spoilt[0]] = server.spoilt[1]
            unused = self._unused()
            self._servers = [server for server in self._servers if server not in unused]
            made = ForkServer(place, tuple(self._without))
            self._servers.append(made)
        for server in unused:
            server.close()
        return made

    def _unused(self) -> list[ForkServer]:
        """Servers that nobody needs, with room made for one more; one whose kernels live is needed."""
        idle = [server for server in self._servers if not server.busy]
        useless = [server for server in idle if server.ended or server.retired]
        rest = [server for server in idle if server not in useless]
        return useless + rest[: max(0, len(rest) + 1 - _MOST_SERVERS)]

    def fork(
        self,
        place: ServerPlace,
        order: Mapping[str, Any],
        stdout: int,
        stderr: int,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> ForkedProcess:
        """Fork a kernel from the server for a place; one that turns out spoilt or outdated is replaced once each time.

        Raises
        ------
        CannotForkError
            No server will do it.
        """
        lost = 0
        while True:
            server = self.prepare(place)
            try:
                return server.fork(order, stdout, stderr, stop=stop)
            except CannotForkError:
                spoilt = server.spoilt is not None and server.spoilt[0] not in self._without
                # A shared server may end, as its last client has left, just when the next one comes.
                lost += bool(place.group) and server.ended and server.pid is None
                if not (spoilt or server.retired or lost == 1):
                    raise

    def close(self, group: str | None = None) -> None:
        """End all servers and their kernels; with `group`, leave those that are shared by this name."""
        with self._lock:
            leaving = [server for server in self._servers if group is None or server.place.group == group]
            self._servers = [server for server in self._servers if server not in leaving]
        for server in leaving:
            server.close()

    def pids(self, group: str) -> list[int]:
        """Process ids of those servers that are shared by this name and are ready."""
        with self._lock:
            pids = [server.pid for server in self._servers if server.place.group == group and not server.ended]
        return [pid for pid in pids if pid is not None]


_servers: ForkServers | None = None
_servers_lock = threading.Lock()


def process_fork_servers() -> ForkServers:
    """The servers of this process, closed at its end."""
    global _servers
    with _servers_lock:
        if _servers is None:
            _servers = ForkServers()
            atexit.register(close_fork_servers)
            # A child of multiprocessing's own fork server ends without atexit; its finalisers still run.
            multiprocessing_util.Finalize(None, close_fork_servers, exitpriority=5)
        return _servers


def close_fork_servers() -> None:
    """End this process's servers; the next use starts afresh."""
    global _servers
    with _servers_lock:
        servers, _servers = _servers, None
    if servers is not None:
        servers.close()
