"""What a person does about alerts: look, acknowledge, resolve, silence. The command line and the server call this.

Not for telling people (``watch``), nor for what is an alert (``rules``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from jupyter_mlpipe.errors import UsageError
from jupyter_mlpipe.ledger import alerts as facts
from jupyter_mlpipe.ledger import silences as quiet
from jupyter_mlpipe.ledger.alerts import Alert, AlertEvent
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.silences import Silence

LONGEST_SILENCE = 90 * 86400.0
"""Seconds. Who wants to hear no more of a rule turns it off."""


@dataclass(frozen=True)
class AlertView:
    """An alert as it is shown, with whether a silence covers it now."""

    alert: Alert
    silence: Silence | None = None

    def to_json(self) -> dict[str, Any]:
        """Under the names that ``--json`` and REST give them."""
        shown = asdict(self.alert)
        del shown["fingerprint"]
        return shown | {"silenced": self.silence is not None}


@dataclass(frozen=True)
class AlertHistory:
    """An alert and what happened to it."""

    view: AlertView
    events: tuple[AlertEvent, ...]

    def to_json(self) -> dict[str, Any]:
        """The alert's facts, and ``events``, oldest first."""
        hidden = ("alert", "source", "id")
        events = [{key: value for key, value in asdict(item).items() if key not in hidden} for item in self.events]
        return self.view.to_json() | {"events": events}


def open_alerts(ledger: Ledger) -> list[AlertView]:
    """Return all alerts that are not resolved: what nobody took care of first, then by severity, newest first."""
    found = sorted(
        facts.open_alerts(ledger),
        key=lambda item: (item.status != "open", -facts.SEVERITIES.index(item.severity), -item.opened),
    )
    return _views(ledger, found)


def alerts(
    ledger: Ledger,
    *,
    subject: str | None = None,
    rule: str | None = None,
    before: float | None = None,
    limit: int = 50,
) -> list[AlertView]:
    """Return alerts, resolved ones too, newest first; see :func:`jupyter_mlpipe.ledger.alerts.alerts`."""
    return _views(ledger, facts.alerts(ledger, subject=subject, rule=rule, before=before, limit=limit))


def alert(ledger: Ledger, identifier: str) -> AlertHistory:
    """Return the alert with this id, or with an id that begins so, and what happened to it.

    Raises
    ------
    UnknownAlertError
        There is none, or more than one.
    """
    found = facts.alert(ledger, identifier)
    (view,) = _views(ledger, [found])
    return AlertHistory(view, tuple(facts.alert_events(ledger, found.id)))


def acknowledge(ledger: Ledger, identifier: str, note: str = "", *, user: str | None = None) -> AlertView:
    """Say that somebody takes care of an alert: its escalation ends.

    Parameters
    ----------
    identifier
        The alert's id, or the beginning of one.
    note
        What to tell those who look at it later.
    user
        Who; the user of this process where None.

    Returns
    -------
    AlertView
        The alert as it is then. Who acknowledged first stays on record, and a resolved one stays resolved.

    Raises
    ------
    UnknownAlertError
        There is no such alert, or more than one.
    """
    return _views(ledger, [facts.acknowledge(ledger, identifier, note, user=user)])[0]


def resolve(ledger: Ledger, identifier: str, note: str = "", *, user: str | None = None) -> AlertView:
    """Say that an alert is over; otherwise as :func:`acknowledge`."""
    return _views(ledger, [facts.resolve(ledger, identifier, note, user=user)])[0]


def silence(
    ledger: Ledger, subject: str, seconds: float, *, rule: str = "*", reason: str = "", user: str | None = None
) -> Silence:
    """Tell nobody of some alerts for a while; they are recorded, and told afterwards if they are still open.

    Parameters
    ----------
    subject
        A glob over subjects, such as ``flight-delays/*``.
    seconds
        For how long from now.
    rule
        A glob over rules.
    reason
        Why.
    user
        Who; the user of this process where None.

    Raises
    ------
    UsageError
        It would silence nothing, or for longer than 90 days.
    """
    if not subject.strip() or not rule.strip():
        raise UsageError("a silence needs a subject and a rule", hint="give globs, such as 'flight-delays/*' and drift")
    if not 0 < seconds <= LONGEST_SILENCE:
        raise UsageError(
            f"a silence lasts up to 90 days, not {seconds:g} s",
            hint='to hear no more of a rule, put it under off = ["RULE"] in [tool.mlpipe.alerts]',
        )
    return quiet.silence(ledger, subject.strip(), seconds, rule=rule.strip(), reason=reason, user=user)


def unsilence(ledger: Ledger, identifier: str, *, user: str | None = None) -> Silence:
    """End a silence early. Raises ``UnknownAlertError`` where there is none with this id."""
    return quiet.unsilence(ledger, identifier, user=user)


def silences(ledger: Ledger) -> list[Silence]:
    """Return the silences in force, the first to end first."""
    return quiet.silences(ledger)


def _views(ledger: Ledger, found: list[Alert]) -> list[AlertView]:
    in_force = quiet.silences(ledger) if found else []
    return [
        AlertView(item, next((one for one in in_force if item.is_open and one.covers(item.rule, item.subject)), None))
        for item in found
    ]
