"""What alerts, silences and test messages look like on a terminal. Not for what is done about them (``alerts``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from jupyter_mlpipe.cli.output import print_table
from jupyter_mlpipe.cli.runs import moment
from jupyter_mlpipe.ledger.alerts import Alert, AlertEvent
from jupyter_mlpipe.ledger.silences import Silence
from jupyter_mlpipe.monitoring.alerts.desk import AlertHistory, AlertView
from jupyter_mlpipe.monitoring.alerts.messages import one_line, plain_text
from jupyter_mlpipe.monitoring.alerts.trial import Trial


def print_alerts(found: Sequence[AlertView], silences: Sequence[Silence]) -> None:
    """Print alerts as a table, and the silences in force."""
    if not found:
        print("no alerts")
    else:
        rows = [
            (
                view.alert.id,
                view.alert.severity,
                "silenced" if view.silence and view.alert.status == "open" else view.alert.status,
                str(view.alert.count),
                moment(view.alert.opened),
                one_line(view.alert.acknowledged_by or view.alert.recipient or view.alert.owner or "", 40),
                one_line(view.alert.title, 100),
            )
            for view in found
        ]
        print_table(("alert", "severity", "status", "seen", "since", "who", "what"), rows)
    for silence in silences:
        print(silence_line(silence))


def print_history(history: AlertHistory) -> None:
    """Print one alert with what happened to it."""
    alert = history.view.alert
    print(f"{alert.severity.upper()}: {one_line(alert.title)}")
    for line in plain_text(alert.text).splitlines():
        print(f"  {line}")
    facts = {
        "id": alert.id,
        "rule": alert.rule,
        alert.kind: alert.subject,
        "run": alert.run,
        "owner": alert.owner,
        "team": alert.team,
        "escalates to": ", ".join(alert.escalate),
        "seen": f"{alert.count} times, last {moment(alert.last_seen)}",
        "status": state(alert),
    }
    for name, value in facts.items():
        if value:
            print(f"  {name}: {one_line(str(value))}")
    if history.view.silence:
        print(f"  {silence_line(history.view.silence)}")
    print()
    for event in history.events:
        print(f"{moment(event.time)}  {_happened(event)}")


def state(alert: Alert) -> str:
    """In one line, how it stands."""
    said = f": {one_line(alert.note)}" if alert.note else ""
    if alert.resolved is not None:
        return f"alert {alert.id} was resolved {moment(alert.resolved)}{_by(alert.resolved_by)}{said}"
    if alert.acknowledged is not None:
        return f"alert {alert.id} was acknowledged {moment(alert.acknowledged)}{_by(alert.acknowledged_by)}{said}"
    return f"alert {alert.id} is open since {moment(alert.opened)}"


def _by(user: str | None) -> str:
    return f" by {one_line(user)}" if user else ""


def _happened(event: AlertEvent) -> str:
    to = f" {event.recipient}" if event.recipient else ""
    through = f" through {event.channel}" if event.channel else ""
    text = one_line(event.text, 300)
    return f"{event.event}{to}{through}{_by(event.user)}{f': {text}' if text else ''}"


def silence_line(silence: Silence) -> str:
    """A silence in one line."""
    why = f": {one_line(silence.reason)}" if silence.reason else ""
    rule = "" if silence.rule == "*" else f" of {one_line(silence.rule)}"
    return (
        f"silence {silence.id}: nobody is told of alerts{rule} on {one_line(silence.subject)} until "
        f"{moment(silence.ends)} (by {one_line(silence.user)}{why})"
    )


def silence_facts(silence: Silence) -> dict[str, Any]:
    """A silence under the names that ``--json`` gives it."""
    return asdict(silence)


def print_trial(results: Sequence[Trial]) -> None:
    """Print what came of test messages, channel by channel."""
    print_table(
        ("who", "channel", "outcome"),
        [(result.recipient, result.channel, result.problem or "the message was taken") for result in results],
    )
