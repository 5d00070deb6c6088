"""Whom to tell, and when: levels of escalation, groups, silences, quiet hours.

What is to be told goes into the outbox in the same transaction that records it, so that each level is told once, and
none is lost whenever this process ends. Not for sending (``delivery``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.ledger import outbox
from jupyter_mlpipe.ledger import silences as quiet
from jupyter_mlpipe.ledger.alert_findings import Cursor, move
from jupyter_mlpipe.ledger.alerts import (
    ESCALATED,
    FAILED,
    ROUTED,
    SILENCED,
    Alert,
    AlertEvent,
    add_once,
    alerts_by_id,
    open_alerts,
    record_once,
)
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions
from jupyter_mlpipe.owners import Answer, Owners, Recipient

KIND = "alert"
"""Of messages in the outbox."""
CHANNEL = "channel"
"""Kind of an alert on a channel that takes no messages."""
UNDELIVERED = "delivery-failed"
"""Its rule."""

_OVER = "alerts over"


@dataclass(frozen=True)
class Step:
    """The next level of an alert."""

    alert: Alert
    level: int
    recipient: Recipient
    due: float
    """Epoch seconds."""
    held: str = ""
    """Why it waits all the same."""


def route(ledger: Ledger, owners: Owners, options: AlertOptions) -> float | None:
    """Put what is due into the outbox; return when the next thing will be, in epoch seconds, or None.

    Several alerts of one run, or on one subject, whose level is due are one message for a channel.
    """
    found = open_alerts(ledger)
    with ledger.read() as connection:
        clock = connection.clock()
    steps = [step for step in _steps(ledger, owners, options, found, clock) if step]
    due = [step for step in steps if step.due <= clock and not step.held]
    groups: dict[tuple[str, str, int], list[Step]] = {}
    for step in due:
        groups.setdefault(_group(step), []).append(step)
    for key, group in groups.items():
        # Those that wait only for company have found it.
        group += [
            step for step in steps if step.level == 0 and step not in due and not step.held and _group(step) == key
        ]
        _tell(ledger, group)
    waiting = [step.due for step in steps if step.due > clock or step.held]
    return min((max(moment, clock + 1.0) for moment in waiting), default=None)


def tell_what_is_over(ledger: Ledger, owners: Owners) -> None:
    """Tell those who were told of an alert that a later success has resolved it; once."""
    with ledger.write() as connection:
        connection.in_order("alerts")
        rows = connection.rows("SELECT position FROM alert_cursors WHERE name = :name", name=_OVER)
        before = float(rows[0]["position"]) if rows else None
        ended = connection.rows(_ENDED, after=before or 0.0)
        if not ended or not move(connection, Cursor(_OVER, before, ended[-1]["id"])):
            return
        told: dict[tuple[str, str, str], list[str]] = {}
        for alert in alerts_by_id(connection, [row["alert"] for row in ended if row["user"] is None]):
            if alert.is_open or alert.level is None:
                continue
            for row in connection.rows(_TOLD, alert=alert.id, since=alert.opened):
                name = row["recipient"]
                for channel in owners.recipient(name, alert.severity).channels:
                    told.setdefault((alert.run or alert.subject, name, channel.name), []).append(alert.id)
        outbox.add(
            connection,
            [
                (KIND, {"alerts": ids, "over": True, "level": 0, "recipient": recipient, "channel": channel})
                for (_, recipient, channel), ids in told.items()
            ],
        )


def answer_for(owners: Owners, alert: Alert, failing: Iterable[str] = ()) -> Answer:
    """Who is told of an alert; of a channel that takes no messages, whoever other channels reach.

    Parameters
    ----------
    failing
        Channels that take no messages, by name.
    """
    if alert.kind == CHANNEL:
        return _around(owners, alert, frozenset(failing))
    return owners.answer(
        alert.kind,
        alert.subject,
        alert.severity,
        owner=alert.owner,
        team=alert.team,
        escalate=alert.escalate,
    )


def _around(owners: Owners, alert: Alert, failing: frozenset[str]) -> Answer:
    """First those who were to hear of what was not delivered, by other channels, then those after them."""
    facts: Mapping[str, Any] = alert.facts
    about = owners.answer(
        facts.get("kind", "stage"),
        facts.get("subject", ""),
        "critical",
        owner=facts.get("owner"),
        team=facts.get("team"),
        escalate=tuple(facts.get("escalate", ())),
    )
    names = [level.name for level in about.levels]
    first = str(facts.get("recipient", ""))
    at = names.index(first) if first in names else -1
    order = dict.fromkeys([first, *names[at + 1 :], *names[: max(at, 0)]])
    levels = []
    for name in order:
        channels = tuple(one for one in owners.recipient(name).channels if one.name not in failing)
        if channels:
            levels.append(Recipient(name, channels))
    problems = () if levels else (f"no other channel reaches anybody who is to hear of {facts.get('subject')}",)
    return Answer(about.owner, about.team, tuple(levels), about.ack_timeout, problems)


def _steps(
    ledger: Ledger, owners: Owners, options: AlertOptions, found: Sequence[Alert], clock: float
) -> Iterable[Step | None]:
    failing = {alert.subject for alert in found if alert.kind == CHANNEL}
    silences = quiet.silences(ledger)
    for alert in found:
        if alert.status == "open":
            silence = next((one for one in silences if one.covers(alert.rule, alert.subject)), None)
            if silence is not None:
                source = f"{alert.id}/{alert.reopened}/silence/{silence.id}"
                text = f"until its silence ends: {silence.reason}" if silence.reason else "until its silence ends"
                record_once(ledger, AlertEvent(alert=alert.id, event=SILENCED, text=text, source=source))
                yield _silenced(alert, silence.ends)
            else:
                answer = answer_for(owners, alert, failing)
                _record_problems(ledger, alert, answer.problems)
                yield _step(alert, answer, options, clock)


def _silenced(alert: Alert, ends: float) -> Step:
    return Step(alert, -1, Recipient("", ()), ends, held="silenced")


def _step(alert: Alert, answer: Answer, options: AlertOptions, clock: float) -> Step | None:
    level = 0 if alert.level is None else alert.level + 1
    if level >= len(answer.levels):
        return None
    if alert.told is None:
        due = alert.opened + (0.0 if alert.kind == CHANNEL else options.group_window)
    else:
        due = alert.told + answer.ack_timeout
    held = "quiet hours" if options.quiet_hours and options.quiet_hours.holds(clock, alert.severity) else ""
    return Step(alert, level, answer.levels[level], due, held)


def _group(step: Step) -> tuple[str, str, int]:
    return step.alert.run or step.alert.subject, step.recipient.name, step.level


def _tell(ledger: Ledger, group: Sequence[Step]) -> None:
    """Record that a level is told, and put its messages into the outbox: both or none."""
    with ledger.write() as connection:
        connection.in_order("alerts")
        now = {alert.id: alert for alert in alerts_by_id(connection, [step.alert.id for step in group])}
        told: dict[str, list[str]] = {}
        for step in group:
            alert = now[step.alert.id]
            if alert.status != "open" or alert.level != step.alert.level or alert.reopened != step.alert.reopened:
                continue
            event = AlertEvent(
                alert=alert.id,
                event=ESCALATED if step.level else ROUTED,
                level=step.level,
                recipient=step.recipient.name,
                source=f"{alert.id}/{alert.reopened}/level/{step.level}",
            )
            if add_once(connection, event):
                for channel in step.recipient.channels:
                    told.setdefault(channel.name, []).append(alert.id)
        first = group[0]
        about = {"level": first.level, "recipient": first.recipient.name, "over": False}
        outbox.add(connection, [(KIND, {"alerts": ids, "channel": channel, **about}) for channel, ids in told.items()])


def _record_problems(ledger: Ledger, alert: Alert, problems: Sequence[str]) -> None:
    """Record, once, why somebody who is named is not told."""
    text = "; ".join(problems)
    if text:
        source = f"{alert.id}/{alert.reopened}/{text}"
        record_once(ledger, AlertEvent(alert=alert.id, event=FAILED, text=text, source=source))


_ENDED = """
SELECT id, alert, "user" FROM alert_events WHERE event = 'resolved' AND id > :after ORDER BY id LIMIT 500
"""
_TOLD = """
SELECT recipient FROM alert_events WHERE alert = :alert AND event IN ('routed', 'escalated') AND time >= :since
GROUP BY recipient ORDER BY min(level)
"""
