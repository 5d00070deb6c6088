"""Lineage of real runs: what `mlpipe lineage` says of them, and what receivers of OpenLineage are told."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution.courier import Courier
from jupyter_mlpipe.execution.openlineage_delivery import ENDED, STAGE, STARTED, OpenLineageDeliverer
from jupyter_mlpipe.ledger import Ledger, lineage, outbox, runs
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.transitions import Transition, begin_transition, end_transition
from jupyter_mlpipe.settings import Settings, load_settings
from tests.integration.test_cli import Desk, holds

KINDS = dict.fromkeys(OpenLineageDeliverer.kinds, OpenLineageDeliverer)


@dataclass(frozen=True)
class Project:
    """A workspace in which ``flights.ipynb`` ran three times: with one alpha, with another, and on other data."""

    desk: Desk
    runs: tuple[str, str, str]

    @property
    def settings(self) -> Settings:
        return load_settings(self.desk.folder, environ={})

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.settings.ledger_url) as ledger:
            yield ledger

    def lineage(self, *words: str) -> Any:
        answer = self.desk.call("lineage", *words, "--json")
        assert answer.code == 0, answer
        return holds(answer, "lineage")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    desk = Desk(tmp_path_factory.mktemp("lineage"))
    data = desk.folder / "data"
    data.mkdir()
    (data / "flights.csv").write_text("delay\n1\n2\n3\n")
    desk.notebook(
        "flights.ipynb",
        "%load_ext jupyter_mlpipe\n%pipeline flights --owner you@example.com --team delays",
        "import pandas as pd",
        '%%stage load\nflights = pd.read_csv("data/flights.csv")',
        "%%stage features\nfeatures = flights.assign(late=flights.delay > 1)",
        '%%stage train\nmodel = {"mean": float(features.delay.mean() * alpha)}',
        '%%stage report\nopen("report.txt", "w").write(str(model))',
        parameters="alpha = 0.5",
    )

    def run(alpha: float) -> str:
        answer = desk.call("run", "flights.ipynb", "--json", "-p", "alpha", str(alpha))
        assert answer.code == 0, answer.err
        identifier: str = answer.json["run"]
        return identifier

    first, second = run(0.5), run(0.7)
    (data / "flights.csv").write_text("delay\n4\n5\n6\n7\n")
    made = Project(desk, (first, second, run(0.7)))
    with made.ledger() as ledger:
        for number, run_id in enumerate(made.runs, 1):
            (model,) = [item for item in lineage.run_outputs(ledger, run_id) if item.name == "model"]
            registration = Registration(
                model="flight-delay", version=number, name="model", content=model.digest, run=run_id,
                pipeline="flights", stage="train",
            )  # fmt: skip
            record_registration(ledger, registration)
        promotion = Transition(model="flight-delay", version=2, action="promote", target="production")
        end_transition(ledger, begin_transition(ledger, promotion), "done")
    return made


def versions(facts: Any) -> list[int]:
    return [item["version"] for item in facts["models"]]


# -- mlpipe lineage -----------------------------------------------------------------------------------------------


def test_what_data_is_in_production(project):
    facts = project.lineage("flight-delay@production", "--up")
    nodes = {(node["kind"], node["name"]): node for node in facts["nodes"]}
    assert list(nodes) == [
        ("alias", "production"), ("version", "flight-delay"), ("artifact", "model"), ("stage", "train"),
        ("artifact", "features"), ("stage", "features"), ("artifact", "flights"), ("stage", "load"),
        ("file", "data/flights.csv"),
    ]  # fmt: skip
    assert nodes["artifact", "flights"]["rows"] == 3
    # The second run restored the features; the first made them.
    assert nodes["stage", "features"]["run"] == project.runs[0]
    assert nodes["stage", "train"]["run"] == project.runs[1]
    assert [item["path"] for item in facts["data"]] == ["data/flights.csv"]


def test_which_models_were_trained_on_a_file_and_on_one_version_of_it(project):
    whole = project.lineage("data/flights.csv", "--down")
    assert versions(whole) == [2, 3, 1]
    assert whole["models"][0]["aliases"] == ["production"]
    old = project.lineage("flight-delay@1")["data"][0]["digest"]
    assert versions(project.lineage(old[:12])) == [2, 1]
    assert versions(project.lineage("flights.csv", "--run", project.runs[2])) == [3]


def test_it_is_a_tree_for_people(project):
    answer = project.desk.call("lineage", "data/flights.csv")
    assert answer.code == 0
    assert "model: dict" in answer.out
    assert "└─ load of flights, run " in answer.out
    assert "flight-delay version 2 (production)" in answer.out
    assert "features: 3 rows, DataFrame" in answer.out
    assert answer.out.splitlines()[-1].startswith("models: flight-delay version 2 (production)")
    assert "flowchart" in project.desk.call("lineage", "train", "--mermaid").out
    assert "report.txt" in project.desk.call("lineage", "latest").out
    assert project.desk.call("lineage", "train", "--depth", "1", "--all").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nothing-such"], "MP409"),
        (["flight-delay@9"], "MP602"),
        (["features"], "MP410"),
        (["train", "--run", "nosuchrun"], "MP404"),
        (["train", "--depth", "0"], "MP001"),
    ],
)
def test_a_bad_name_is_an_error_with_a_way_out(project, words, code):
    answer = project.desk.call("lineage", *words, "--json")
    error = holds(answer, "error")["error"]
    assert (answer.code, error["code"]) == (2, code)
    assert error["hint"]


def test_it_loads_nothing_heavy(project):
    script = (
        "import sys\nfrom jupyter_mlpipe.cli.main import main\ncode = main(['lineage', 'data/flights.csv'])\n"
        "print('heavy:', sorted({'mlflow', 'pandas', 'numpy', 'sqlalchemy', 'openlineage'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=project.desk.folder, env=project.desk.environ, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "heavy: []" in done.stdout


# -- OpenLineage --------------------------------------------------------------------------------------------------


@dataclass
class Receiver:
    """A server that takes OpenLineage events, as Marquez does."""

    url: str
    events: list[Any] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    keys: set[str | None] = field(default_factory=set)
    refuse: int = 0
    """How many requests are still to be answered with 503."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.refuse > 0:
                found.refuse -= 1
                self.send_response(503)
            else:
                found.events.append(json.loads(body))
                found.paths.add(self.path)
                found.keys.add(self.headers.get("Authorization"))
                self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def send(project: Project, url: str, run_id: str, stages: tuple[str, ...] = ("load", "train", "report")) -> Any:
    """Have a run told to whoever is at the URL; what the courier says of it."""
    settings = load_settings(project.desk.folder, environ={}, overrides={"openlineage_url": url})
    with project.ledger() as ledger:
        messages = [(STARTED, {"run": run_id}), *((STAGE, {"run": run_id, "stage": stage}) for stage in stages)]
        outbox.put_all(ledger, [*messages, (ENDED, {"run": run_id})])
        return Courier(settings, ledger, _kinds=KINDS).send_all()


