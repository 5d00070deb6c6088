"""``mlpipe cancel``: a run is ended from another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlpipe.ledger.runs import new_run_id
from tests.faults.desk import Desk, by_name, leave_trace, wait_until
from tests.integration.test_cli import SCHEMAS

pytestmark = [pytest.mark.slow]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="mlp-") as runtime:  # short enough for sockets
        made = Desk(tmp_path / "project", tmp_path / "traces", {"JUPYTER_RUNTIME_DIR": runtime})
        (made.folder / ".mlpipe").mkdir(parents=True)
        made.traces.mkdir()
        yield made


@contextmanager
def slow_run(desk: Desk, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A run whose second stage goes on without end, and that stage's kernel."""
    desk.write("%%stage quick\nx = 1", f"%%stage slow\n{leave_trace(desk.traces, 'slow')}time.sleep(300)\ny = x")
    running = desk.start("run", "nb.ipynb", *arguments)
    try:
        wait_until(lambda: desk.trace("slow"), "the slow stage starts")
        yield running, psutil.Process(int(desk.trace("slow").split()[0]))
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)


def answer(desk: Desk, *words: str) -> Any:
    import jsonschema

    done = desk.mlpipe("cancel", *words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "cancel.json").read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("warm", [(), ("--warm",)], ids=["cold", "warm"])
def test_a_run_ends_that_another_process_cancels(desk: Desk, warm: tuple[str, ...]) -> None:
    chosen = new_run_id()
    try:
        with slow_run(desk, "--run-id", chosen, *warm) as (running, kernel):
            assert answer(desk, chosen[:-3]) == {"run": chosen, "asked": True, "status": "running"}
            out, err = running.communicate(timeout=60)
            assert running.returncode == 130, out + err
            assert "asked for the end of this run" in out
            assert psutil.wait_procs([kernel], timeout=10)[1] == []
        shown = json.loads(desk.mlpipe("show", chosen, "--json").stdout)
        assert shown["status"] == "cancelled"
        stages = by_name(shown["stages"])
        assert (stages["quick"]["status"], stages["slow"]["status"]) == ("done", "cancelled")
        assert answer(desk, "latest") == {"run": chosen, "asked": False, "status": "cancelled"}
        assert "had ended already: cancelled" in desk.mlpipe("cancel", chosen).stdout
        desk.write("%%stage quick\nx = 1", "%%stage after\ny = x")
        assert desk.statuses(*warm) == {"quick": "hit", "after": "done"}
    finally:
        if warm:
            desk.mlpipe("warm", "--stop")


def test_a_run_that_waits_for_another_can_be_cancelled(desk: Desk) -> None:
    with slow_run(desk):
        waiting = new_run_id()
        second = desk.start("run", "nb.ipynb", "--run-id", waiting)
        wait_until(lambda: desk.mlpipe("show", waiting).returncode == 0, "the second run begins")
        assert answer(desk, waiting)["asked"]
        assert second.wait(60) == 130
        second.communicate()
        assert json.loads(desk.mlpipe("runs", "--json", "--status", "running").stdout)["runs"]


def test_a_run_whose_process_was_killed_has_ended(desk: Desk) -> None:
    with slow_run(desk) as (running, kernel):
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        assert psutil.wait_procs([kernel], timeout=20)[1] == []
    told = answer(desk, "latest")
    assert (told["asked"], told["status"]) == (False, "interrupted")


def test_what_cannot_be_cancelled(desk: Desk) -> None:
    missing = desk.mlpipe("cancel", "latest", "--workspace", str(desk.traces))
    assert missing.returncode == 2
    desk.write("%%stage a\nx = 1")
    desk.run()
    unknown = desk.mlpipe("cancel", "zzz")
    assert (unknown.returncode, "MP404" in unknown.stderr) == (2, True)


def test_a_live_kernel_is_interrupted_where_it_is_open(desk: Desk) -> None:
    desk.write("%%stage a\nx = 1")
    desk.run()
    code = (
        "import os\nfrom jupyter_mlpipe.workspace import Workspace\nfrom jupyter_mlpipe.ledger.runs import *\n"
        "from jupyter_mlpipe.execution.cancelling import cancel_run\nw = Workspace.open('.')\n"
        "r = start_run(w.ledger, pipeline='p', notebook='n', notebook_digest='', options={'door': LIVE_KERNEL})\n"
        "cancel_run(w, r.id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=desk.folder, env=desk.environ, capture_output=True, text=True, check=False
    )
    assert "interrupt the kernel" in done.stderr
