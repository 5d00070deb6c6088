"""Takes what is due from the outbox to its channels, and notes what came of it.

A message that was sent is marked before the next one goes: whenever this process is killed, one message at most is sent
again. What a channel does not take is tried again later, and later again; after some times that is an alert of its own.

Not for sending itself (``delivery``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_mlpipe.errors import ChannelError, MlpipeError
from jupyter_mlpipe.ledger import outbox
from jupyter_mlpipe.ledger.alert_findings import Finding, Recovery, take_in
from jupyter_mlpipe.ledger.alerts import FAILED, NOTIFIED, Alert, AlertEvent, add_events, alerts_by_id, open_alerts
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.monitoring.alerts.delivery import Sender
from jupyter_mlpipe.monitoring.alerts.messages import Notification, notification
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions
from jupyter_mlpipe.monitoring.alerts.routing import CHANNEL, KIND, UNDELIVERED
from jupyter_mlpipe.owners import Channel, Owners


@dataclass(frozen=True)
class Sent:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    error: str | None = None


def deliver_due(
    ledger: Ledger,
    owners: Owners,
    options: AlertOptions,
    sender: Sender,
    *,
    environ: Mapping[str, str] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Sent:
    """Send what is due; after a failure, a channel's further messages wait as well.

    Parameters
    ----------
    environ
        Where channels' secrets are; ``os.environ`` where None.
    may_go_on
        Asked before each message: whether it is still this process that sends.
    """
    sent = failed = 0
    error = None
    silent: dict[str, str] = {}
    for message in outbox.pending(ledger, 500, kinds=[KIND]):
        if not may_go_on():
            break
        name = message.payload["channel"]
        with ledger.read() as connection:
            alerts = alerts_by_id(connection, message.payload["alerts"])
        problem = silent.get(name) or _send(
            owners, sender, name, notification(alerts, message.payload, options.link), environ
        )
        if problem is None:
            _arrived(ledger, message, alerts)
            sent += 1
        else:
            silent[name] = error = problem
            failed += 1
            _not_arrived(ledger, options, message, alerts, problem)
    return Sent(sent, failed, error)


def channel_of(owners: Owners, name: str) -> Channel:
    """The channel of this name.

    Raises
    ------
    ChannelError
        ``owners.toml`` has none.
    """
    whose = name.rpartition("/")[0]
    for channel in owners.channels.get(whose, ()):
        if channel.name == name:
            return channel
    raise ChannelError(
        f"there is no channel {name} in owners.toml any more", hint="give it back its name", channel=name
    )


def _send(
    owners: Owners, sender: Sender, name: str, told: Notification, environ: Mapping[str, str] | None
) -> str | None:
    """Return what went wrong, or None."""
    try:
        sender.send(channel_of(owners, name).url(environ), told, name)
    except MlpipeError as error:
        return error.message
    return None


def _arrived(ledger: Ledger, message: Message, alerts: list[Alert]) -> None:
    channel = message.payload["channel"]
    with ledger.write(durable=True) as connection:
        outbox.set_sent(connection, message.id)
        about = {"recipient": message.payload["recipient"], "channel": channel, "level": message.payload["level"]}
        text = "that it is over" if message.payload["over"] else ""
        events = [
            AlertEvent(alert=alert.id, event=NOTIFIED, text=text, source=f"outbox/{message.id}/{alert.id}", **about)
            for alert in alerts
        ]
        add_events(connection, events)
    if any(alert.kind == CHANNEL and alert.subject == channel for alert in open_alerts(ledger)):
        over = Recovery(rule=UNDELIVERED, kind=CHANNEL, subject=channel, text=f"{channel} takes messages again")
        take_in(ledger, [over])


def _not_arrived(ledger: Ledger, options: AlertOptions, message: Message, alerts: list[Alert], problem: str) -> None:
    payload = message.payload
    outbox.record_failure(ledger, message.id, problem)
    failures = message.failures + 1
    with ledger.write() as connection:
        about = {"recipient": payload["recipient"], "channel": payload["channel"], "level": payload["level"]}
        events = [AlertEvent(alert=alert.id, event=FAILED, text=problem, **about) for alert in alerts]
        given_up = failures > options.failures and connection.clock() - message.created > options.give_up
        if given_up:
            outbox.set_sent(connection, message.id)
            text = f"given up after {failures} times"
            events += [AlertEvent(alert=alert.id, event=FAILED, text=text, **about) for alert in alerts]
        add_events(connection, events)
    if failures >= options.failures and alerts:
        take_in(ledger, [_undelivered(message, alerts, problem, failures)])


def _undelivered(message: Message, alerts: list[Alert], problem: str, failures: int) -> Finding:
    """The finding that a channel takes no messages, for those whom other channels reach."""
    payload = message.payload
    first = alerts[0]
    # What was not delivered about another channel is about the same alerts.
    about = first.facts if first.kind == CHANNEL else None
    facts = {
        "alerts": payload["alerts"],
        "recipient": payload["recipient"],
        "kind": about["kind"] if about else first.kind,
        "subject": about["subject"] if about else first.subject,
        "owner": about["owner"] if about else first.owner,
        "team": about["team"] if about else first.team,
        "escalate": about["escalate"] if about else list(first.escalate),
    }
    told = "\n".join(f"{alert.title} (mlpipe alerts show {alert.id})" for alert in alerts[:20])
    return Finding(
        rule=UNDELIVERED,
        kind=CHANNEL,
        subject=payload["channel"],
        title=f"{payload['channel']} takes no messages; {payload['recipient']} was not told there",
        text=f"{problem}, {failures} times. It was to say:\n{told}",
        severity=max((alert.severity for alert in alerts), key=("info", "warning", "critical").index),
        source=f"outbox/{message.id}/failing",
        facts=facts,
        run=first.run,
    )
