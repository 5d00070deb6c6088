"""Clusters: how workers are sized, what they run and listen to, and that nothing of them stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlpipe.errors import ClusterError
from jupyter_mlpipe.execution.cluster import Cluster, open_cluster
from jupyter_mlpipe.execution.cluster_end import processes_of
from jupyter_mlpipe.execution.stage_task import StageTask, cancel_stage, run_stage
from jupyter_mlpipe.execution.worker_preload import WarmUp
from jupyter_mlpipe.execution.worker_size import own_devices, resources_for, size_workers
from jupyter_mlpipe.notebook.pipeline import StageOptions
from tests.unit.execution.worker_side import kernels_below, stage_task, text_of, wait_until

GB = 10**9


@dataclass
class Chosen:
    """The settings that matter here."""

    cluster: str = "local"
    cluster_options: dict[str, Any] = field(default_factory=dict)
    workers: int | None = None
    adapt_minimum: int | None = None
    adapt_maximum: int | None = None


# -- sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "workers", "expected"),
    [
        ([], None, (8, 1, 1.0, 4 * GB)),
        ([StageOptions(cpus=2)], None, (4, 2, 2.0, 8 * GB)),
        ([StageOptions(cpus=3)], None, (2, 4, 4.0, 16 * GB)),
        ([StageOptions(memory=20 * GB)], None, (1, 8, 8.0, 32 * GB)),
        ([StageOptions(cpus=0.5)], None, (8, 2, 1.0, 4 * GB)),
        ([], 3, (3, 2, 2.0, 32 * GB // 3)),
        ([], 16, (16, 1, 1.0, 2 * GB)),
    ],
)
def test_workers_hold_the_largest_stage(
    needs: list[StageOptions], workers: int | None, expected: tuple[int, int, float, int]
) -> None:
    size = size_workers(needs, cpus=8, memory=32 * GB, gpus=0, workers=workers)
    assert (size.workers, size.threads, size.cpus, size.memory) == expected


def test_one_worker_for_each_gpu_or_group_of_gpus() -> None:
    assert size_workers([StageOptions(gpus=1)], cpus=16, memory=64 * GB, gpus=4, workers=None).resources == {
        "CPU": 4.0,
        "MEMORY": 16.0 * GB,
        "GPU": 1.0,
    }
    assert [own_devices([0, 1, 2, 3], worker, 2) for worker in (0, 1)] == ["0,1", "2,3"]
    assert [own_devices(["GPU-a", "GPU-b"], worker, 1) for worker in ("GPU-a", "GPU-b")] == ["GPU-a", "GPU-b"]
    assert size_workers([StageOptions(gpus=2)], cpus=16, memory=64 * GB, gpus=4, workers=None).gpus == 2.0


@pytest.mark.parametrize(
    ("needs", "workers", "says"),
    [
        (StageOptions(cpus=9), None, "9 CPUs; this machine has 8 CPUs"),
        (StageOptions(memory=33 * GB), None, "33 GB of memory; this machine has 32 GB"),
        (StageOptions(gpus=1), None, "1 GPU; this machine has 0 GPUs"),
        (StageOptions(cpus=4), 4, "4 workers are too many"),
    ],
)
def test_a_stage_that_no_worker_could_hold_is_refused_before_anything_starts(
    needs: StageOptions, workers: int | None, says: str
) -> None:
    with pytest.raises(ClusterError) as caught:
        size_workers([StageOptions(), needs], cpus=8, memory=32 * GB, gpus=0, workers=workers)
    assert says in caught.value.message
    assert caught.value.hint


def test_options_become_resources() -> None:
    assert resources_for(StageOptions(cpus=2, memory=GB, gpus=0.5)) == {"CPU": 2.0, "MEMORY": float(GB), "GPU": 0.5}
    assert resources_for(StageOptions()) == {"CPU": 1.0}


# -- embedded -----------------------------------------------------------------------------------------------------


def open_quietly(chosen: Chosen, **more: Any) -> Cluster:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return open_cluster(chosen, **more)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("project")
    cluster = open_quietly(Chosen(workers=2), warm_up=WarmUp("python3", str(folder)))
    with cluster:
        yield cluster


def submit(cluster: Cluster, task: StageTask, **resources: float) -> Any:
    return cluster.client.submit(run_stage, task, pure=False, resources=resources or {"CPU": 1})


def test_runs_stages_at_once_and_sends_their_events(two_workers: Cluster, tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    two_workers.client.subscribe_topic("topic", lambda event: heard.extend(event[1]))
    meet = (
        "import pathlib, time\nhere, there = pathlib.Path({0!r}), pathlib.Path({1!r})\nhere.touch()\n"
        "for _ in range(600):\n    if there.exists(): break\n    time.sleep(0.05)\nprint(there.exists())"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    tasks = [
        stage_task(tmp_path, meet.format(*pair), stage=f"s{at}", topic="topic")
        for at, pair in enumerate([(a, b), (b, a)])
    ]
    outcomes = two_workers.client.gather([submit(two_workers, task) for task in tasks])
    assert [(outcome.status, text_of(outcome.cell_outputs[0]["outputs"])) for outcome in outcomes] == [
        ("done", "True\n")
    ] * 2
    assert outcomes[0].worker != outcomes[1].worker
    wait_until(lambda: len([event for event in heard if event["type"] == "cell_finished"]) == 2)
    for stage in ("s0", "s1"):
        kinds = [event["type"] for event in heard if event["stage"] == stage]
        assert kinds == ["cell_started", "cell_output", "cell_finished"]


def test_the_kernel_does_not_inherit_what_is_the_workers_own(two_workers: Cluster, tmp_path: Path) -> None:
    # Dask fixes hash seed and thread counts of its workers, in their environment and in its parent's.
    source = "import os; print(sorted(n for n in os.environ if n in {!r} or n.startswith('MLPIPE_')))"
    names = {"PYTHONHASHSEED", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_"}
    here = sorted(name for name in os.environ if name in names or name.startswith("MLPIPE_"))
    outcome = submit(two_workers, stage_task(tmp_path, source.format(names))).result()
    assert text_of(outcome.cell_outputs[0]["outputs"]).strip() == str(here)


def test_every_process_listens_on_the_loopback_address_only(two_workers: Cluster) -> None:
    me = psutil.Process()
    listening = [
        connection.laddr.ip
        for process in (me, *me.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}
    assert two_workers.client.scheduler.address.startswith("tls://")


def test_a_killed_worker_costs_one_more_attempt(two_workers: Cluster, tmp_path: Path) -> None:
    once = (
        "import os, signal, pathlib\nmark = pathlib.Path('mark')\nfirst = not mark.exists()\nmark.touch()\n"
        "if first: os.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(5 if first else 0)\nprint('second')"
    )
    outcome = submit(two_workers, stage_task(tmp_path, once)).result(timeout=60)
    assert (outcome.status, text_of(outcome.cell_outputs[0]["outputs"])) == ("done", "second\n")
    two_workers.client.wait_for_workers(2, timeout=60)


def test_cancel_reaches_the_workers(two_workers: Cluster, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    source = f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(60)"
    future = submit(two_workers, stage_task(tmp_path, source, run="to-stop"))
    wait_until(mark.exists)
    assert cancel_stage("to-stop", client=two_workers.client) == 1
    assert future.result(timeout=30).status == "cancelled"


def test_nothing_is_left_after_the_end(tmp_path: Path) -> None:
    cluster = open_quietly(Chosen(workers=1), warm_up=WarmUp("python3", str(tmp_path)))
    mark = tmp_path / "started"
    future = submit(cluster, stage_task(tmp_path, f"open({str(mark)!r}, 'w').close()\nimport time; time.sleep(60)"))
    wait_until(mark.exists)
    workers, _ = processes_of(cluster._cluster, cluster._group)
    kernels = {kernel.pid for worker in workers for kernel in kernels_below(worker.pid)}
    assert kernels
    cluster.close()
    del future
    wait_until(lambda: not any(map(_lives, kernels)))
    cluster.close()


def test_close_does_not_wait_for_a_frozen_worker(tmp_path: Path) -> None:
    cluster = open_quietly(Chosen(workers=1))
    pid = cluster.client.submit(os.getpid).result()
    psutil.Process(pid).suspend()
    begun = time.monotonic()
    cluster.close(limit=2.0)
    assert time.monotonic() - begun < 20.0
    wait_until(lambda: not _lives(pid))


def test_needs_are_looked_at_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ClusterError):
        open_cluster(Chosen(), [StageOptions(memory=10**18)])
    assert kernels_below() == []


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


# -- a scheduler elsewhere ----------------------------------------------------------------------------------------


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A scheduler and a worker in processes of their own, with another working directory and no resources."""
    away = tmp_path / "away"
    away.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    script = (
        "import asyncio, sys\nfrom distributed import Scheduler, Worker\n"
        "async def main():\n"
        "    async with Scheduler(host='127.0.0.1', port=0, dashboard_address='127.0.0.1:0') as s:\n"
        "        async with Worker(s.address, nthreads=1, host='127.0.0.1', dashboard_address='127.0.0.1:0'):\n"
        "            print(s.address, flush=True)\n"
        "            await s.finished()\n"
        "asyncio.run(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=away, env=environment
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_scheduler_by_address_without_resources(scheduler: str, tmp_path: Path) -> None:
    told: list[str] = []
    with open_cluster(Chosen(cluster=scheduler), warn=told.append) as cluster:
        asks = StageOptions(cpus=2, memory=GB)
        assert [cluster.resources("train", asks) for _ in range(2)] == [{}, {}]
        assert cluster.resources("other", StageOptions()) == {}
        assert len(told) == 2
        outcome = submit_without_resources(cluster, stage_task(tmp_path, "import os; print(os.getcwd())"))
        assert text_of(outcome.cell_outputs[0]["outputs"]) == f"{tmp_path}\n"


def submit_without_resources(cluster: Cluster, task: StageTask) -> Any:
    return cluster.client.submit(run_stage, task, pure=False).result(timeout=60)


def test_plain_text_over_a_network_is_refused() -> None:
    with pytest.raises(ClusterError) as caught:
        open_cluster(Chosen(cluster="tcp://scheduler.example:8786"))
    assert "without encryption" in caught.value.message
    assert "allow-plaintext" in caught.value.hint


def test_a_scheduler_that_does_not_answer() -> None:
    with pytest.raises(ClusterError) as caught:
        open_cluster(Chosen(cluster="tcp://127.0.0.1:9", cluster_options={"timeout": 1}))
    assert "does not answer" in caught.value.message


# -- any class ----------------------------------------------------------------------------------------------------


def test_any_cluster_class_with_options_and_bounds(tmp_path: Path) -> None:
    options = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    chosen = Chosen("distributed:LocalCluster", options | {"n-workers": 0, "host": "127.0.0.1"}, adapt_maximum=1)
    with open_quietly(chosen) as cluster:
        assert cluster.kind == "class"
        assert cluster.resources("train", StageOptions()) == {}
        assert cluster.client.submit(sum, [1, 2]).result(timeout=60) == 3


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_such_package:Cluster", "cannot be imported"),
        ("distributed:NoSuchCluster", "cannot be imported"),
        ("distributed:wait", "does not start"),
        ("nonsense", "names no cluster"),
    ],
)
def test_a_cluster_that_cannot_be_made(name: str, says: str) -> None:
    with pytest.raises(ClusterError) as caught:
        open_cluster(Chosen(cluster=name))
    assert says in caught.value.message
    assert caught.value.hint
