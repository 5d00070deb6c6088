"""Runs in a row leave nothing behind: no process, no handle, no thread, no file, and no memory that grows.

All processes of a desk here have a temporary folder of their own, by which they are found, orphans too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.faults.desk import ROOT, Desk, leave_trace, notebook, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("runs_in_a_row"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

MORE_HANDLES = 4
"""By which a process may vary: connections between Dask's parts come and go."""
MORE_MEMORY = 12 * 2**20
"""Bytes that a process may grow by, from its warmed-up size on: the allocator's, and what Dask notes of its work."""
DASKS_OWN = {"dask-scratch-space", "dask-scratch-space/global.lock", "dask-scratch-space/purge.lock"}
"""What Dask leaves in a temporary folder, once."""


@dataclass
class Held:
    """What the processes of one kind hold."""

    processes: int = 0
    handles: int = 0
    """File descriptors of the process that has most."""
    threads: int = 0
    """Threads of the process that has most."""
    memory: int = 0
    """Bytes of anonymous memory that the largest process has."""

    def count(self, process: psutil.Process) -> None:
        self.processes += 1
        self.handles = max(self.handles, process.num_fds())
        self.threads = max(self.threads, process.num_threads())
        self.memory = max(self.memory, own_memory(process.pid))

    def exceeds(self, before: Held) -> bool:
        more = self.handles > before.handles + MORE_HANDLES or self.threads > before.threads + MORE_HANDLES
        return more or self.processes > before.processes


def own_memory(pid: int) -> int:
    """What a process has allocated and uses: file pages, which others may map too, do not count."""
    lines = Path("/proc", str(pid), "status").read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:")), 0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="mlp-") as short:  # short enough for sockets
        places = {name: Path(short, name) for name in ("tmp", "runtime")}
        for place in places.values():
            place.mkdir(mode=0o700)
        settings = {"TMPDIR": str(places["tmp"]), "JUPYTER_RUNTIME_DIR": str(places["runtime"])}
        desk = Desk(tmp_path / "project", tmp_path / "traces", settings)
        (desk.folder / ".mlpipe").mkdir(parents=True)
        desk.traces.mkdir()
        try:
            yield desk
        finally:
            for process in ours(desk):
                process.kill()


