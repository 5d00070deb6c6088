"""Findings become alerts here: each finding once, equal ones as one open alert, recoveries as its end.

Whatever number of processes report at once, there is one open alert for a fingerprint: its row in ``open_alerts``. How
far a rule has read is kept beside, and moves in the transaction that records what it found.

Not for finding (``monitoring.alerts.rules``), nor for what happens to an alert then (``alerts``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.alerts import (
    REOPENED,
    RESOLVED,
    SEEN,
    Alert,
    AlertEvent,
    Severity,
    add_events,
    close,
    with_state,
)
from jupyter_mlpipe.ledger.columns import to_json
from jupyter_mlpipe.ledger.database import Connection, Ledger, now

REOPEN_SECONDS = 3600.0
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a rule found worth an alert."""

    rule: str
    kind: str
    subject: str
    title: str
    text: str = ""
    severity: Severity = "warning"
    detail: str = ""
    """What else makes it another alert than those on the same subject: a gate, a data set."""
    source: str
    """Names the fact that it follows from: a finding of one source counts once."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] = ()
    time: float = field(default_factory=now)
    """Of the fact, in seconds since the epoch."""

    @property
    def fingerprint(self) -> str:
        """A digest of the rule, the subject and the detail."""
        return fingerprint(self.rule, self.kind, self.subject, self.detail)


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """What a rule had found is over."""

    rule: str
    kind: str
    subject: str
    text: str
    detail: str | None = None
    """Of the findings that are over; None for all of the subject."""
    time: float = field(default_factory=now)
    """Of the fact that says so: what was found later stays open."""


@dataclass(frozen=True)
class Cursor:
    """How far a rule has read."""

    name: str
    before: float | None
    """Where it began; None where it had never read."""
    after: float


def fingerprint(rule: str, kind: str, subject: str, detail: str = "") -> str:
    """Return the digest by which two findings are the same."""
    return hashlib.blake2b(to_json([rule, kind, subject, detail]).encode(), digest_size=16).hexdigest()


def cursor(ledger: Ledger, name: str) -> float | None:
    """Return how far the rule of this name has read; None where it never did."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT position FROM alert_cursors WHERE name = :name", name=name)
    return float(rows[0]["position"]) if rows else None


def take_in(
    ledger: Ledger,
    found: Iterable[Finding | Recovery],
    moved: Cursor | None = None,
    *,
    reopen: float = REOPEN_SECONDS,
) -> bool:
    """Record findings and recoveries, in their order and in one transaction.

    Parameters
    ----------
    found
        A finding whose source is recorded already is passed over. One that equals an open alert is a sighting of it.
    moved
        How far the rule has read. Where another process moved it meanwhile, nothing is recorded.
    reopen
        Seconds within which a finding reopens the resolved alert that it equals; later, it opens a new one.

    Returns
    -------
    bool
        Whether it was recorded.
    """
    items = list(found)
    with ledger.write() as connection:
        connection.in_order("alerts")
        if moved is not None and not move(connection, moved):
            return False
        if items:
            _Intake(connection, items, reopen).take(items)
    return True


def move(connection: Connection, moved: Cursor) -> bool:
    """Move a cursor in a transaction; return False where another process has moved it meanwhile."""
    given = {"name": moved.name, "after": moved.after}
    if moved.before is None:
        statement = "INSERT INTO alert_cursors (name, position) VALUES (:name, :after) ON CONFLICT DO NOTHING"
        return bool(connection.execute(statement, **given))
    statement = "UPDATE alert_cursors SET position = :after WHERE name = :name AND position = :before"
    return bool(connection.execute(statement, before=moved.before, **given))


class _Intake:
    """The open alerts while one transaction records findings."""

    def __init__(self, connection: Connection, items: Sequence[Finding | Recovery], reopen: float) -> None:
        self.connection = connection
        self.clock = connection.clock()
        self.reopen = reopen
        sources = [item.source for item in items if isinstance(item, Finding)]
        self.known: set[str] = set()
        for start in range(0, len(sources), 500):
            some = sources[start : start + 500]
            query = "SELECT source FROM alert_events WHERE source IN :some"
            self.known.update(row["source"] for row in connection.rows(query, some=some))
        rows = connection.rows("SELECT alerts.* FROM open_alerts JOIN alerts ON alerts.id = open_alerts.alert")
        self.open: dict[str, Alert] = {row["fingerprint"]: _bare(row) for row in rows}
        self.seen: list[AlertEvent] = []
        self.last: dict[str, float] = {}
        """When an alert was seen last, where that is known here."""

    def take(self, items: Iterable[Finding | Recovery]) -> None:
        for item in items:
            if isinstance(item, Recovery):
                self._recovered(item)
            elif item.source not in self.known:
                self.known.add(item.source)
                self._found(item)
        add_events(self.connection, self.seen)

    def _found(self, finding: Finding) -> None:
        known = self.open.get(finding.fingerprint) or self._reopened(finding) or self._opened(finding)
        self.open[finding.fingerprint] = known
        self.last[known.id] = max(self._last(known.id), finding.time)
        seen = AlertEvent(alert=known.id, event=SEEN, text=finding.text, source=finding.source, time=finding.time)
        self.seen.append(seen)

    def _opened(self, finding: Finding) -> Alert:
        identifier = "".join(_ALPHABET[byte & 31] for byte in os.urandom(10))
        row = {
            "id": identifier,
            "fingerprint": finding.fingerprint,
            "rule": finding.rule,
            "severity": finding.severity,
            "kind": finding.kind,
            "subject": finding.subject,
            "title": finding.title,
            "text": finding.text,
            "facts": to_json(finding.facts),
            "run": finding.run,
            "owner": finding.owner,
            "team": finding.team,
            "escalate": to_json(list(finding.escalate)),
            "time": self.clock,
        }
        self.connection.insert("alerts", [row])
        self._stands(finding.fingerprint, identifier)
        return _bare(row)

    def _reopened(self, finding: Finding) -> Alert | None:
        query = "SELECT * FROM alerts WHERE fingerprint = :fingerprint ORDER BY time DESC LIMIT 1"
        rows = self.connection.rows(query, fingerprint=finding.fingerprint)
        if not rows:
            return None
        (last,) = with_state(self.connection, rows)
        if last.resolved is None or self.clock - last.resolved > self.reopen:
            return None
        self._stands(finding.fingerprint, last.id)
        add_events(self.connection, [AlertEvent(alert=last.id, event=REOPENED, text=finding.text)])
        return last

    def _recovered(self, recovery: Recovery) -> None:
        about = (recovery.rule, recovery.kind, recovery.subject)
        only = None if recovery.detail is None else fingerprint(*about, recovery.detail)
        for mark, known in list(self.open.items()):
            if (known.rule, known.kind, known.subject) != about or only not in (None, mark):
                continue
            if recovery.time >= self._last(known.id) and close(self.connection, known.id):
                del self.open[mark]
                add_events(self.connection, [AlertEvent(alert=known.id, event=RESOLVED, text=recovery.text)])

    def _stands(self, mark: str, identifier: str) -> None:
        self.connection.insert("open_alerts", [{"fingerprint": mark, "alert": identifier}])

    def _last(self, identifier: str) -> float:
        if identifier not in self.last:
            query = "SELECT max(time) AS last FROM alert_events WHERE alert = :alert AND event = 'seen'"
            self.last[identifier] = self.connection.rows(query, alert=identifier)[0]["last"] or 0.0
        return self.last[identifier]


def _bare(row: Mapping[str, Any]) -> Alert:
    """An alert as far as its own row tells."""
    return Alert(**{**row, "facts": {}, "escalate": ()})
