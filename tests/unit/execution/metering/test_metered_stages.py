"""What stages are said to have used, in real kernels, against what the system told the stages themselves."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.stage_task import StageOutcome, cancel_here, run_stage
from tests.unit.execution.worker_side import stage_task, text_of, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the truth is asked of Linux"),
    pytest.mark.xdist_group("metering"),
]

BURN = """import os, resource, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def told():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(sum(one.ru_utime + one.ru_stime for one in used), flush=True)
"""
AHEAD = ("json",)


def said(outcome: StageOutcome) -> float:
    return float(text_of(outcome.cell_outputs[0]["outputs"]).split()[-1])


def ran(folder: Path, source: str, **options: object) -> StageOutcome:
    return run_stage(stage_task(folder, BURN + source, ahead=AHEAD, **options), lambda _: None)


def test_a_parent_that_forks_is_charged_what_its_children_used(tmp_path: Path) -> None:
    outcome = ran(
        tmp_path,
        "if not (child := os.fork()):\n    burn(0.8)\n    os._exit(0)\nos.waitpid(child, 0)\nburn(0.8)\n"
        "values = bytearray(150_000_000)\ndel values\ntold()",
    )
    assert outcome.status == "done", outcome.error
    # What the stage could not tell of is its own end.
    assert said(outcome) < outcome.usage.cpu_seconds + 0.04
    assert outcome.usage.cpu_seconds == pytest.approx(said(outcome), rel=0.03, abs=0.3)
    assert 140e6 < outcome.usage.memory_peak < 260e6
    assert 0 < outcome.usage.wall_seconds < outcome.seconds
    assert outcome.usage.host


def test_a_daemon_that_leaves_its_parent_at_once_is_charged_to_the_stage(tmp_path: Path) -> None:
    daemon = (
        "if not (child := os.fork()):\n"
        "    if not os.fork():\n        os.setsid()\n        burn(0.8)\n        open('done', 'w').close()\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\nwhile not os.path.exists('done'): time.sleep(0.01)"
    )
    outcome = ran(tmp_path, f"{daemon}\ntold()")
    assert outcome.status == "done", outcome.error
    assert outcome.usage.cpu_seconds - said(outcome) > 0.7, "the stage itself cannot see its daemon"


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(3)"])
def test_a_kernel_that_dies_is_charged_until_its_death(tmp_path: Path, end: str) -> None:
    outcome = ran(tmp_path, f"burn(0.9)\ntold()\ntime.sleep(0.1)\n{end}")
    assert outcome.status == "died"
    assert outcome.usage.cpu_seconds == pytest.approx(said(outcome), rel=0.03, abs=0.02)


def test_stages_that_run_at_once_are_each_charged_their_own(tmp_path: Path) -> None:
    outcomes: dict[str, StageOutcome] = {}

    def run(name: str, seconds: float) -> None:
        folder = tmp_path / name
        folder.mkdir()
        outcomes[name] = ran(folder, f"burn({seconds})\ntold()", stage=name)

    threads = [threading.Thread(target=run, args=about) for about in (("short", 0.4), ("long", 1.6))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for outcome in outcomes.values():
        assert outcome.usage.cpu_seconds == pytest.approx(said(outcome), rel=0.03, abs=0.3)


def test_a_stage_that_is_cancelled_says_what_it_used_until_then(tmp_path: Path) -> None:
    found: list[StageOutcome] = []
    running = threading.Thread(target=lambda: found.append(ran(tmp_path, "open('begun', 'w').close()\nburn(60)")))
    running.start()
    wait_until((tmp_path / "begun").exists)
    threading.Event().wait(0.5)
    assert cancel_here("run") == 1
    running.join()
    assert found[0].status == "cancelled"
    assert 0.3 < found[0].usage.cpu_seconds < 3


def test_nobody_is_metered_who_does_not_want_to_be(tmp_path: Path) -> None:
    assert ran(tmp_path, "burn(0.1)", metered=False).usage.cpu_seconds == 0.0
