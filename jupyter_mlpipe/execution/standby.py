"""One kernel kept ready in this process, so that the next stage does not wait for a kernel to start.

A kernel on standby has run nothing of anyone's and is used once. It is taken only by a stage that asks for the very
same place (kernel name, folder and environment); for any other it is put away and a new one is started.

No kernel outlives its process: on an orderly end they are closed here, and a kernel whose parent was killed sees
within a second or two that it has another parent, and exits.

This module does not run cells; ``kernel_client`` does.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import util as multiprocessing_util

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.event_loops import loop_closed_at_end
from jupyter_mlpipe.execution.kernel_process import (
    KernelDeathError,
    KernelPlace,
    LiveKernel,
    StageStoppedError,
    Watch,
    remove_stale_folders,
    start_kernel,
)
from jupyter_mlpipe.notebook.environment import import_marks

WARM_UP = "try: __import__('jupyter_mlpipe.execution.session')\nexcept Exception: pass"
"""What a kernel imports while it waits. It binds no name, and where it fails the stage itself will say so."""


class Standby:
    """The kernel of one process that waits for the next stage. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: _Starting | None = None
        self._running: set[LiveKernel] = set()
        self._closed = False

    def prepare(self, place: KernelPlace) -> None:
        """Start a kernel for `place` in the background, unless one is there or on its way."""
        with self._lock:
            if self._closed or (self._next is not None and self._next.usable_for(place)):
                return
            old, self._next = self._next, _Starting(place)
        if old is not None:
            old.put_away()

    @contextmanager
    def kernel(self, place: KernelPlace, watch: Watch, timeout: float = 60.0) -> Iterator[LiveKernel]:
        """A ready kernel for one stage: the waiting one where it fits, else a new one. Killed at the end."""
        kernel = self._take(place, watch)
        if kernel is None:
            kernel = start_kernel(place, timeout, watch)
            kernel.run_silently(WARM_UP)
        with self._lock:
            self._running.add(kernel)
            closed = self._closed
        try:
            if closed:
                raise StageStoppedError("cancelled")
            yield kernel
        finally:
            with self._lock:
                self._running.discard(kernel)
            kernel.close()

    def _take(self, place: KernelPlace, watch: Watch) -> LiveKernel | None:
        with self._lock:
            starting, self._next = self._next, None
        if starting is None:
            return None
        if not starting.usable_for(place):
            starting.put_away()
            return None
        return starting.wait(watch)

    def close(self) -> None:
        """Kill every kernel of this process. Later requests are refused."""
        with self._lock:
            self._closed = True
            starting, self._next = self._next, None
            running = list(self._running)
        for kernel in running:  # the stage's own thread notices and cleans up
            with suppress(Exception):
                kernel.kill_process()
        if starting is not None:
            starting.put_away(wait=True)


class _Starting:
    """A kernel on its way up, in a thread of its own."""

    def __init__(self, place: KernelPlace) -> None:
        self._place = place
        self._marks = import_marks()
        self._watch = Watch()
        self._kernel: LiveKernel | None = None
        self._thread = threading.Thread(target=self._start, name="mlpipe-standby", daemon=True)
        self._thread.start()

    def _start(self) -> None:
        # Whatever goes wrong here goes wrong again, and is reported, where the stage starts a kernel of its own.
        ill = (MlpipeError, KernelDeathError, StageStoppedError, OSError, RuntimeError)
        with suppress(*ill), loop_closed_at_end():
            kernel = start_kernel(self._place, watch=self._watch)
            kernel.run_silently(WARM_UP)
            self._kernel = kernel

    def usable_for(self, place: KernelPlace) -> bool:
        if self._place != place or not (self._thread.is_alive() or self._lives()):
            return False
        # What was imported before it was forked may be another version by now.
        return place.ahead is None or self._marks == import_marks()

    def _lives(self) -> bool:
        return self._kernel is not None and self._kernel.exit_code() is None

    def wait(self, watch: Watch) -> LiveKernel | None:
        while self._thread.is_alive():
            self._thread.join(0.02)
            try:
                watch.check()
            except StageStoppedError:
                self.put_away()
                raise
        if self._lives():
            return self._kernel
        if self._kernel is not None:
            self._kernel.close()
        return None

    def put_away(self, wait: bool = False) -> None:
        self._watch.cancel()

        def finish() -> None:
            self._thread.join()
            if self._kernel is not None:
                with loop_closed_at_end():
                    self._kernel.close()

        closer = threading.Thread(target=finish, name="mlpipe-standby-close", daemon=True)
        closer.start()
        if wait:
            closer.join(5.0)


_standby: Standby | None = None
_standby_lock = threading.Lock()


def process_standby() -> Standby:
    """The standby of this process, made on first use and closed at the process's end."""
    global _standby
    with _standby_lock:
        if _standby is None:
            remove_stale_folders()
            _standby = Standby()
            atexit.register(close_standby)
            # A child of a fork server ends without atexit; multiprocessing's own finalisers still run.
            multiprocessing_util.Finalize(None, close_standby, exitpriority=10)
        return _standby


def close_standby() -> None:
    """Kill this process's kernels; the next use starts afresh."""
    global _standby
    with _standby_lock:
        standby, _standby = _standby, None
    if standby is not None:
        standby.close()