def settle(project: Project) -> None:
    """Nothing waits any more."""
    with project.ledger() as ledger:
        outbox.mark_sent(ledger, *(message.id for message in outbox.pending(ledger, due_only=False)))


def told(events: list[Any], job: str, kind: str = "COMPLETE") -> Any:
    (found,) = [event for event in events if event["job"]["name"] == job and event["eventType"] == kind]
    return found


def test_a_server_is_told_of_runs_stages_and_datasets(project, receiver, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "secret")
    delivery = send(project, receiver.url, project.runs[1])
    assert (delivery.sent, delivery.failed) == (5, 0)
    assert receiver.paths == {"/api/v1/lineage"}
    assert receiver.keys == {"Bearer secret"}
    kinds = [(event["job"]["name"], event["eventType"]) for event in receiver.events]
    assert kinds == [
        ("flights", "START"), ("flights.load", "START"), ("flights.load", "COMPLETE"), ("flights.train", "START"),
        ("flights.train", "COMPLETE"), ("flights.report", "START"), ("flights.report", "COMPLETE"),
        ("flights", "COMPLETE"),
    ]  # fmt: skip

    pipeline, load, train = (told(receiver.events, name) for name in ("flights", "flights.load", "flights.train"))
    assert train["run"]["facets"]["parent"]["run"]["runId"] == pipeline["run"]["runId"]
    assert train["run"]["runId"] != pipeline["run"]["runId"]
    assert {owner["name"] for owner in train["job"]["facets"]["ownership"]["owners"]} == {"you@example.com", "delays"}
    tags = {tag["key"]: tag["value"] for tag in load["run"]["facets"]["tags"]["tags"]}
    assert (tags["mlpipe.status"], tags["mlpipe.hit"], tags["mlpipe.run"]) == ("hit", "true", project.runs[1])

    facts = project.lineage("flight-delay@2")
    digests = {node["name"]: node["digest"] for node in facts["nodes"] if node["digest"]}
    (file,) = load["inputs"]
    assert (file["namespace"], file["name"]) == ("file", str(project.desk.folder / "data" / "flights.csv"))
    assert file["facets"]["version"]["datasetVersion"] == digests["data/flights.csv"]
    (flights,) = load["outputs"]
    assert (flights["namespace"], flights["name"]) == (Path(project.settings.store_url).as_uri(), "flights/flights")
    assert flights["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert flights["outputFacets"]["outputStatistics"]["size"] > 0
    (features,) = train["inputs"]
    assert features["facets"]["version"]["datasetVersion"] == digests["features"]
    assert [column["name"] for column in features["facets"]["schema"]["fields"]] == ["delay", "late"]
    made, model = train["outputs"]
    assert made["name"] == "flights/model"
    assert (model["name"], model["facets"]["version"]["datasetVersion"]) == ("flight-delay", "2")
    assert {item["name"].rpartition("/")[2] for item in pipeline["outputs"]} == {"report.txt", "flight-delay"}


def test_events_are_what_the_library_itself_writes_and_the_same_again(project, receiver, tmp_path):
    file = tmp_path / "new" / "events.jsonl"
    for url in (str(file), file.as_uri(), f"{receiver.url}/a/path/of/its/own"):
        assert send(project, url, project.runs[0]).failed == 0
    written = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(written) == 16
    assert written[:8] == written[8:] == receiver.events
    assert receiver.paths == {"/a/path/of/its/own"}
    for event in written:
        assert set(event) == {"eventType", "eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"}
        assert "_schemaURL" in event["job"]["facets"]["jobType"]


def test_a_run_says_what_happened_as_it_goes(project, tmp_path):
    file = tmp_path / "events.jsonl"
    project.desk.notebook("bad.ipynb", "%pipeline bad", "%%stage a\nx = 1", "%%stage boom\ny = [][x]")
    environ = {**project.desk.environ, "MLPIPE_OPENLINEAGE_URL": str(file)}
    command = [sys.executable, "-m", "jupyter_mlpipe.cli.main", "run", "bad.ipynb", "--quiet"]
    done = subprocess.run(command, cwd=project.desk.folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    settings = load_settings(project.desk.folder, environ={}, overrides={"openlineage_url": str(file)})
    end = time.monotonic() + 90
    with project.ledger() as ledger:
        # The run's own courier may be at it, too.
        while not file.exists() or '"bad"' not in file.read_text(encoding="utf-8").splitlines()[-1]:
            Courier(settings, ledger, _kinds=KINDS).send_all()
            assert time.monotonic() < end
            time.sleep(0.2)
        (run,) = runs.runs(ledger, "bad")
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert told(events, "bad.a")
    boom = told(events, "bad.boom", "FAIL")
    assert "IndexError" in boom["run"]["facets"]["errorMessage"]["message"]
    assert told(events, "bad", "FAIL")["eventTime"] >= told(events, "bad", "START")["eventTime"]
    assert run.status == "failed"


def test_a_server_that_is_down_keeps_messages_waiting_and_gets_them_later(project, receiver):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    delivery = send(project, nobody, project.runs[0])
    assert (delivery.sent, delivery.failed) == (0, 5)
    assert delivery.error
    with project.ledger() as ledger:
        assert {message.failures for message in outbox.pending(ledger, due_only=False)} == {1}
    receiver.refuse = 1
    settings = load_settings(project.desk.folder, environ={}, overrides={"openlineage_url": receiver.url})
    with project.ledger() as ledger:
        assert Courier(settings, ledger, _kinds=KINDS).send_all().failed == 5
        assert Courier(settings, ledger, _kinds=KINDS).send_all().sent == 5
    assert len(receiver.events) == 8


def test_what_waits_for_a_url_that_is_not_set_any_more_goes_on_waiting(project):
    with project.ledger() as ledger:
        outbox.put(ledger, ENDED, {"run": project.runs[0]})
        delivery = Courier(project.settings, ledger, _kinds=KINDS).send_all()
        assert delivery.failed == 1
        assert "openlineage-url is not set" in str(delivery.error)
    settle(project)


def test_nothing_is_put_where_nobody_is_told(project):
    with project.ledger() as ledger:
        assert outbox.waiting(ledger) == 0
