"""From an open alert to its receivers: levels, groups, silences, failures of channels. The clock is ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_mlpipe.ledger import Ledger, outbox
from jupyter_mlpipe.ledger.alert_findings import Finding, Recovery, take_in
from jupyter_mlpipe.ledger.alerts import Alert, acknowledge, alert_events, alerts, open_alerts, resolve
from jupyter_mlpipe.ledger.silences import silence, unsilence
from jupyter_mlpipe.monitoring.alerts.delivery import Sender
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions, QuietHours
from jupyter_mlpipe.monitoring.alerts.outgoing import Sent, deliver_due
from jupyter_mlpipe.monitoring.alerts.routing import route, tell_what_is_over
from jupyter_mlpipe.monitoring.alerts.trial import send_test, unreachable
from jupyter_mlpipe.owners import Owners, load_owners
from tests.unit.monitoring.alerts.receivers import Webhook, webhook

OPTIONS = AlertOptions(group_window=10.0, failures=3)


class Desk:
    """A ledger with a clock that only we move, owners, and a web server that all channels lead to."""

    def __init__(self, ledger: Ledger, owners: Owners, hook: Webhook, sender: Sender) -> None:
        self.ledger, self.owners, self.hook, self.sender = ledger, owners, hook, sender
        self.clock = 1_000_000.0
        self.options = OPTIONS
        self.sources = 0

    def find(self, subject: str = "flights/train", **more: object) -> None:
        self.sources += 1
        given = {"rule": "stage-failed", "kind": "stage", "title": f"{subject} failed", "severity": "critical"}
        item = Finding(subject=subject, source=f"fact/{self.sources}", time=self.clock, **given | more)  # type: ignore[arg-type]
        take_in(self.ledger, [item])

    def over(self, subject: str = "flights/train") -> None:
        gone = Recovery(rule="stage-failed", kind="stage", subject=subject, text="it ran", time=self.clock)
        take_in(self.ledger, [gone])

    def round(self, seconds: float = 0.0) -> Sent:
        self.clock += seconds
        self.next = route(self.ledger, self.owners, self.options)
        tell_what_is_over(self.ledger, self.owners)
        return deliver_due(self.ledger, self.owners, self.options, self.sender)

    def told(self) -> list[str]:
        """Who was told what since the last time: ``ana [critical] …``."""
        got = [f"{path.strip('/')} {body['title']}" for path, body in self.hook.got]
        self.hook.got.clear()
        return got

    def only(self) -> Alert:
        (one,) = open_alerts(self.ledger)
        return one

    def events(self, kind: str) -> list[str]:
        return [
            event.text
            for one in alerts(self.ledger)
            for event in alert_events(self.ledger, one.id)
            if event.event == kind
        ]


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    shutil.copy(sqlite_template, tmp_path / "ledger.db")
    with webhook() as hook, Sender() as sender, Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        people = "\n".join(f'[people.{name}]\nchannels = ["{hook.url(name)}"]' for name in ("ana", "bo", "lead"))
        text = f'{people}\n[defaults]\nowner = "ana"\nescalate = ["bo", "lead"]\nack_timeout = "10m"\n'
        (tmp_path / "owners.toml").write_text(text, encoding="utf-8")
        made = Desk(ledger, load_owners(tmp_path), hook, sender)
        monkeypatch.setattr("jupyter_mlpipe.ledger.sqlite.now", lambda: made.clock)
        yield made


def test_a_storm_of_ten_thousand_equal_findings_is_one_notification(desk: Desk) -> None:
    found = [
        Finding(rule="drift", kind="data", subject="flights", title="flights drifted", source=f"s/{number}", time=1.0)
        for number in range(10_000)
    ]
    for begin in range(0, 10_000, 2500):
        take_in(desk.ledger, found[begin : begin + 2500])
        desk.round(5.0)
    desk.round(60.0)
    assert desk.told() == ["ana [warning] flights drifted"]
    assert desk.only().count == 10_000


def test_who_does_not_acknowledge_in_time_is_followed_by_the_next_each_told_once(desk: Desk) -> None:
    desk.find()
    desk.round()
    assert desk.told() == []
    desk.round(10.0)
    assert desk.told() == ["ana [critical] flights/train failed"]
    desk.round(599.0)
    assert desk.told() == []
    desk.round(1.0)
    assert desk.told() == ["bo [critical] flights/train failed"]
    for _ in range(3):
        desk.round(200.0)
    assert desk.told() == ["lead [critical] flights/train failed"]
    desk.round(1e6)
    assert desk.told() == []
    assert desk.next is None
    assert desk.only().level == 2


def test_after_a_reboot_an_overdue_level_is_told_once_and_the_next_has_its_time(desk: Desk) -> None:
    desk.find()
    desk.round(10.0)
    desk.told()
    desk.round(5 * 600.0)
    desk.round()
    assert desk.told() == ["bo [critical] flights/train failed"]
    desk.round(599.0)
    assert desk.told() == []
    desk.round(1.0)
    assert desk.told() == ["lead [critical] flights/train failed"]


def test_an_acknowledgement_ends_the_escalation(desk: Desk) -> None:
    desk.find()
    desk.round(10.0)
    acknowledge(desk.ledger, desk.only().id, user="ana")
    desk.round(1e6)
    desk.find()
    desk.round(1e6)
    assert desk.told() == ["ana [critical] flights/train failed"]
    assert desk.next is None


def test_what_one_run_says_in_a_short_time_is_one_notification(desk: Desk) -> None:
    desk.find("flights/load", run="r1")
    desk.round(8.0)
    desk.find("flights/train", run="r1")
    desk.find("other/train", run="r2")
    desk.round(2.0)
    assert desk.told() == ["ana [critical] 2 alerts on flights (run r1)"]
    desk.round(8.0)
    assert desk.told() == ["ana [critical] other/train failed"]


def test_a_later_success_is_told_once_to_those_who_were_told(desk: Desk) -> None:
    desk.find()
    desk.round(10.0)
    desk.round(600.0)
    assert len(desk.told()) == 2
    desk.over()
    for _ in range(3):
        desk.round(700.0)
    assert desk.told() == ["ana [resolved] flights/train failed", "bo [resolved] flights/train failed"]


def test_what_is_over_before_anybody_was_told_is_not_told(desk: Desk) -> None:
    desk.find()
    desk.round(5.0)
    desk.over()
    desk.round(1e4)
    assert desk.told() == []


def test_what_somebody_resolved_is_not_told(desk: Desk) -> None:
    desk.find()
    desk.round(10.0)
    resolve(desk.ledger, desk.only().id, user="ana")
    desk.round(1e4)
    assert desk.told() == ["ana [critical] flights/train failed"]


def test_what_comes_back_is_told_again(desk: Desk) -> None:
    desk.find()
    desk.round(10.0)
    desk.over()
    desk.round(10.0)
    desk.find()
    desk.round(10.0)
    assert [line.split("]")[0] for line in desk.told()] == ["ana [critical", "ana [resolved", "ana [critical"]
    assert desk.only().reopened == 1


def test_a_silence_holds_back_and_what_is_open_at_its_end_is_told(desk: Desk) -> None:
    silence(desk.ledger, "flights/*", 3600.0, rule="stage-*", reason="known")
    desk.find()
    desk.find("other/train")
    for _ in range(3):
        desk.round(600.0)
    assert desk.told() == [
        "ana [critical] other/train failed", "bo [critical] other/train failed", "lead [critical] other/train failed",
    ]  # fmt: skip
    assert desk.events("silenced") == ["until its silence ends: known"]
    desk.round(3600.0)
    assert desk.told() == ["ana [critical] flights/train failed"]


def test_a_silence_that_is_ended_early_ends(desk: Desk) -> None:
    made = silence(desk.ledger, "*", 3600.0)
    desk.find()
    desk.round(60.0)
    unsilence(desk.ledger, made.id)
    desk.round(1.0)
    assert desk.told() == ["ana [critical] flights/train failed"]


def test_quiet_hours_hold_back_what_is_not_the_worst(desk: Desk) -> None:
    desk.options = replace(OPTIONS, quiet_hours=QuietHours(0, 24 * 60, "critical"))
    desk.find("flights/a", severity="warning")
    desk.find("flights/b")
    desk.round(60.0)
    assert desk.told() == ["ana [critical] flights/b failed"]
    desk.options = OPTIONS
    desk.round(1.0)
    assert desk.told() == ["ana [warning] flights/a failed"]


def test_an_owner_who_does_not_exist_is_noted_and_the_defaults_are_told(desk: Desk) -> None:
    desk.find(owner="zed", escalate=("nobody", "lead"))
    desk.round(10.0)
    desk.round(600.0)
    assert desk.told() == ["ana [critical] flights/train failed", "lead [critical] flights/train failed"]
    assert desk.events("failed") == ["zed is not in owners.toml; nobody is not in owners.toml"]


def test_where_nobody_can_be_told_the_alert_stays_and_is_told_once_somebody_can(desk: Desk) -> None:
    right, desk.owners = desk.owners, Owners()
    desk.find(owner="ana")
    for _ in range(3):
        desk.round(60.0)
    assert desk.only().level is None
    assert len(desk.events("failed")) == 1
    desk.owners = right
    desk.round()
    assert desk.told() == ["ana [critical] flights/train failed"]


def test_an_outage_of_an_hour_loses_nothing(desk: Desk) -> None:
    desk.options = replace(OPTIONS, failures=100)
    desk.find()
    desk.hook.down = True
    for _ in range(60):
        desk.round(60.0)
    assert desk.told() == []
    assert 8 < desk.hook.refused < 60
    desk.hook.down = False
    for _ in range(60):
        desk.round(60.0)
    # The levels went on while nobody could be reached: each has its message, once.
    assert sorted(desk.told()) == [f"{name} [critical] flights/train failed" for name in ("ana", "bo", "lead")]
    assert outbox.waiting(desk.ledger) == 0


def test_a_channel_that_takes_nothing_is_an_alert_to_the_next_in_the_path(desk: Desk, tmp_path: Path) -> None:
    text = (tmp_path / "owners.toml").read_text().replace(f":{desk.hook.port}/ana", ":9/ana?+Key=hunter2")
    (tmp_path / "owners.toml").write_text(text)
    desk.owners = load_owners(tmp_path)
    desk.options = replace(OPTIONS, failures=3)
    desk.find()
    for _ in range(5):
        desk.round(10.0)
    desk.round(20.0)
    (line,) = desk.told()
    assert line == "bo [critical] ana/json takes no messages; ana was not told there"
    failing, original = sorted(open_alerts(desk.ledger), key=lambda one: one.kind)
    assert (failing.kind, failing.subject, failing.rule) == ("channel", "ana/json", "delivery-failed")
    assert original.title in failing.text
    acknowledge(desk.ledger, failing.id)
    acknowledge(desk.ledger, original.id)
    everything = Path(desk.ledger.url.removeprefix("sqlite:///")).read_bytes()
    assert b"hunter2" not in everything
    # It works again: both are over, and what waited arrives.
    text = text.replace(":9/ana?+Key=hunter2", f":{desk.hook.port}/ana")
    (tmp_path / "owners.toml").write_text(text)
    desk.owners = load_owners(tmp_path)
    desk.round(7200.0)
    desk.round(60.0)
    assert sorted(desk.told()) == [
        "ana [critical] flights/train failed",
        "bo [resolved] ana/json takes no messages; ana was not told there",
    ]
    assert [one.kind for one in open_alerts(desk.ledger)] == ["stage"]


def test_where_every_channel_is_down_there_is_one_alert_a_channel_and_no_loop(desk: Desk) -> None:
    desk.find()
    desk.hook.down = True
    for _ in range(300):
        desk.round(60.0)
    found = open_alerts(desk.ledger)
    assert sorted(one.subject for one in found) == ["ana/json", "bo/json", "flights/train", "lead/json"]
    waiting = outbox.waiting(desk.ledger)
    assert waiting <= 8
    for _ in range(50):
        desk.round(3600.0)
    assert len(alerts(desk.ledger)) == 4
    assert outbox.waiting(desk.ledger) == 0
    assert any(text.startswith("given up after") for text in desk.events("failed"))


def test_a_message_for_a_channel_that_is_gone_waits_for_it(desk: Desk) -> None:
    desk.find()
    owners, desk.owners = desk.owners, desk.owners
    desk.clock += 10.0
    route(desk.ledger, owners, desk.options)
    desk.owners = Owners(exists=True)
    assert desk.round().error == "there is no channel ana/json in owners.toml any more"
    desk.owners = owners
    desk.round(10.0)
    assert desk.told() == ["ana [critical] flights/train failed"]


def test_it_goes_through_on_either_database(ledger: Ledger, tmp_path: Path) -> None:
    options = replace(OPTIONS, group_window=0.0)
    with webhook() as hook, Sender() as sender:
        text = f'[people.ana]\nchannels = ["{hook.url()}", "json://127.0.0.1:9/"]\n[defaults]\nowner = "ana"\n'
        (tmp_path / "owners.toml").write_text(text, encoding="utf-8")
        owners = load_owners(tmp_path)
        made = silence(ledger, "other/*", 60.0)
        for subject in ("flights/train", "other/train"):
            found = Finding(rule="stage-failed", kind="stage", subject=subject, title=subject, source=subject, time=1.0)
            take_in(ledger, [found])
        route(ledger, owners, options)
        sent = deliver_due(ledger, owners, options, sender)
        assert (sent.sent, sent.failed) == (1, 1)
        unsilence(ledger, made.id)
        over = Recovery(rule="stage-failed", kind="stage", subject="flights/train", text="it ran")
        take_in(ledger, [over])
        route(ledger, owners, options)
        tell_what_is_over(ledger, owners)
        deliver_due(ledger, owners, options, sender)
        assert [body["title"] for _, body in hook.got] == [
            "[warning] flights/train", "[warning] other/train", "[resolved] flights/train",
        ]  # fmt: skip
        (one,) = open_alerts(ledger)
        assert (one.recipient, one.level, one.notified) == ("ana", 0, ("ana/json",))


def test_a_test_message_goes_through_every_channel_and_says_what_came_of_it(desk: Desk, tmp_path: Path) -> None:
    text = (tmp_path / "owners.toml").read_text()
    text += '[people.odd]\nchannels = ["json://127.0.0.1:9/", "mailto://x:${NO_SUCH}@h.example.org", "nosuch://x"]\n'
    text += '[stages."flights/*"]\nowner = "odd"\n'
    (tmp_path / "owners.toml").write_text(text)
    owners = load_owners(tmp_path)
    results = send_test(owners, "flights/train")
    assert [(one.channel, one.arrived) for one in results] == [
        ("odd/json", False), ("odd/mailto", False), ("odd/nosuch", False), ("bo/json", True), ("lead/json", True),
    ]  # fmt: skip
    assert "NO_SUCH, which is not set" in results[1].problem
    assert [line.split()[0] for line in desk.told()] == ["bo", "lead"]
    problems = unreachable(owners)
    assert [problem.split(":")[0] for problem in problems] == [
        "channel odd/mailto needs the environment variable NO_SUCH, which is not set", "channel odd/nosuch",
    ]  # fmt: skip
