"""MLflow is told what the ledger knows: real MLflow on SQLite, and a server that is not there."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.courier import LEASE, Courier, spawn_courier
from jupyter_mlpipe.ledger import Ledger, leases, outbox, runs, stages
from jupyter_mlpipe.settings import Settings, load_settings

DIGEST = "ab" * 32


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database: making one takes seconds, copying it does not."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    code = f"from mlflow import MlflowClient; MlflowClient('sqlite:///{path}').search_experiments()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return path


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path) -> Settings:
    (tmp_path / ".mlpipe").mkdir()
    (tmp_path / ".mlpipe" / "mlflow.db").write_bytes(migrated_database.read_bytes())
    return load_settings(tmp_path, environ={})


@pytest.fixture
def ledger(settings: Settings):
    opened = Ledger.open(settings.ledger_url)
    yield opened
    opened.close()


def record_run(ledger: Ledger, root: Path, *, end: str | None = "done") -> str:
    """Facts and messages as a run leaves them: `train` binds `auc`, `evaluate` is a hit and binds `auc` too."""
    notebook = root / "executed.ipynb"
    notebook.write_text("{}", encoding="utf-8")
    run = runs.start_run(
        ledger,
        pipeline="flights",
        notebook="flights.ipynb",
        notebook_digest=DIGEST,
        parameters={"alpha": 0.2},
        owner="ops@example.com",
        team="ops",
    )
    parameters = {"alpha": 0.2, "months": [1, 2], "name": "x"}
    messages = [("run_started", {"run": run.id, "pipeline": "flights", "parameters": parameters})]
    for stage, status, numbers in (("train", "done", {"auc": 0.7, "loss": 0.1}), ("evaluate", "hit", {"auc": 0.8})):
        fact = stages.StageRun(
            run=run.id, pipeline="flights", stage=stage, status=status, numbers=numbers, hit=status == "hit", key="k1"
        )
        stages.record_stage(ledger, fact)
        inputs = [{"name": "flights", "digest": DIGEST, "rows": 336776, "type": "pandas.DataFrame"}]
        facts = {
            "run": run.id, "stage": stage, "status": status, "hit": fact.hit, "key": "k1",
            "reason": "function fit changed", "seconds": 1.5, "numbers": numbers, "parameters": {"alpha": 0.2},
            "inputs": inputs, "owner": "ops@example.com", "team": "ops", "started": fact.started,
            "ended": fact.ended, "error": None,
        }  # fmt: skip
        messages.append(("stage_finished", facts))
    if end:
        runs.finish_run(ledger, run.id, end)
        finished = {"run": run.id, "status": end, "notebook": str(notebook), "seconds": 2.0, "ended": time.time()}
        messages.append(("run_finished", finished))
    outbox.put_all(ledger, messages)
    return run.id


def mlflow_runs(settings: Settings) -> list:
    from mlflow import MlflowClient

    client = MlflowClient(settings.tracking_uri)
    experiments = [found.experiment_id for found in client.search_experiments()]
    return list(client.search_runs(experiments))


def test_a_run_is_one_parent_with_a_child_for_each_stage(settings, ledger, tmp_path):
    run_id = record_run(ledger, tmp_path)
    delivery = Courier(settings, ledger).send_all()
    assert (delivery.sent, delivery.failed) == (4, 0)
    assert outbox.waiting(ledger) == 0

    found = {run.info.run_name: run for run in mlflow_runs(settings)}
    assert set(found) == {run_id, "train", "evaluate"}
    parent = found[run_id]
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"alpha": "0.2", "months": "[1, 2]", "name": "x"}
    assert parent.data.tags["owner"] == "ops@example.com"
    assert parent.data.tags["mlpipe.run"] == run_id
    # Two stages bind `auc`, so neither is the run's own.
    assert parent.data.metrics["train/auc"] == 0.7
    assert parent.data.metrics["evaluate/auc"] == 0.8
    assert parent.data.metrics["loss"] == 0.1
    for name in ("train", "evaluate"):
        assert found[name].data.tags["mlflow.parentRunId"] == parent.info.run_id
    train = found["train"]
    assert train.data.metrics["auc"] == 0.7
    assert train.data.tags["mlpipe.hit"] == "false"
    assert found["evaluate"].data.tags["mlpipe.hit"] == "true"
    assert train.data.tags["mlpipe.key"] == "k1"
    (dataset,) = train.inputs.dataset_inputs
    assert DIGEST.startswith(dataset.dataset.digest)
    assert DIGEST in dataset.dataset.source
    artifact = settings.folder / "mlflow-artifacts" / "flights" / parent.info.run_id / "artifacts" / "notebook"
    assert (artifact / "executed.ipynb").read_text(encoding="utf-8") == "{}"


def test_a_second_delivery_changes_nothing(settings, ledger, tmp_path):
    from mlflow import MlflowClient

    record_run(ledger, tmp_path)
    messages = outbox.pending(ledger)
    Courier(settings, ledger).send_all()
    # A courier that was killed between sending and marking: the messages are there again, and a new courier sends them.
    outbox.put_all(ledger, [(message.kind, message.payload) for message in messages])
    assert Courier(settings, ledger).send_all().sent == 4
    found = mlflow_runs(settings)
    assert len(found) == 3
    train = next(run for run in found if run.info.run_name == "train")
    assert len(train.inputs.dataset_inputs) == 1
    assert len(MlflowClient(settings.tracking_uri).get_metric_history(train.info.run_id, "auc")) == 1


def test_what_ends_a_run_is_told_in_mlflows_words(settings, ledger, tmp_path):
    for status, expected in (("failed", "FAILED"), ("refused", "FAILED"), ("cancelled", "KILLED")):
        run_id = record_run(ledger, tmp_path, end=status)
        Courier(settings, ledger).send_all()
        parent = next(run for run in mlflow_runs(settings) if run.info.run_name == run_id)
        assert parent.info.status == expected
        assert parent.data.tags["mlpipe.status"] == status


def test_a_server_that_is_down_is_recorded_and_retried(settings, ledger, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    down = load_settings(tmp_path, environ={}, overrides={"tracking_uri": f"http://127.0.0.1:{port}"})
    record_run(ledger, tmp_path)
    delivery = Courier(down, ledger).send_all()
    assert (delivery.sent, delivery.failed) == (0, 4)
    waiting = outbox.pending(ledger, due_only=False)
    assert [message.failures for message in waiting] == [1, 1, 1, 1]
    assert str(port) in (waiting[0].error or "")
    assert outbox.pending(ledger) == []
    # It is there again: all arrives, in order.
    assert Courier(settings, ledger).send_all().sent == 4
    assert len(mlflow_runs(settings)) == 3


def test_a_bad_message_holds_up_no_other_run(settings, ledger, tmp_path):
    outbox.put(ledger, "run_started", {"run": "no-such-run"})
    record_run(ledger, tmp_path)
    delivery = Courier(settings, ledger).send_all()
    assert (delivery.sent, delivery.failed) == (4, 1)
    (left,) = outbox.pending(ledger, due_only=False)
    assert "no-such-run" in (left.error or "")


def test_one_courier_at_a_time(settings, ledger, tmp_path):
    record_run(ledger, tmp_path)
    assert leases.acquire(ledger, LEASE, "another", 60)
    assert Courier(settings, ledger).send_all().busy
    assert Courier(settings, ledger).work().busy
    assert outbox.waiting(ledger) == 4


def test_a_spawned_courier_sends_while_the_run_is_open_and_ends_after_it(settings, ledger, tmp_path):
    # The run belongs to another process, which lives until we say so.
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as runner:
        run_id = record_run(ledger, tmp_path, end=None)
        with ledger.write() as connection:
            connection.execute("UPDATE runs SET pid = :pid", pid=runner.pid)
        spawn_courier(settings)
        wait_until(lambda: outbox.waiting(ledger) == 0)
        assert leases.holder_of(ledger, LEASE) is not None
        parent = next(run for run in mlflow_runs(settings) if run.info.run_name == run_id)
        assert parent.info.status == "RUNNING"
        runs.finish_run(ledger, run_id, "done")
        outbox.put(ledger, "run_finished", {"run": run_id, "status": "done", "ended": time.time()})
        wait_until(lambda: leases.holder_of(ledger, LEASE) is None)
        runner.communicate(b"\n")
    assert outbox.waiting(ledger) == 0
    parent = next(run for run in mlflow_runs(settings) if run.info.run_name == run_id)
    assert parent.info.status == "FINISHED"


def wait_until(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.1)
