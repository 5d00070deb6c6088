from __future__ import annotations

import os
import subprocess
import sys

import pytest

from jupyter_mlpipe.execution.lost_runs import open_runs, record_lost_runs
from jupyter_mlpipe.ledger import Ledger, outbox, runs


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


def run_of(ledger, *, pid: int, started: float | None = None, host: str | None = None) -> str:
    run = runs.start_run(ledger, pipeline="p", notebook="n.ipynb", notebook_digest="x")
    given = {"pid": pid, "host": host or run.host, "started": started or run.started, "id": run.id}
    with ledger.write() as connection:
        connection.execute("UPDATE runs SET pid = :pid, host = :host, started = :started WHERE id = :id", **given)
    return run.id


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    return process.pid


def test_a_run_whose_process_has_ended_is_recorded_as_interrupted(ledger):
    lost = run_of(ledger, pid=ended_process())
    alive = run_of(ledger, pid=os.getpid())
    assert [run.id for run in record_lost_runs(ledger)] == [lost]
    assert runs.run(ledger, lost).status == "interrupted"
    assert [run.id for run in open_runs(ledger)] == [alive]
    (message,) = outbox.pending(ledger)
    assert (message.kind, message.payload["run"]) == ("run_finished", lost)
    assert record_lost_runs(ledger) == []


def test_a_later_process_with_the_same_id_is_another(ledger):
    lost = run_of(ledger, pid=os.getpid(), started=1_000_000.0)
    assert [run.id for run in record_lost_runs(ledger, tracking=False)] == [lost]
    assert outbox.waiting(ledger) == 0


def test_runs_of_other_machines_are_left_alone(ledger):
    elsewhere = run_of(ledger, pid=ended_process(), host="another.example.com")
    assert record_lost_runs(ledger) == []
    assert runs.run(ledger, elsewhere).status == "running"


def test_a_process_that_only_waits_to_be_reaped_has_ended(ledger):
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        lost = run_of(ledger, pid=process.pid)
        assert [run.id for run in record_lost_runs(ledger)] == [lost]
    finally:
        process.wait()