def ours(desk: Desk) -> list[psutil.Process]:
    """All processes that the desk's commands have started and that have not ended."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == desk.settings["TMPDIR"]:
                found.append(process)
        except psutil.Error:
            continue
    return found


def kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    if "fork_server" in words:
        parent = process.parent()
        return "kernel" if parent is not None and "fork_server" in " ".join(parent.cmdline()) else "fork server"
    kinds = {"cli.resident": "resident", "resource_tracker": "resource tracker", "spawn_main": "worker"}
    return next((name for word, name in kinds.items() if word in words), words)


def held(desk: Desk) -> dict[str, Held]:
    """What is held by each kind of process."""
    found: dict[str, Held] = defaultdict(Held)
    for process in ours(desk):
        try:
            found[kind(process)].count(process)
        except psutil.Error:
            continue
    return dict(found)


def files(desk: Desk, name: str) -> set[str]:
    """What is in the folder that a variable names, and below."""
    top = Path(desk.settings[name])
    return {str(path.relative_to(top)) for path in top.rglob("*")}


def handles_and_files(desk: Desk) -> tuple[dict[str, Held], int]:
    return held(desk), len(files(desk, "TMPDIR")) + len(files(desk, "JUPYTER_RUNTIME_DIR"))


def assert_no_more(desk: Desk, before: tuple[Mapping[str, Held], int], at: int) -> None:
    """Wait for what is on its way up or down, such as kernels on standby."""

    def more() -> list[str]:
        now, count = handles_and_files(desk)
        pairs = {name: (before[0].get(name, Held()), item) for name, item in now.items()}
        grown = [f"{name}: {old} -> {new}" for name, (old, new) in pairs.items() if new.exceeds(old)]
        return grown + [f"files: {before[1]} -> {count}"] * (count > before[1])

    with suppress(AssertionError):
        wait_until(lambda: not more(), "as few as before", seconds=15)
    assert not more(), f"after {at} runs"


def assert_nothing_left(desk: Desk) -> None:
    wait_until(lambda: not ours(desk), f"every process has ended: {ours(desk)}", seconds=20)
    assert files(desk, "TMPDIR") <= DASKS_OWN
    assert files(desk, "JUPYTER_RUNTIME_DIR") <= {"mlpipe.lock"}


def write_stages(desk: Desk, number: int) -> None:
    """Two stages that have to run, at once, and one that was done before."""
    left, right = (f"{leave_trace(desk.traces, 'kernels')}y = x + {number}" for _ in range(2))
    desk.write("%%stage first\nx = 1", f"%%stage left\n{left}", f"%%stage right\n{right}\nprint(y)")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("warmed_up", "runs"), [(5, 20), pytest.param(20, 200, marks=pytest.mark.exhaustive)], ids=["some", "many"]
)
def test_a_resident_holds_no_more_after_many_runs(desk: Desk, warmed_up: int, runs: int) -> None:
    before: tuple[dict[str, Held], int] = ({}, 0)
    servers: set[int] = set()
    for number in range(1, runs + 1):
        write_stages(desk, number)
        statuses = desk.statuses("--warm")
        assert [statuses["left"], statuses["right"]] == ["done", "done"]
        if number == warmed_up:
            wait_until(lambda: held(desk).get("kernel", Held()).processes == 2, "a kernel waits in each worker")
            before = handles_and_files(desk)
            servers = {process.pid for process in ours(desk) if kind(process) == "fork server"}
        elif number > warmed_up and number % 5 == 0:
            assert_no_more(desk, before, number)
    after = held(desk)
    assert {name: item.processes for name, item in after.items()} == {
        "resident": 1, "resource tracker": 1, "worker": 2, "fork server": 1, "kernel": 2,
    }  # fmt: skip
    grown = {name: item.memory - before[0][name].memory for name, item in after.items()}
    assert max(grown.values()) < MORE_MEMORY, grown
    parents = [int(line.split()[1]) for line in desk.trace("kernels").splitlines()]
    assert len(parents) == 2 * runs
    assert set(parents[2 * warmed_up :]) == servers
    desk.mlpipe("warm", "--stop")
    assert_nothing_left(desk)


def test_runs_with_a_cluster_of_their_own_leave_nothing(desk: Desk) -> None:
    for number in range(5):
        write_stages(desk, number)
        statuses = desk.statuses()
        assert [statuses["left"], statuses["right"]] == ["done", "done"]
        assert_nothing_left(desk)


KERNELS = textwrap.dedent(
    """
    import json, os, psutil, sys
    import papermill
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_mlpipe.execution import fork_client
    from jupyter_mlpipe.execution.provisioner import use_fork_server

    use_fork_server(KernelSpec())  # an installation may be older than the entry point
    fork_client._IDLE_SECONDS = 1.0
    for _ in range(int(sys.argv[1])):
        done = papermill.execute_notebook("nb.ipynb", None, kernel_name="mlpipe", progress_bar=False)
        server = psutil.Process(int(done.cells[-1].outputs[0].text))
        here = psutil.Process()
        told = [process.num_fds() for process in (here, server)]
        print(json.dumps([server.pid, *told, here.num_threads(), len(server.children())]))
    """
)


def test_kernels_of_the_kernelspec_leave_nothing_with_client_or_server(desk: Desk) -> None:
    (desk.folder / "nb.ipynb").write_text(json.dumps(notebook("import os\nprint(os.getppid())")), encoding="utf-8")
    kernels = desk.folder / "jupyter" / "kernels"
    kernels.mkdir(parents=True)
    (kernels / "mlpipe").symlink_to(ROOT / "jupyter_mlpipe" / "etc" / "kernels" / "mlpipe")
    done = subprocess.run(
        [sys.executable, "-c", KERNELS, "8"],
        cwd=desk.folder,
        env={**desk.environ, "JUPYTER_PATH": str(kernels.parent)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    forked = [line for line in told if line[0] == told[-1][0]]  # the first may not have waited for the server
    assert len(forked) >= 5
    assert all(line[4] == 0 for line in forked)
    assert max(forked[-1][at] - forked[1][at] for at in (1, 2, 3)) <= 0
    assert_nothing_left(desk)
