"""Facts of alerts: findings that become one alert, what happens to it, silences."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from jupyter_mlpipe.errors import UnknownAlertError, UsageError
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger import alerts as facts
from jupyter_mlpipe.ledger.alert_findings import Cursor, Finding, Recovery, cursor, take_in
from jupyter_mlpipe.ledger.alerts import AlertEvent
from jupyter_mlpipe.monitoring.alerts import desk
from tests.unit.ledger.processes_beside import outcome, python


def finding(source: str = "fact/1", **more: object) -> Finding:
    given = {"rule": "stage-failed", "kind": "stage", "subject": "flights/train", "title": "train failed", "time": 10.0}
    return Finding(source=source, **given | more)  # type: ignore[arg-type]


def recovery(moment: float = 20.0, **more: object) -> Recovery:
    given = {"rule": "stage-failed", "kind": "stage", "subject": "flights/train", "text": "it ran"}
    return Recovery(time=moment, **given | more)  # type: ignore[arg-type]


def test_equal_findings_are_one_open_alert_that_counts_them(ledger: Ledger) -> None:
    take_in(ledger, [finding(f"fact/{number}", time=float(number)) for number in range(1, 11)])
    take_in(ledger, [finding("fact/11", detail="another gate")])
    first, second = facts.open_alerts(ledger)
    assert sorted((first.count, second.count)) == [1, 10]
    assert {first.status, second.status} == {"open"}
    assert max(first.last_seen, second.last_seen) == 10.0


def test_a_fact_that_is_found_again_counts_once(ledger: Ledger) -> None:
    for _ in range(3):
        take_in(ledger, [finding()])
    (found,) = facts.open_alerts(ledger)
    assert found.count == 1


def test_a_later_success_resolves_and_an_earlier_one_does_not(ledger: Ledger) -> None:
    take_in(ledger, [finding(), recovery(5.0)])
    assert len(facts.open_alerts(ledger)) == 1
    take_in(ledger, [recovery(11.0)])
    assert facts.open_alerts(ledger) == []
    (over,) = facts.alerts(ledger)
    assert (over.status, over.resolved_by, over.note) == ("resolved", None, "it ran")


def test_what_comes_back_soon_reopens_its_alert_and_later_opens_another(ledger: Ledger) -> None:
    take_in(ledger, [finding()])
    first = facts.acknowledge(ledger, facts.open_alerts(ledger)[0].id, "mine")
    take_in(ledger, [recovery()])
    take_in(ledger, [finding("fact/2", time=30.0)])
    (again,) = facts.open_alerts(ledger)
    assert (again.id, again.status, again.reopened, again.acknowledged_by) == (first.id, "open", 1, None)
    take_in(ledger, [recovery(40.0)])
    take_in(ledger, [finding("fact/3", time=50.0)], reopen=0.0)
    assert facts.open_alerts(ledger)[0].id != first.id


def test_a_cursor_that_another_process_moved_records_nothing(ledger: Ledger) -> None:
    assert cursor(ledger, "stage-failed") is None
    assert take_in(ledger, [finding()], Cursor("stage-failed", None, 4.0))
    assert not take_in(ledger, [finding("fact/2")], Cursor("stage-failed", None, 9.0))
    assert not take_in(ledger, [finding("fact/2")], Cursor("stage-failed", 3.0, 9.0))
    assert cursor(ledger, "stage-failed") == 4.0
    assert facts.open_alerts(ledger)[0].count == 1
    assert take_in(ledger, [], Cursor("stage-failed", 4.0, 9.0))


def test_who_acknowledged_first_stays_on_record(ledger: Ledger) -> None:
    take_in(ledger, [finding()])
    (found,) = desk.open_alerts(ledger)
    first = desk.acknowledge(ledger, found.alert.id[:6], "looking", user="ana").alert
    again = desk.acknowledge(ledger, found.alert.id, user="bo").alert
    assert first == again
    assert (again.status, again.acknowledged_by, again.note) == ("acknowledged", "ana", "looking")
    assert [event.event for event in desk.alert(ledger, found.alert.id).events] == ["seen", "acknowledged"]
    over = desk.resolve(ledger, found.alert.id, "a typo", user="bo").alert
    assert (over.status, over.resolved_by, over.note) == ("resolved", "bo", "a typo")
    assert desk.acknowledge(ledger, found.alert.id).alert == over
    assert desk.open_alerts(ledger) == []


@pytest.mark.parametrize("identifier", ["", "nope", "%"])
def test_an_unknown_alert_is_said_to_be_unknown(ledger: Ledger, identifier: str) -> None:
    take_in(ledger, [finding()])
    with pytest.raises(UnknownAlertError):
        desk.acknowledge(ledger, identifier)


def test_a_silence_covers_what_its_globs_match_until_it_ends(ledger: Ledger) -> None:
    take_in(ledger, [finding(), finding("fact/2", subject="other/train")])
    made = desk.silence(ledger, "flights/*", 60.0, rule="stage-*", reason="known")
    silenced = {view.alert.subject: view.silence for view in desk.open_alerts(ledger)}
    assert silenced == {"flights/train": made, "other/train": None}
    assert desk.unsilence(ledger, made.id[:4]) == desk.unsilence(ledger, made.id)
    assert desk.silences(ledger) == []
    desk.silence(ledger, "*", 0.01)
    time.sleep(0.02)
    assert desk.silences(ledger) == []


def test_a_silence_needs_a_subject_and_an_end(ledger: Ledger) -> None:
    for subject, seconds in (("", 60.0), ("*", 0.0), ("*", -1.0), ("*", 1e9), ("*", float("nan"))):
        with pytest.raises(UsageError):
            desk.silence(ledger, subject, seconds)
    with pytest.raises(UnknownAlertError):
        desk.unsilence(ledger, "")


def test_of_events_with_one_source_the_first_is_recorded(ledger: Ledger) -> None:
    take_in(ledger, [finding()])
    (found,) = facts.open_alerts(ledger)
    routed = AlertEvent(alert=found.id, event=facts.ROUTED, level=0, source="a/0", recipient="ana", time=5.0)
    for event in (routed, replace(routed, recipient="bo", time=6.0)):
        facts.record_once(ledger, event)
    assert (facts.alert(ledger, found.id).level, facts.alert(ledger, found.id).told) == (0, 5.0)


def test_ten_thousand_equal_findings_of_eight_processes_are_one_alert(ledger_url: str, ledger: Ledger) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.alert_findings import Finding, take_in
with Ledger.open(sys.argv[1]) as ledger:
    for start in range(0, 1250, 250):
        take_in(ledger, [
            Finding(rule="drift", kind="data", subject="flights", title="t", source=f"{sys.argv[2]}/{start + n}")
            for n in range(250)
        ])
"""
    processes = [python(code, ledger_url, str(number)) for number in range(8)]
    for process in processes:
        outcome(process)
    (found,) = facts.open_alerts(ledger)
    assert found.count == 10_000
    assert len(facts.alerts(ledger)) == 1


def test_looking_at_open_alerts_does_not_slow_down_with_their_history(ledger: Ledger) -> None:
    many = 100_000 if ledger.url.startswith("sqlite") else 20_000
    rows = [
        {
            "id": f"old{number}", "fingerprint": f"f{number}", "rule": "drift", "severity": "info", "kind": "data",
            "subject": f"s{number % 50}", "title": "t", "text": "", "facts": "{}", "run": None, "owner": None,
            "team": None, "escalate": "[]", "time": float(number),
        }
        for number in range(many)
    ]  # fmt: skip
    with ledger.write() as connection:
        connection.insert("alerts", rows)
    take_in(ledger, [finding()])
    begun = time.perf_counter()
    assert len(facts.open_alerts(ledger)) == 1
    assert len(facts.alerts(ledger, subject="s7")) == 50
    take_in(ledger, [finding("fact/2")])
    assert time.perf_counter() - begun < 0.5
