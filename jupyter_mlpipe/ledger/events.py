"""Live events of runs, in order, for whoever follows a run from another process.

Append in batches: a transaction an event would cost more than the event. Not for results: an event may be lost with
its process, and no decision rests on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


class RecordedEvent(NamedTuple):
    """An event and its place in the ledger."""

    id: int
    event: dict[str, Any]


def append(ledger: Ledger, events: Sequence[Mapping[str, Any]]) -> None:
    """Add events, each with at least ``type`` and ``run``, in one transaction.

    Ids grow in the order of commits, so a reader that asks for what came after the last id it saw misses nothing.
    """
    facts = [
        {
            "run": event["run"],
            "type": event["type"],
            "stage": event.get("stage"),
            "time": event.get("time") or now(),
            "event": to_json(event),
        }
        for event in events
    ]
    if facts:
        with ledger.write() as connection:
            connection.in_order("events")
            connection.insert("events", facts)


def read(ledger: Ledger, run_id: str, after_id: int = 0, limit: int = 1000) -> list[RecordedEvent]:
    """Return at most ``limit`` events of a run that came after the one with id ``after_id``."""
    query = "SELECT id, event FROM events WHERE run = :run AND id > :after ORDER BY id LIMIT :limit"
    with ledger.read() as connection:
        rows = connection.rows(query, run=run_id, after=after_id, limit=limit)
    return [RecordedEvent(row["id"], from_json(row["event"])) for row in rows]
