"""How much of a cluster's time went by, used or not: the integral over its workers of what they declare.

Not for what processes use (``measured``), nor for opening clusters (``cluster``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.metering.run_meters import ClusterUse

if TYPE_CHECKING:
    from jupyter_mlpipe.notebook.pipeline import StageOptions

_LOOK_SECONDS = 1.0
_RESOURCES = ("CPU", "GPU", "MEMORY")


class ClusterMeter:
    """Follows the workers of one cluster from now on.

    Parameters
    ----------
    since
        Where it was asked for earlier: by ``time.monotonic``.
    """

    def __init__(self, since: float | None = None) -> None:
        self._begun = self._looked = time.monotonic() if since is None else since
        self._started = time.time() - (time.monotonic() - self._begun)
        self._workers: int | None = None
        self._most = 0
        self._worker_seconds = 0.0
        self._now = dict.fromkeys(_RESOURCES, 0.0)
        self._peak = dict(self._now)
        self._held = dict(self._now)
        self._busy = dict(self._now)

    def due(self) -> bool:
        """Whether it is time to look at the workers again."""
        return not self._workers or time.monotonic() - self._looked >= _LOOK_SECONDS

    def look(self, workers: Mapping[str, Any]) -> None:
        """Take in the workers that are there now, as ``Client.scheduler_info`` tells of them.

        Those seen last time count until now; those of the first look, from the beginning.
        """
        declared = _declared(workers)
        if self._workers is None:
            self._workers, self._now = len(workers), declared
        passed = time.monotonic() - self._looked
        self._looked += passed
        self._worker_seconds += passed * self._workers
        for name in _RESOURCES:
            self._held[name] += passed * self._now[name]
            self._peak[name] = max(self._peak[name], declared[name])
        self._workers, self._now = len(workers), declared
        self._most = max(self._most, len(workers))

    def used(self, options: StageOptions, seconds: float) -> None:
        """Take in what an attempt had reserved for so long."""
        for name, amount in zip(_RESOURCES, (options.cpus, options.gpus, options.memory), strict=True):
            self._busy[name] += amount * seconds

    def read(self) -> ClusterUse:
        """All from the beginning to the last look."""
        seconds = self._looked - self._begun
        spared = {name: max(0.0, self._peak[name] * seconds - self._held[name]) for name in _RESOURCES}
        return ClusterUse(
            started=self._started,
            seconds=seconds,
            workers=self._most,
            worker_seconds=self._worker_seconds,
            cpu_seconds=self._held["CPU"],
            gpu_seconds=self._held["GPU"],
            memory_byte_seconds=self._held["MEMORY"],
            busy_cpu_seconds=self._busy["CPU"],
            busy_gpu_seconds=self._busy["GPU"],
            busy_memory_byte_seconds=self._busy["MEMORY"],
            spared_cpu_seconds=spared["CPU"],
            spared_gpu_seconds=spared["GPU"],
            spared_memory_byte_seconds=spared["MEMORY"],
        )


def _declared(workers: Mapping[str, Any]) -> dict[str, float]:
    """What all workers declare together; a worker that declares no CPUs has one for each of its threads."""
    found = dict.fromkeys(_RESOURCES, 0.0)
    for about in workers.values():
        declared = {"CPU": about.get("nthreads", 1), **(about.get("resources") or {})}
        for name in _RESOURCES:
            found[name] += float(declared.get(name, 0.0))
    return found
