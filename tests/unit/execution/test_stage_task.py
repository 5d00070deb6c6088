"""One attempt at a stage, with real kernels: what it gives back, and the truth about how it ended."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlpipe.errors import NoKernelError
from jupyter_mlpipe.execution.stage_task import StageOutcome, cancel_stage, run_stage
from jupyter_mlpipe.execution.standby import close_standby
from tests.unit.execution.worker_side import kernels_below, stage_task, text_of, wait_until


def run(task: Any) -> tuple[StageOutcome, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    return run_stage(task, events.append), events


def test_gives_outputs_numbers_and_events_of_the_users_cells_only(tmp_path: Path) -> None:
    task = stage_task(
        tmp_path,
        "from IPython.display import display\nprint('a')\nhandle = display('old', display_id=True)",
        "handle.update('new')\nauc = 0.5\nauc",
        spec={"body_names": ["auc"]},
    )
    outcome, events = run(pickle.loads(pickle.dumps(task)))
    assert (outcome.status, outcome.error) == ("done", None)
    assert outcome.result is not None
    assert outcome.result["numbers"] == {"auc": 0.5}
    first, second = outcome.cell_outputs
    assert text_of(first["outputs"]) == "a\n"
    assert first["outputs"][1]["data"]["text/plain"] == "'new'"
    assert second["outputs"] == [
        {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "0.5"}, "execution_count": 2}
    ]
    assert (first["execution_count"], second["execution_count"]) == (1, 2)
    assert first["metadata"]["mlpipe"] == {"cell": 10}
    kinds = [(event["type"], event["cell"]) for event in events]
    assert kinds[0] == ("cell_started", 10)
    assert kinds[-1] == ("cell_finished", 11)
    assert {event["cell"] for event in events} == {10, 11}
    assert all((event["run"], event["stage"], event["attempt"]) == ("run", "train", 1) for event in events)
    updated = [event for event in events if "outputs" in event]
    assert [event["cell"] for event in updated] == [10]
    pickle.loads(pickle.dumps(outcome))


def test_clear_output_and_split_prints(tmp_path: Path) -> None:
    source = (
        "import sys, time\nfrom IPython.display import clear_output\nprint('gone')\nclear_output()\n"
        "for n in range(3):\n    print(n); sys.stdout.flush(); time.sleep(0.05)"
    )
    outcome, _ = run(stage_task(tmp_path, source))
    assert [text_of([output]) for output in outcome.cell_outputs[0]["outputs"]] == ["0\n1\n2\n"]


def test_what_is_printed_faster_than_it_is_read_is_kept_whole(tmp_path: Path) -> None:
    source = "for n in range(5000):\n    print(f'{n:03000}', flush=True)"
    outcome, _ = run(stage_task(tmp_path, source))
    (output,) = outcome.cell_outputs[0]["outputs"]
    assert output["text"] == "".join(f"{n:03000}\n" for n in range(5000))


def test_an_error_names_the_cell_and_later_cells_do_not_run(tmp_path: Path) -> None:
    outcome, _ = run(stage_task(tmp_path, "x = 1", "x / 0", "print('never')"))
    assert outcome.status == "failed"
    assert outcome.result is None
    assert outcome.error is not None
    assert (outcome.error["ename"], outcome.error["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert outcome.error["cell"] == 11
    assert any("x / 0" in line or "division by zero" in line for line in outcome.error["traceback"])
    assert outcome.cell_outputs[1]["outputs"][-1]["output_type"] == "error"
    assert outcome.cell_outputs[2]["outputs"] == []


def test_a_cell_that_is_meant_to_raise_does_not_fail(tmp_path: Path) -> None:
    outcome, _ = run(stage_task(tmp_path, "1 / 0", "print('on')", tags=["raises-exception"]))
    assert outcome.status == "done"
    assert outcome.cell_outputs[0]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert text_of(outcome.cell_outputs[1]["outputs"]) == "on\n"


@pytest.mark.parametrize(
    ("death", "exit_code", "says"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, "out of memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV, "SIGSEGV"),
        ("import os; os._exit(0)", 0, "exit code 0"),
        ("import os; os._exit(7)", 7, "exit code 7"),
    ],
)
def test_a_kernel_that_dies_is_never_a_success(tmp_path: Path, death: str, exit_code: int, says: str) -> None:
    outcome, events = run(stage_task(tmp_path, f"print('last words', flush=True)\n{death}"))
    assert outcome.status == "died"
    assert outcome.result is None
    assert outcome.error is not None
    assert says in outcome.error["evalue"]
    assert (outcome.error["exit_code"], outcome.error["cell"]) == (exit_code, 10)
    assert (events[-1]["type"], events[-1]["status"]) == ("cell_finished", "failed")


def test_a_kernel_that_dies_after_its_last_cell_is_no_success(tmp_path: Path) -> None:
    late = "import os, jupyter_mlpipe.execution.session as s\ns.end = lambda path: os._exit(0)"
    outcome, _ = run(stage_task(tmp_path, late))
    assert (outcome.status, outcome.result) == ("died", None)


def test_no_result_file_is_no_success(tmp_path: Path) -> None:
    outcome, _ = run(stage_task(tmp_path, "import jupyter_mlpipe.execution.session as s\ns.end = lambda path: None"))
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert outcome.error["ename"] == "NoResult"


def test_timeout_kills_the_kernel_and_what_it_started(tmp_path: Path) -> None:
    source = (
        f"import subprocess, pathlib\np = subprocess.Popen(['sleep', '60'])\n"
        f"_ = pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(p.pid))\nwhile True: print('x' * 100)"
    )
    outcome, _ = run(stage_task(tmp_path, source, timeout=4.0))
    assert outcome.status == "timeout"
    assert outcome.error is not None
    assert (outcome.error["ename"], outcome.error["cell"]) == ("StageTimeout", 10)
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    assert kernels_below() == []


def test_cancel_stops_only_the_stage_that_is_meant(tmp_path: Path) -> None:
    task = stage_task(tmp_path, "import time\nprint('started', flush=True)\ntime.sleep(60)")
    seen = threading.Event()
    outcomes: list[StageOutcome] = []

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] == "cell_output":
            seen.set()

    thread = threading.Thread(target=lambda: outcomes.append(run_stage(task, on_event)))
    thread.start()
    assert seen.wait(30)
    assert cancel_stage("another run") == 0
    assert cancel_stage("run", "another stage") == 0
    assert cancel_stage("run", "train") == 1
    thread.join(30)
    assert outcomes[0].status == "cancelled"
    assert text_of(outcomes[0].cell_outputs[0]["outputs"]) == "started\n"
    assert cancel_stage("run") == 0


def test_starts_in_its_folder_with_its_environment_and_leaves_ours_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    before = (Path.cwd(), dict(os.environ))
    task = stage_task(
        folder, "import os; print(os.getcwd()); print(os.environ['COLOUR'])", environment={"COLOUR": "blue"}
    )
    outcome, _ = run(task)
    assert text_of(outcome.cell_outputs[0]["outputs"]) == f"{folder}\nblue\n"
    assert (Path.cwd(), dict(os.environ)) == before


def test_leaves_no_folder_and_no_kernel_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    run(stage_task(tmp_path, "1 / 0"))
    run(stage_task(tmp_path, "import os; os._exit(1)"))
    assert list(scratch.iterdir()) == []
    assert kernels_below() == []


def test_an_unknown_kernel_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoKernelError) as caught:
        run(stage_task(tmp_path, "1", kernel_name="no-such-kernel"))
    assert "no-such-kernel" in caught.value.message
    assert caught.value.hint


def test_a_kernel_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specification = tmp_path / "kernels" / "broken" / "kernel.json"
    specification.parent.mkdir(parents=True)
    argv = [sys.executable, "-c", "raise SystemExit('no licence')", "{connection_file}"]
    specification.write_text(json.dumps({"argv": argv, "display_name": "Broken", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(NoKernelError) as caught:
        run(stage_task(tmp_path, "1", kernel_name="broken"))
    assert "no licence" in caught.value.message


def test_a_kernel_waits_for_the_next_stage_and_is_clean(tmp_path: Path) -> None:
    try:
        first, _ = run(stage_task(tmp_path, "import os; secret = 1; print(os.getpid())", standby=True))
        waiting = wait_until(kernels_below)
        second, _ = run(stage_task(tmp_path, "import os; print(os.getpid(), 'secret' in globals())", standby=True))
        pids = [text_of(outcome.cell_outputs[0]["outputs"]).split()[0] for outcome in (first, second)]
        assert text_of(second.cell_outputs[0]["outputs"]).split()[1] == "False"
        assert pids[1] == str(waiting[0].pid) != pids[0]
        other, _ = run(stage_task(tmp_path, "import os; print(os.environ['X'])", standby=True, environment={"X": "1"}))
        assert text_of(other.cell_outputs[0]["outputs"]) == "1\n"
    finally:
        close_standby()
    wait_until(lambda: kernels_below() == [])


def test_a_waiting_kernel_that_was_killed_costs_nothing_but_time(tmp_path: Path) -> None:
    try:
        run(stage_task(tmp_path, "pass", standby=True))
        wait_until(kernels_below)[0].kill()
        time.sleep(0.1)
        outcome, _ = run(stage_task(tmp_path, "print(1)", standby=True))
        assert outcome.status == "done"
    finally:
        close_standby()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_kernels_end_with_their_worker(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys, pathlib\n"
        "from tests.unit.execution.worker_side import stage_task\n"
        "from jupyter_mlpipe.execution.stage_task import run_stage\n"
        f"task = stage_task(pathlib.Path({str(tmp_path)!r}), 'import time; print(1, flush=True); time.sleep(60)',"
        " standby=True)\n"
        "run_stage(task, lambda event: print(event['type'], flush=True))\n"
    )
    worker = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    try:
        assert worker.stdout is not None
        while worker.stdout.readline().strip() != "cell_output":
            assert worker.poll() is None
        kernels = wait_until(lambda: len(found := kernels_below(worker.pid)) == 2 and found)
        worker.send_signal(how)
        worker.wait(20)
        wait_until(lambda: not any(kernel.is_running() for kernel in kernels))
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()  # type: ignore[union-attr]
