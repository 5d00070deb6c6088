"""The fork server that the workers of an embedded cluster share: one import of everything for all of them.

The process that opens the cluster starts the server before the workers, so that both get ready at the same time; it
ends with the last of them. Not for how a server is found or asked (``fork_client``).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from jupyter_mlpipe.execution.fork_client import PROGRAM, CannotForkError, ServerPlace
from jupyter_mlpipe.execution.fork_servers import process_fork_servers
from jupyter_mlpipe.execution.kernel_environment import kernel_environment
from jupyter_mlpipe.execution.shared_address import AVAILABLE

_numbers = itertools.count()


def new_group() -> str:
    """A name by which the workers of one cluster share a fork server."""
    return f"{os.getpid()}-{next(_numbers)}"


def start_ahead(group: str, modules: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start the group's server for kernels with these additions to the environment."""
    if AVAILABLE:
        place = ServerPlace.of(modules, kernel_environment(environment), group=group)
        with suppress(CannotForkError, OSError):  # a worker that needs it will say so
            process_fork_servers().prepare(place)


def kernels_of(group: str) -> list[Any]:
    """Processes that the group's servers have forked and that still live."""
    import psutil

    found: list[Any] = []
    for pid in process_fork_servers().pids(group):
        with suppress(psutil.Error):
            found += psutil.Process(pid).children(recursive=True)
    return found


def is_server(process: Any, worker: Any) -> bool:
    """Whether a process is a fork server that a worker has started: it ends by itself, and takes its address away.

    A kernel that was forked from it has the same command line, but is no child of the worker's.
    """
    import psutil

    with suppress(psutil.Error):  # it has ended meanwhile
        return process.ppid() == worker.pid and PROGRAM in process.cmdline()
    return False


def leave(group: str) -> None:
    """Let go of the group's servers; they end with their last client."""
    if group:
        process_fork_servers().close(group)
