"""The event loops in which jupyter_client's calls run.

jupyter_client makes one for each thread, and for each Dask task, that calls it, and leaves it to the garbage collector,
with its file handles and the threads that it has started.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_core.utils import ensure_event_loop


@contextmanager
def loop_closed_at_end() -> Iterator[None]:
    """For a thread or a task that calls jupyter_client: close its event loop when it is done with it."""
    loop = ensure_event_loop()
    try:
        yield
    finally:
        if not loop.is_running():  # else it is not ours
            loop.close()
