"""How an embedded cluster ends: nothing of it lives on, and what its event loop still says is not for the user.

Not for deciding when it ends (``cluster``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_mlpipe.execution.fork_group import is_server, kernels_of

_LOOP_THREAD = "IO loop"
"""distributed's name for the thread of its event loop."""
_LOGGERS = ("asyncio", "tornado.application", "tornado.general")


def processes_of(cluster: Any, group: str) -> tuple[list[Any], list[Any]]:
    """Processes of an embedded cluster's workers, and what runs for them: kernels and what these started.

    The kernels are below the workers, or below the fork server that these share by the name `group`.
    """
    import psutil

    workers: list[Any] = []
    kernels: list[Any] = []
    for nanny in list(getattr(cluster, "workers", {}).values()):
        with suppress(psutil.Error, AttributeError):
            worker = psutil.Process(nanny.pid)
            workers.append(worker)
            kernels += [child for child in worker.children(recursive=True) if not is_server(child, worker)]
    return workers, kernels + kernels_of(group)


def kill(processes: Sequence[Any]) -> None:
    """Kill processes, gone ones passed over."""
    import psutil

    for process in processes:
        with suppress(psutil.Error):  # gone already, or another process by now: psutil compares start times
            process.kill()


@contextmanager
def last_words_unheard() -> Iterator[None]:
    """Drop what the cluster's event loop logs while it is taken down: callbacks that find their socket closed."""
    unheard = _NotFromLoop()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(unheard)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(unheard)


class _NotFromLoop(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != _LOOP_THREAD
