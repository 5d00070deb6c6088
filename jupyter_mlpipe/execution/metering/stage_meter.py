"""Meters one attempt at a stage: looks at its kernel's process tree now and then, and once more at the end.

A look costs a fraction of a millisecond for each process; the pause between two is so long that all looks together take
less than half a percent of the time. Memory is what the tree has beside what its kernel started with, as for
``--memory``: pages that no file backs, those shared with the fork server left out.

Not for reading the system (``proc``, ``gpus``), nor for prices.
"""

from __future__ import annotations

import os
import socket
import threading
import time

from jupyter_mlpipe.execution.metering.energy import EnergyMeter
from jupyter_mlpipe.execution.metering.gpus import GpuMeter, visible_gpus
from jupyter_mlpipe.execution.metering.measured import Measured
from jupyter_mlpipe.execution.metering.proc import HAS_PROC, look, proportional_memory
from jupyter_mlpipe.execution.metering.process_tree import ProcessTree

MACHINE_VARIABLE = "MLPIPE_MACHINE"
PURCHASE_VARIABLE = "MLPIPE_PURCHASE"

_SHORTEST_PAUSE = 0.1
"""Seconds between two looks."""
_LONGEST_PAUSE = 5.0
_SHARE = 1 / 200
"""Of the time, for looking."""


class StageMeter:
    """Meters a process and all that it starts, from now until `stop`.

    Parameters
    ----------
    pid
        The kernel's process.
    energy
        Whether the energy that it takes is measured.
    """

    def __init__(self, pid: int, *, energy: bool = False) -> None:
        self._tree = ProcessTree(pid)
        devices = visible_gpus()
        self._gpus = GpuMeter(devices) if devices else None
        self._energy = EnergyMeter() if energy else None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._begun = self._looked = time.monotonic()
        self._base = self._base_shared = 0
        self._memory = self._peak = 0
        self._byte_seconds = 0.0
        self._most_files = 0
        self._rolled_up_at = 0.0
        self._look(first=True)
        self._thread = threading.Thread(target=self._go_on, name="mlpipe-meter", daemon=True)
        self._thread.start()

    def stop(self, root_cpu: float | None = None) -> Measured:
        """Look once more, and say what was used.

        Parameters
        ----------
        root_cpu
            What the system said of the process when it was waited for, in seconds; None where it still lives.
        """
        self._stopped.set()
        self._look()
        if root_cpu is not None:
            self._tree.root_ended(root_cpu)
        seconds = self._looked - self._begun
        gpu = self._gpus.read() if self._gpus is not None else {}
        energy = self._energy.read(self._tree.cpu_seconds) if self._energy is not None else None
        return Measured(
            wall_seconds=seconds,
            cpu_seconds=self._tree.cpu_seconds,
            memory_peak=self._peak,
            memory_byte_seconds=self._byte_seconds,
            bytes_read=self._tree.bytes_read,
            bytes_written=self._tree.bytes_written,
            energy_joules=energy,
            machine=os.environ.get(MACHINE_VARIABLE, ""),
            purchase=os.environ.get(PURCHASE_VARIABLE) or None,
            host=socket.gethostname(),
            **gpu,
        )

    def _go_on(self) -> None:
        pause = _SHORTEST_PAUSE
        while not self._stopped.wait(pause):
            begun = time.thread_time()
            self._look()
            pause = min(max((time.thread_time() - begun) / _SHARE, _SHORTEST_PAUSE), _LONGEST_PAUSE)

    def _look(self, *, first: bool = False) -> None:
        with self._lock:
            self._tree.take(look(self._tree.pids))
            now = time.monotonic()
            self._byte_seconds += self._memory * (now - self._looked)
            self._looked = now
            self._weigh(first=first)
            if self._gpus is not None:
                self._gpus.look(self._tree.pids)

    def _weigh(self, *, first: bool) -> None:
        """Take in how much memory the tree has."""
        seen = self._tree.seen
        root = seen.get(self._tree.root)
        if first and root is not None:
            self._base, self._base_shared = root.anonymous, _proportional([self._tree.root])
        if len(seen) > 1:
            self._weigh_shared(list(seen))
            return
        if root is None:
            self._memory = 0
            return
        self._memory = max(0, root.anonymous - self._base)
        self._most_files = max(self._most_files, root.file_backed)
        # What was there at most between two looks, as far as it was not files.
        self._peak = max(self._peak, self._memory, root.most - self._most_files - self._base if not first else 0)

    def _weigh_shared(self, pids: list[int]) -> None:
        """Several processes share pages: each page counts once, which takes longer to find out."""
        if time.monotonic() < self._rolled_up_at:
            return
        begun = time.monotonic()
        self._memory = max(0, _proportional(pids) - self._base_shared)
        self._rolled_up_at = time.monotonic() + (time.monotonic() - begun) / _SHARE
        self._peak = max(self._peak, self._memory)


def _proportional(pids: list[int]) -> int:
    return sum(proportional_memory(pid) for pid in pids) if HAS_PROC else 0
