"""What a run does when its parts are killed, doubled or stopped: through the command line, with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.desk import Desk, alive, by_name, descendants, leave_trace, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "project", tmp_path / "traces")
    (desk.folder / ".mlpipe").mkdir(parents=True)
    desk.traces.mkdir()
    return desk


@pytest.fixture
def meeting_point() -> Iterator[int]:
    """Port where two callers are let go only when both are there."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            callers = [server.accept()[0] for _ in range(2)]
            for caller in callers:
                caller.sendall(b"go")
                caller.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def meet(name: str, port: int) -> str:
    """Source of a stage that ends only if another stage runs at the same time."""
    return (
        f"%%stage {name}\n"
        "import socket\n"
        f"with socket.create_connection(('127.0.0.1', {port}), timeout=60) as caller:\n"
        f"    {name} = caller.recv(2)"
    )


def test_independent_stages_overlap(desk: Desk, meeting_point: int) -> None:
    desk.write("%%stage first\nx = 1", meet("left", meeting_point), meet("right", meeting_point),
               "%%stage last\nprint(left, right, x)")  # fmt: skip
    stages = by_name(desk.run()["stages"])
    left, right = stages["left"], stages["right"]
    assert max(left["started"], right["started"]) < min(left["ended"], right["ended"])


def kill_once(traces: Path, name: str, *, server: bool) -> str:
    """A stage that kills the only worker, or the fork server that its kernel is from; the first time only."""
    wanted = "fork_server" if server else "spawn_main"
    return (
        f"%%stage {name}\n{leave_trace(traces, name)}"
        "import psutil\n"
        f"if len(open({str(traces / name)!r}).readlines()) == 1:\n"
        "    near = [item for above in psutil.Process().parents() for item in (above, *above.children())]\n"
        f"    next(item for item in near if {wanted!r} in ' '.join(item.cmdline())).kill()\n"
        f"    time.sleep({1 if server else 60})\n"
        "value = x + 1"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_killed_fork_server_costs_nothing(desk: Desk) -> None:
    desk.settings["MLPIPE_WORKERS"] = "1"
    desk.write("%%stage first\nx = 1", kill_once(desk.traces, "deadly", server=True), "%%stage after\nprint(value)")
    assert set(desk.statuses().values()) == {"done"}
    assert len(desk.trace("deadly").splitlines()) == 1


def test_a_killed_worker_costs_one_retry_of_its_stage(desk: Desk) -> None:
    traces = desk.traces
    desk.settings["MLPIPE_WORKERS"] = "1"
    deadly = kill_once(traces, "deadly", server=False)
    desk.write(
        f"%%stage before\n{leave_trace(traces, 'before')}x = 1",
        deadly,
        f"%%stage after\n{leave_trace(traces, 'after')}print(value)",
    )
    statuses = desk.statuses()
    assert set(statuses.values()) == {"done"}
    assert len(desk.trace("deadly").splitlines()) == 2
    assert len(desk.trace("before").splitlines()) == len(desk.trace("after").splitlines()) == 1
    kernels = [int(line.split()[0]) for line in desk.trace("deadly").splitlines()]
    wait_until(lambda: not alive(kernels), "the kernels of the killed worker's stage end")


def test_a_killed_runner_resumes_with_what_was_done(desk: Desk) -> None:
    traces = desk.traces
    desk.settings["MLPIPE_LEASE_TTL"] = "3"
    slow = (
        f"%%stage slow\n{leave_trace(traces, 'slow')}"
        f"if len(open({str(traces / 'slow')!r}).readlines()) == 1:\n"
        "    time.sleep(300)\n"
        "value = x + 1"
    )
    desk.write(f"%%stage quick\n{leave_trace(traces, 'quick')}x = 1", slow, "%%stage last\nprint(value)")
    runner = desk.start("run", "nb.ipynb")
    wait_until(lambda: desk.trace("slow"), "the slow stage starts")
    below = descendants(runner.pid)
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait(10)
    wait_until(lambda: not alive(below), "kernels and workers of the killed runner end")
    assert desk.statuses() == {"quick": "hit", "slow": "done", "last": "done"}
    assert len(desk.trace("quick").splitlines()) == 1
    assert len(desk.trace("slow").splitlines()) == 2


def test_two_runners_do_not_run_a_stage_twice(desk: Desk) -> None:
    traces = desk.traces
    names = ("one", "two", "three")
    cells = [f"%%stage {name}\n{leave_trace(traces, name)}time.sleep(0.5)\n{name} = 1" for name in names]
    desk.write(*cells, "%%stage total\nprint(one + two + three)")
    runners = [desk.start("run", "nb.ipynb", "--json") for _ in range(2)]
    answers = [runner.communicate(timeout=200) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], answers
    assert {name: len(desk.trace(name).splitlines()) for name in names} == dict.fromkeys(names, 1)
    statuses = [{stage["name"]: stage["status"] for stage in json.loads(out)["stages"]} for out, _ in answers]
    assert all(sorted(run[name] for run in statuses) == ["done", "hit"] for name in names)


@pytest.mark.parametrize("to_group", [False, True], ids=["runner", "terminal"])
def test_ctrl_c_leaves_nothing_behind(desk: Desk, to_group: bool) -> None:
    desk.write(
        "%%stage quick\nx = 1",
        f"%%stage slow\n{leave_trace(desk.traces, 'slow')}time.sleep(300)\nvalue = x",
        "%%stage last\nprint(value)",
    )
    runner = desk.start("run", "nb.ipynb")
    wait_until(lambda: desk.trace("slow"), "the slow stage starts")
    below = descendants(runner.pid)
    assert int(desk.trace("slow").split()[0]) in below
    if to_group:
        os.killpg(runner.pid, signal.SIGINT)  # as the terminal does: runner, workers and kernels all get it
    else:
        os.kill(runner.pid, signal.SIGINT)
    out, err = runner.communicate(timeout=60)
    assert runner.returncode == 130, out + err
    assert "Traceback" not in out + err
    wait_until(lambda: not alive(below), "every process below the run has ended", seconds=10)
    runs = json.loads(desk.mlpipe("runs", "--json").stdout)["runs"]
    assert [run["status"] for run in runs] == ["cancelled"]
    assert not list((desk.folder / ".mlpipe").rglob("*.tmp*"))


@pytest.mark.skipif(sys.platform != "linux", reason="a kernel is held to its memory on Linux only")
def test_a_stage_out_of_memory_fails_alone(desk: Desk) -> None:
    desk.write(
        "import numpy as np",
        "%%stage greedy --memory 300MB\nblock = np.empty(4 * 10**9 // 8)\nsize = block.nbytes",
        "%%stage modest --memory 300MB\nblock = np.empty(10**8 // 8)\nsmaller = block.nbytes",
        "%%stage careless\nprint(np.empty(4 * 10**9 // 8).nbytes)",
    )
    done = desk.mlpipe("run", "nb.ipynb", "--json", "--keep-going")
    assert done.returncode == 1
    stages = {stage["name"]: stage for stage in json.loads(done.stdout)["stages"]}
    assert {name: stage["status"] for name, stage in stages.items()} == {
        "greedy": "failed", "modest": "done", "careless": "done",
    }  # fmt: skip
    assert "MemoryError: Unable to allocate 3.73 GiB" in stages["greedy"]["error"]["message"]
    assert "0.3 GB of memory (--memory)" in stages["greedy"]["error"]["hint"]


def test_a_stage_that_is_cancelled_runs_again_the_next_time(desk: Desk) -> None:
    once = f"open({str(desk.traces / 'slow')!r}).read().count(chr(10)) == 1"
    desk.write(f"%%stage slow\n{leave_trace(desk.traces, 'slow')}if {once}:\n    time.sleep(300)\nvalue = 2")
    runner = desk.start("run", "nb.ipynb")
    wait_until(lambda: desk.trace("slow"), "the slow stage starts")
    os.kill(runner.pid, signal.SIGINT)
    runner.communicate(timeout=60)
    assert desk.statuses() == {"slow": "done"}
