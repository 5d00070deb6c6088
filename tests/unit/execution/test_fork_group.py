"""The fork server that the workers of an embedded cluster share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_mlpipe.execution.cluster import Cluster, WarmUp, open_cluster
from jupyter_mlpipe.execution.shared_address import AVAILABLE
from jupyter_mlpipe.execution.stage_task import run_stage
from tests.unit.execution.test_cluster import Chosen
from tests.unit.execution.worker_side import stage_task, text_of, wait_until

pytestmark = [
    pytest.mark.skipif(not AVAILABLE, reason="kernels are forked on Linux only"),
    pytest.mark.xdist_group("fork_server"),
    pytest.mark.slow,
]

AHEAD = ("json.tool",)
WHO = (
    "import os\n"
    "inherited = [name for name in os.environ if name.startswith(('__DASK', 'MLPIPE_INTERNAL'))]\n"
    "print(os.getppid(), inherited)"
)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Jupyter's runtime folder, with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="mlp-") as folder:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", folder)
        yield Path(folder)


def open_two(folder: Path) -> Cluster:
    return open_cluster(Chosen(workers=2), warm_up=WarmUp("python3", str(folder), {}, AHEAD))


def server_of_each_worker(cluster: Cluster, folder: Path) -> set[int]:
    """Run a stage on every worker; the process ids of what their kernels were forked from."""
    workers = list(cluster.client.scheduler_info(n_workers=-1)["workers"])
    futures = [
        cluster.client.submit(run_stage, stage_task(folder, WHO, ahead=AHEAD), pure=False, workers=[worker])
        for worker in workers
    ]
    found = set()
    for future in futures:
        outcome = future.result(timeout=60)
        assert outcome.status == "done", outcome.error
        parent, inherited = text_of(outcome.cell_outputs[0]["outputs"]).split(maxsplit=1)
        assert inherited.strip() == "[]"
        found.add(int(parent))
    return found


def test_one_server_imports_for_all_workers_and_ends_with_them(tmp_path: Path, runtime: Path) -> None:
    with open_two(tmp_path) as cluster:
        (server,) = server_of_each_worker(cluster, tmp_path)
        process = psutil.Process(server)
        assert process.ppid() == os.getpid()
    assert psutil.wait_procs([process], timeout=10)[1] == []
    assert list(runtime.glob("*.sock")) == []


def test_a_server_that_a_worker_had_to_start_leaves_nothing_either(tmp_path: Path, runtime: Path) -> None:
    with open_cluster(Chosen(workers=2)) as cluster:
        (server,) = server_of_each_worker(cluster, tmp_path)
        process = psutil.Process(server)
        assert process.ppid() != os.getpid()
        assert len(list(runtime.glob("*.sock"))) == 1
    assert psutil.wait_procs([process], timeout=10)[1] == []
    assert list(runtime.glob("*.sock")) == []


def test_a_server_that_is_killed_is_replaced_by_one(tmp_path: Path, runtime: Path) -> None:
    with open_two(tmp_path) as cluster:
        (server,) = server_of_each_worker(cluster, tmp_path)
        psutil.Process(server).kill()
        wait_until(lambda: not psutil.pid_exists(server) or psutil.Process(server).status() == psutil.STATUS_ZOMBIE)
        (another,) = server_of_each_worker(cluster, tmp_path)
        assert another != server


def test_clusters_of_one_process_have_servers_of_their_own(tmp_path: Path, runtime: Path) -> None:
    with open_two(tmp_path) as first:
        (server,) = server_of_each_worker(first, tmp_path)
        with open_two(tmp_path) as second:
            (other,) = server_of_each_worker(second, tmp_path)
            assert other != server
        assert server_of_each_worker(first, tmp_path) == {server}


def test_without_a_place_for_a_socket_each_worker_has_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / ("long" * 40)))
    with open_two(tmp_path) as cluster:
        assert len(server_of_each_worker(cluster, tmp_path)) == 2
