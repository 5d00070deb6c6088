"""How much of a cluster's time went by, used, idle and spared."""

from __future__ import annotations

import time
from typing import Any

import pytest

from jupyter_mlpipe.execution.metering import cluster_use
from jupyter_mlpipe.execution.metering.cluster_use import ClusterMeter
from jupyter_mlpipe.execution.metering.run_meters import ClusterUse
from jupyter_mlpipe.execution.metering.waiting import Wait
from jupyter_mlpipe.notebook.pipeline import StageOptions

TWO = {"a": {"nthreads": 2, "resources": {"CPU": 2.0, "MEMORY": 8.0}}, "b": {"nthreads": 2}}


class Clock:
    """Replaces the module's clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return time.time()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(cluster_use, "time", made)
    return made


def test_workers_count_from_the_beginning_and_until_they_were_last_seen(clock: Clock) -> None:
    meter = ClusterMeter(since=990.0)
    looks: list[tuple[float, dict[str, Any]]] = [(0.0, TWO), (5.0, TWO), (5.0, {"a": TWO["a"]}), (10.0, {})]
    for seconds, workers in looks:
        clock.now += seconds
        meter.look(workers)
    meter.used(StageOptions(cpus=1.5, memory=4), 6.0)
    use = meter.read()
    assert (use.seconds, use.workers, use.worker_seconds) == (30.0, 2, 20 * 2 + 10 * 1)
    assert (use.cpu_seconds, use.memory_byte_seconds, use.gpu_seconds) == (20 * 4 + 10 * 2, 30 * 8, 0.0)
    assert (use.busy_cpu_seconds, use.busy_memory_byte_seconds) == (9.0, 24.0)
    assert use.spared_cpu_seconds == 30 * 4 - use.cpu_seconds


def test_a_cluster_that_waits_is_held_and_one_that_was_sent_away_is_spared(clock: Clock) -> None:
    told: list[ClusterUse] = []
    wait = Wait(TWO, told.append)
    clock.now += 60.0
    down = wait.sent_away()
    clock.now += 600.0
    down.end()
    assert [(use.cpu_seconds, use.spared_cpu_seconds) for use in told] == [(240.0, 0.0), (0.0, 2400.0)]
