"""Alerts and what became of them: who was told, who acknowledged, when it was over.

An alert is one row that never changes; what happened to it are events, and its state is read from these. Two findings
that are the same while an alert is open are one alert, seen twice (``alert_findings``).

Not for finding something worth an alert, nor for telling anybody (``monitoring.alerts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.errors import UnknownAlertError
from jupyter_mlpipe.ledger.columns import from_json
from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, insertion
from jupyter_mlpipe.ledger.processes import this_host, this_user

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From the least to the most."""

Status = Literal["open", "acknowledged", "resolved"]

SEEN = "seen"
ROUTED = "routed"
"""The first level of its path is being told."""
ESCALATED = "escalated"
"""A further level is."""
NOTIFIED = "notified"
"""A channel took the message."""
FAILED = "failed"
"""A channel did not take it, or there was nobody to tell."""
SILENCED = "silenced"
ACKNOWLEDGED = "acknowledged"
RESOLVED = "resolved"
REOPENED = "reopened"

_STATES = (ROUTED, ESCALATED, NOTIFIED, ACKNOWLEDGED, RESOLVED, REOPENED)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that somebody should know, and what became of it."""

    id: str
    fingerprint: str
    rule: str
    severity: Severity
    kind: str
    """Of the subject: ``pipeline``, ``stage``, ``model``, ``data``, ``channel``."""
    subject: str
    """``flight-delays/train`` for a stage, ``flight-delay`` for a model."""
    title: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    owner: str | None = None
    """As the stage's line or the pipeline's names it; None where they do not."""
    team: str | None = None
    escalate: tuple[str, ...] = ()
    time: float = 0.0
    """When it was opened, in seconds since the epoch."""
    status: Status = "open"
    count: int = 0
    """How many findings it stands for."""
    last_seen: float = 0.0
    opened: float = 0.0
    """When it was opened or, if it was, reopened."""
    reopened: int = 0
    """How often."""
    level: int | None = None
    """The last level of escalation that was told; None where nobody was yet."""
    told: float | None = None
    """When that level was."""
    recipient: str | None = None
    """Who or which team that level is."""
    notified: tuple[str, ...] = ()
    """Channels that took a message, by name."""
    acknowledged: float | None = None
    acknowledged_by: str | None = None
    note: str = ""
    """What whoever acknowledged or resolved it had to say."""
    resolved: float | None = None
    resolved_by: str | None = None
    """None where a later success did."""

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status != "resolved"


@dataclass(frozen=True, kw_only=True)
class AlertEvent:
    """Something that happened to an alert."""

    alert: str
    event: str
    text: str = ""
    source: str | None = None
    """Names what it follows from: of events with one source only the first is recorded."""
    level: int | None = None
    recipient: str | None = None
    channel: str | None = None
    """Its name, never its URL."""
    user: str | None = None
    host: str | None = None
    time: float = 0.0
    """Seconds since the epoch."""
    id: int = 0


# -- reading ------------------------------------------------------------------------------------------------------


def open_alerts(ledger: Ledger) -> list[Alert]:
    """Return all alerts that are not resolved, oldest first."""
    with ledger.read() as connection:
        rows = connection.rows(
            "SELECT alerts.* FROM open_alerts JOIN alerts ON alerts.id = open_alerts.alert ORDER BY alerts.time"
        )
        return with_state(connection, rows)


def alerts(
    ledger: Ledger,
    *,
    subject: str | None = None,
    rule: str | None = None,
    before: float | None = None,
    limit: int = 50,
) -> list[Alert]:
    """Return alerts, resolved ones too, newest first.

    Parameters
    ----------
    subject, rule
        Only those on this subject, of this rule.
    before
        Only those that were opened earlier, for the next page; seconds since the epoch.
    limit
        At most so many.
    """
    wanted = {"subject": subject, "rule": rule}
    given: dict[str, Any] = {key: value for key, value in wanted.items() if value is not None}
    conditions = [f"{key} = :{key}" for key in given]
    if before is not None:
        conditions.append("time < :before")
        given["before"] = before
    where = " AND ".join(conditions) or "1 = 1"
    query = f"SELECT * FROM alerts WHERE {where} ORDER BY time DESC, id LIMIT :limit"  # noqa: S608 - words of our own
    with ledger.read() as connection:
        return with_state(connection, connection.rows(query, limit=limit, **given))


def alert(ledger: Ledger, identifier: str) -> Alert:
    """Return the alert with this id, or with an id that begins so, if only one does.

    Raises
    ------
    UnknownAlertError
        There is none, or more than one.
    """
    with ledger.read() as connection:
        return with_state(connection, [_row(connection, identifier)])[0]


def alert_events(ledger: Ledger, identifier: str, *, seen: int = 20) -> list[AlertEvent]:
    """Return what happened to an alert, oldest first; of its sightings only the newest `seen`."""
    with ledger.read() as connection:
        rows = connection.rows(
            "SELECT * FROM alert_events WHERE alert = :alert AND event <> 'seen' ORDER BY id", alert=identifier
        )
        rows += connection.rows(
            "SELECT * FROM alert_events WHERE alert = :alert AND event = 'seen' ORDER BY id DESC LIMIT :seen",
            alert=identifier,
            seen=seen,
        )
    return [AlertEvent(**row) for row in sorted(rows, key=lambda row: row["id"])]


# -- what becomes of them -----------------------------------------------------------------------------------------


def acknowledge(ledger: Ledger, identifier: str, note: str = "", *, user: str | None = None) -> Alert:
    """Record that somebody takes care of an alert, which ends its escalation; return it as it is then.

    Who acknowledged first stays on record; what a later one notes is an event as well. A resolved alert stays as it is.

    Raises
    ------
    UnknownAlertError
        There is none with this id.
    """
    return _said(ledger, identifier, ACKNOWLEDGED, note, user)


def resolve(ledger: Ledger, identifier: str, note: str = "", *, user: str | None = None) -> Alert:
    """Record that an alert is over, whatever its rule says; return it as it is then. Resolving twice changes nothing.

    Raises
    ------
    UnknownAlertError
        There is none with this id.
    """
    return _said(ledger, identifier, RESOLVED, note, user)


def _said(ledger: Ledger, identifier: str, event: str, note: str, user: str | None) -> Alert:
    with ledger.write() as connection:
        connection.in_order("alerts")
        row = _row(connection, identifier)
        (known,) = with_state(connection, [row])
        again = event == ACKNOWLEDGED and known.status == "acknowledged" and not note
        if known.is_open and not again:
            if event == RESOLVED:
                close(connection, known.id)
            said = AlertEvent(alert=known.id, event=event, text=note, user=user or this_user(), host=this_host())
            add_events(connection, [said])
        return with_state(connection, [row])[0]


def record_once(ledger: Ledger, event: AlertEvent) -> None:
    """Record an event that has a source, if none of that source is on record. Costs a look where it is."""
    with ledger.read() as connection:
        known = connection.rows("SELECT id FROM alert_events WHERE source = :source", source=event.source)
    if not known:
        with ledger.write() as connection:
            add_once(connection, event)


def add_events(connection: Connection, events: Iterable[AlertEvent]) -> None:
    """Add events to a transaction, at its clock where they have no time."""
    clock = connection.clock()
    rows = [{name: getattr(event, name) for name in _EVENT} | {"time": event.time or clock} for event in events]
    connection.insert("alert_events", rows, ignore=True)


def add_once(connection: Connection, event: AlertEvent) -> bool:
    """Add an event that has a source to a transaction; return whether it was the first of that source."""
    row = {name: getattr(event, name) for name in _EVENT} | {"time": event.time or connection.clock()}
    return bool(connection.execute(insertion("alert_events", _EVENT, ignore=True), **row))


def close(connection: Connection, identifier: str) -> bool:
    """Take an alert from the open ones, in a transaction; return whether it was among them."""
    return bool(connection.execute("DELETE FROM open_alerts WHERE alert = :alert", alert=identifier))


# -- rows ---------------------------------------------------------------------------------------------------------

_EVENT = ("alert", "event", "text", "source", "level", "recipient", "channel", "user", "host", "time")
_SIGHTINGS = """
SELECT alert, count(*) AS n, max(time) AS last FROM alert_events WHERE event = 'seen' AND alert IN :ids GROUP BY alert
"""
_HAPPENED = "SELECT * FROM alert_events WHERE alert IN :ids AND event IN :states ORDER BY id"


def _row(connection: Connection, identifier: str) -> Row:
    rows = connection.rows("SELECT * FROM alerts WHERE id = :id", id=identifier)
    if not rows and identifier:
        query = "SELECT * FROM alerts WHERE substr(id, 1, :length) = :id LIMIT 2"
        rows = connection.rows(query, id=identifier, length=len(identifier))
    if len(rows) > 1:
        raise UnknownAlertError(
            f"more than one alert's id begins with {identifier!r}", hint="give more of the id", alert=identifier
        )
    if not rows:
        raise UnknownAlertError(f"no alert has the id {identifier!r}", alert=identifier)
    return rows[0]


def alerts_by_id(connection: Connection, ids: Sequence[str]) -> list[Alert]:
    """Return alerts as a transaction sees them, oldest first."""
    rows = connection.rows("SELECT * FROM alerts WHERE id IN :ids ORDER BY time, id", ids=list(dict.fromkeys(ids)))
    return with_state(connection, rows)


def with_state(connection: Connection, rows: Sequence[Row]) -> list[Alert]:
    """Read alerts from their rows and what happened to them."""
    sightings: dict[str, Row] = {}
    happened: dict[str, list[Row]] = {}
    for start in range(0, len(rows), 500):
        ids = [row["id"] for row in rows[start : start + 500]]
        sightings |= {row["alert"]: row for row in connection.rows(_SIGHTINGS, ids=ids)}
        for row in connection.rows(_HAPPENED, ids=ids, states=_STATES):
            happened.setdefault(row["alert"], []).append(row)
    return [_alert(row, sightings.get(row["id"]), happened.get(row["id"], ())) for row in rows]


def _alert(row: Row, sightings: Row | None, happened: Sequence[Row]) -> Alert:
    state: dict[str, Any] = {"opened": row["time"], "notified": ()}
    for event in happened:
        kind, moment = event["event"], event["time"]
        if kind in (ROUTED, ESCALATED):
            state |= {"level": event["level"], "told": moment, "recipient": event["recipient"]}
        elif kind == NOTIFIED:
            state["notified"] = tuple(dict.fromkeys((*state["notified"], event["channel"])))
        elif kind == ACKNOWLEDGED and state.get("status", "open") == "open":
            by = {"acknowledged": moment, "acknowledged_by": event["user"]}
            state |= {"status": "acknowledged", "note": event["text"], **by}
        elif kind == RESOLVED:
            said = event["text"] or state.get("note", "")
            state |= {"status": "resolved", "resolved": moment, "resolved_by": event["user"], "note": said}
        elif kind == REOPENED:
            state = {"opened": moment, "notified": (), "reopened": state.get("reopened", 0) + 1}
    count, last = (sightings["n"], sightings["last"]) if sightings else (0, row["time"])
    read = {"facts": from_json(row["facts"]), "escalate": tuple(from_json(row["escalate"]))}
    return Alert(**row | read | {"count": count, "last_seen": last} | state)
