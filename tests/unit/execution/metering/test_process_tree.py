"""The CPU time of a tree of processes: counted once each, whoever waited for whom, as the system itself counts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.execution.metering.process_tree import ProcessTree, Seen
from jupyter_mlpipe.execution.metering.stage_meter import StageMeter

ROOT = 1


@dataclass
class Process:
    """A process of the made-up system."""

    parent: int | None
    start: float
    ignores_children: bool = False
    own: float = 0.0
    reaped: float = 0.0
    children: set[int] = field(default_factory=set)


class System:
    """A system that keeps accounts as a real one does, and knows the truth besides."""

    def __init__(self) -> None:
        self.living = {ROOT: Process(None, 0.0)}
        self.clock = 1
        self.truth = 0.0
        self.root_said: float | None = None

    def work(self, pid: int, seconds: float) -> None:
        self.living[pid].own += seconds
        self.truth += seconds

    def fork(self, pid: int, ignores: bool) -> None:
        self.clock += 1
        # Numbers come again.
        new = next(number for number in range(2, 99) if number not in self.living)
        self.living[new] = Process(pid, float(self.clock), ignores)
        self.living[pid].children.add(new)

    def end(self, pid: int) -> None:
        process = self.living.pop(pid)
        for child in process.children:
            self.living[child].parent = None
        if process.parent is not None:
            parent = self.living[process.parent]
            parent.children.discard(pid)
            if not parent.ignores_children:
                parent.reaped += process.own + process.reaped
        if pid == ROOT:
            self.root_said = process.own + process.reaped

    def look(self, known: frozenset[int]) -> dict[int, Seen]:
        found: dict[int, Seen] = {}
        waiting = list(known)
        while waiting:
            pid = waiting.pop()
            process = self.living.get(pid)
            if process is not None and pid not in found:
                found[pid] = Seen(process.start, process.parent or 0, process.own, process.reaped)
                waiting += process.children
        return found


STEPS = st.lists(
    st.tuples(st.sampled_from(["work", "work", "fork", "end"]), st.integers(0, 20), st.floats(0, 3), st.booleans()),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_nothing_is_lost_and_nothing_counts_twice_where_every_change_is_seen(
    steps: list[tuple[str, int, float, bool]],
) -> None:
    system, tree = System(), ProcessTree(ROOT)
    tree.take(system.look(tree.pids))
    for kind, which, seconds, ignores in steps:
        pids = sorted(system.living)
        if not pids:
            break
        pid = pids[which % len(pids)]
        if kind == "work":
            system.work(pid, seconds)
        elif kind == "fork":
            system.fork(pid, ignores)
        else:
            system.end(pid)
        tree.take(system.look(tree.pids))
        assert tree.cpu_seconds == pytest.approx(system.truth)
    if system.root_said is not None:
        tree.root_ended(system.root_said)
        assert tree.cpu_seconds == pytest.approx(system.truth)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(2, 7))
def test_looks_now_and_then_never_count_more_than_was_used(
    steps: list[tuple[str, int, float, bool]], every: int
) -> None:
    system, tree = System(), ProcessTree(ROOT)
    tree.take(system.look(tree.pids))
    for number, (kind, which, seconds, ignores) in enumerate(steps):
        pids = sorted(system.living)
        if not pids:
            break
        pid = pids[which % len(pids)]
        if kind == "work":
            system.work(pid, seconds)
        elif kind == "fork":
            system.fork(pid, ignores)
        elif pid != ROOT:
            system.end(pid)
        if number % every == 0:
            tree.take(system.look(tree.pids))
            assert tree.cpu_seconds <= system.truth + 1e-9
    tree.take(system.look(tree.pids))
    assert tree.cpu_seconds <= system.truth + 1e-9


BURN = "import time\ndef burn(s):\n    e = time.process_time() + s\n    while time.process_time() < e: pass\n"
PROGRAMS = {
    "alone": "burn(0.8)",
    "waits": """
import os
for _ in range(2):
    child = os.fork()
    if not child:
        burn(0.4)
        os._exit(0)
    os.waitpid(child, 0)
burn(0.2)""",
    "many short": """
import subprocess, sys
for _ in range(8):
    subprocess.run([sys.executable, "-S", "-c", "sum(range(2_000_000))"])""",
    "threads": """
import threading
threads = [threading.Thread(target=lambda: sum(range(9_000_000))) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="the truth is asked of Linux")
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_agrees_with_what_the_system_says_when_the_process_is_waited_for(name: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", f"{BURN}{PROGRAMS[name]}"])
    meter = StageMeter(process.pid)
    # Wait without taking its account away from the meter.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    measured = meter.stop()
    _, _, used = os.wait4(process.pid, 0)
    # The system tells of four sums in whole ticks of 10 ms.
    assert measured.cpu_seconds == pytest.approx(used.ru_utime + used.ru_stime, rel=0.03, abs=0.04)


@pytest.mark.skipif(sys.platform != "linux", reason="the truth is asked of Linux")
def test_a_process_that_is_killed_between_two_looks_counts_by_what_the_system_says_of_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", f"{BURN}burn(60)"])
    meter = StageMeter(process.pid)
    time.sleep(0.73)
    process.send_signal(signal.SIGKILL)
    _, _, used = os.wait4(process.pid, 0)
    said = used.ru_utime + used.ru_stime
    assert meter.stop(said).cpu_seconds == pytest.approx(said, rel=0.01, abs=0.011)


ORPHANS = """import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(2):
    if not os.fork():
        if not os.fork():
            os.setsid()
            burn(0.5)
            open(sys.argv[1], "a").write(".")
            time.sleep(60)
        time.sleep(0.5)  # long enough to be seen
        os._exit(0)
burn(0.3)
while len(open(sys.argv[1]).read()) < 2: time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the truth is asked of Linux")
def test_children_that_leave_their_parent_and_that_nobody_waits_for_count_too(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.touch()
    process = subprocess.Popen([sys.executable, "-c", BURN + ORPHANS, str(done)])
    meter = StageMeter(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    measured = meter.stop()
    orphans = [pid for pid in meter._tree.pids if pid != process.pid]
    for pid in orphans:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    assert measured.cpu_seconds == pytest.approx(1.3, rel=0.1)
    assert len(orphans) == 2


GROWS = """
input()
for _ in range(3):
    b = bytearray(200_000_000)
    del b
c = bytearray(50_000_000)
print("x", flush=True)
input()
"""


def test_memory_is_what_came_since_the_beginning_and_the_peak_is_seen_between_looks() -> None:
    command = [sys.executable, "-c", GROWS]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    time.sleep(0.3)
    meter = StageMeter(process.pid)
    print(file=process.stdin, flush=True)
    process.stdout.readline()
    time.sleep(0.3)
    measured = meter.stop()
    process.kill()
    process.communicate()
    assert 190e6 < measured.memory_peak < 230e6
    assert measured.memory_byte_seconds > 50e6 * 0.1
