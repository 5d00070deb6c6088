"""Settings of Dask for an embedded cluster, in force while it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_EMBEDDED = {
    # A worker's thread waits for a kernel: its profile shows that and nothing else, and costs time and memory.
    "distributed.worker.profile.enabled": False,
    # The last messages are kept for Dask's developers, and each holds a whole task.
    "distributed.admin.low-level-log-length": 100,
}


@contextmanager
def embedded_settings() -> Iterator[None]:
    """Have processes and clients that are made meanwhile keep what an embedded cluster needs, and no more.

    To be called when distributed has been imported: its defaults would else be taken out again at the end.
    """
    import dask

    with dask.config.set(_EMBEDDED):
        yield
