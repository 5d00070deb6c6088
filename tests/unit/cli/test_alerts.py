"""``mlpipe alerts`` and ``mlpipe owners`` on a ledger with alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jupyter_mlpipe.cli.main import main
from jupyter_mlpipe.ledger import Ledger, runs, stages
from jupyter_mlpipe.ledger.alert_findings import Finding, take_in
from jupyter_mlpipe.ledger.alerts import open_alerts
from jupyter_mlpipe.settings import load_settings
from tests.unit.monitoring.alerts.receivers import Webhook, webhook

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


class Desk:
    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys
        (root / ".mlpipe").mkdir()
        self.ledger = Ledger.open(load_settings(root).ledger_url)

    def call(self, *words: str, code: int = 0) -> str:
        assert main([*words, "--workspace", str(self.root)]) == code
        said = self.capsys.readouterr()
        return said.out + said.err

    def json(self, *words: str, code: int = 0) -> Any:
        """The facts, which must be what the documented schema says, where there is one."""
        facts = json.loads(self.call(*words, "--json", code=code))
        schema = SCHEMAS / f"{words[0]}-{words[1]}.json"
        if schema.exists():
            jsonschema.validate(facts, json.loads(schema.read_text(encoding="utf-8")))
        return facts

    def owners(self, text: str) -> None:
        (self.root / "owners.toml").write_text(text, encoding="utf-8")

    def find(self, subject: str = "flights/train", number: int = 1, **more: object) -> str:
        given = {"rule": "stage-failed", "kind": "stage", "title": f"{subject} failed\r\n\x1b[31mred", "owner": "ana"}
        take_in(self.ledger, [Finding(subject=subject, source=f"{subject}/{number}", **given | more)])  # type: ignore[arg-type]
        return next(one.id for one in open_alerts(self.ledger) if one.subject == subject)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("MLPIPE_LEDGER_URL", "MLPIPE_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    made = Desk(tmp_path, capsys)
    yield made
    made.ledger.close()


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as made:
        yield made


def test_alerts_are_listed_shown_acknowledged_and_resolved(desk: Desk) -> None:
    assert "no alerts" in desk.call("alerts", "list")
    identifier = desk.find()
    desk.find(number=2)
    listed = desk.call("alerts", "list")
    assert identifier in listed
    assert "\x1b" not in listed
    (facts,) = desk.json("alerts", "list")["alerts"]
    assert (facts["id"], facts["status"], facts["count"], facts["silenced"]) == (identifier, "open", 2, False)
    assert "fingerprint" not in facts
    said = desk.call("alerts", "ack", identifier[:5], "--note", "looking")
    assert f"alert {identifier} was acknowledged" in said
    assert "looking" in said
    shown = desk.call("alerts", "show", identifier)
    assert "stage: flights/train" in shown
    assert "acknowledged by" in shown
    assert [event["event"] for event in desk.json("alerts", "show", identifier)["events"]] == [
        "seen", "seen", "acknowledged",
    ]  # fmt: skip
    assert desk.json("alerts", "resolve", identifier)["status"] == "resolved"
    assert desk.json("alerts", "list")["alerts"] == []
    assert [one["status"] for one in desk.json("alerts", "list", "--all")["alerts"]] == ["resolved"]


def test_a_list_may_be_of_some_subjects_and_rules(desk: Desk) -> None:
    desk.find()
    desk.find("other/train", rule="drift")
    for words, subjects in (
        (("--subject", "flights/*"), ["flights/train"]),
        (("--rule", "drift"), ["other/train"]),
        (("-n", "1"), 1),
        (("--all", "--rule", "d*"), ["other/train"]),
    ):
        found = [one["subject"] for one in desk.json("alerts", "list", *words)["alerts"]]
        assert subjects in (found, len(found))


def test_a_silence_is_made_listed_and_ended(desk: Desk) -> None:
    desk.find()
    words = ("--subject", "flights/*", "--rule", "stage-*", "--for", "2h", "--reason", "known")
    assert "nobody is told of alerts of stage-* on flights/* until" in desk.call("alerts", "silence", *words)
    assert "silenced" in desk.call("alerts", "list")
    (silence,) = desk.json("alerts", "list")["silences"]
    assert silence["reason"] == "known"
    assert "has ended" in desk.call("alerts", "unsilence", silence["id"][:6])
    assert desk.json("alerts", "list")["silences"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ack", "zzz"), "MP733: no alert has the id 'zzz'"),
        (("show", ""), "MP733"),
        (("unsilence", "zzz"), "no silence has the id 'zzz'"),
        (("silence", "--subject", "x", "--for", "soon"), "'soon' is not a duration"),
        (("silence", "--subject", "x", "--for", "0s"), "up to 90 days"),
        (("test", "zed"), "MP731: zed is not in owners.toml"),
        (("list", "-n", "-1"), "--limit"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in desk.call("alerts", *words, code=2)


def test_a_test_message_is_sent_and_what_came_of_it_is_said(desk: Desk, hook: Webhook) -> None:
    desk.owners(f'[people.ana]\nchannels = ["{hook.url()}", "json://127.0.0.1:9/?+K=hunter2"]\n')
    said = desk.call("alerts", "test", "ana", code=1)
    assert "the message was taken" in said
    assert "ana/json-2 took no message" in said
    assert "hunter2" not in said
    assert [one["arrived"] for one in desk.json("alerts", "test", "ana", code=1)["channels"]] == [True, False]
    assert hook.titles[0] == "[test] alerts of mlpipe reach you"


def test_a_watch_in_the_foreground_tells_and_ends_when_it_is_quiet(desk: Desk, hook: Webhook) -> None:
    desk.owners(f'[people.ana]\nchannels = ["{hook.url()}"]\n')
    (desk.root / "pyproject.toml").write_text('[tool.mlpipe.alerts]\ngroup-window = "0s"\n')
    desk.find()
    desk.call("alerts", "watch", "--until-quiet", "--poll", "0.1")
    assert hook.titles == ["[warning] flights/train failed [31mred"]


def test_who_answers_is_shown_with_what_the_notebook_said(desk: Desk) -> None:
    desk.owners(
        '[people.ana]\nchannels = ["json://h.example.org/secret"]\n[people.bo]\nchannels = ["json://h.example.org"]\n'
        '[defaults]\nowner = "bo"\nack_timeout = "20m"\n'
    )
    run = runs.start_run(desk.ledger, pipeline="flights", notebook="n", notebook_digest="d", owner="zed")
    fact = stages.StageRun(
        run=run.id, pipeline="flights", stage="train", status="done", owner="ana", escalate=("bo", "nobody")
    )
    stages.record_stage(desk.ledger, fact)
    said = desk.call("owners", "show", "flights/train")
    assert "ana answers" in said
    assert "at once: ana through ana/json" in said
    assert "after 20 min: bo through bo/json" in said
    assert "! nobody is not in owners.toml" in said
    assert "secret" not in said
    facts = desk.json("owners", "show", "flights")
    assert facts["problems"] == ["zed is not in owners.toml"]
    assert [level["name"] for level in facts["levels"]] == ["bo"]
    assert [one["text"] for one in desk.json("owners", "check", code=2)["problems"]] == [
        "zed is not in owners.toml", "nobody is not in owners.toml",
    ]  # fmt: skip


def test_a_file_is_checked(desk: Desk) -> None:
    assert "MP730: there is no owners.toml" in desk.call("owners", "check", code=2)
    desk.owners('[people.ana]\nchannels = ["json://h.example.org"]\n')
    assert "owners.toml is right: 1 people and teams" in desk.call("owners", "check")
    desk.owners('[people.ana]\nchannels = ["nosuch://x", "json://${NO_SUCH_VARIABLE}"]\n[teams.ml]\nmembers = ["ml"]\n')
    said = desk.call("owners", "check", code=2)
    for part in ("does not understand", "NO_SUCH_VARIABLE, which is not set", "line 3, [teams.ml]: ml is, through"):
        assert part in said
    desk.owners("[people")
    assert "MP730: owners.toml is not TOML" in desk.call("owners", "check", code=2)
    desk.owners("")
    (desk.root / "pyproject.toml").write_text("[tool.mlpipe.alerts]\nof = []\n")
    assert "did you mean off?" in desk.call("owners", "check", code=2)
