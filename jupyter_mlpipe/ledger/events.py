"""Live events of runs, in order, for whoever follows a run from another process.

Append in batches: a transaction an event would cost more than the event. Not for results: an event may be lost with
its process, and no decision rests on one.
"""

from __future__ import annotations

import itertools
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


def read(
    ledger: Ledger, run_id: str, after_id: int = 0, limit: int = 1000, most_characters: int | None = None
) -> list[RecordedEvent]:
    """Return the events of a run that came after the one with id ``after_id``.

    Parameters
    ----------
    limit
        At most so many.
    most_characters
        And no more than these hold together, as JSON; but one event at least.
    """
    query = "SELECT id, event FROM events WHERE run = :run AND id > :after ORDER BY id LIMIT :limit"
    sizes = "SELECT id, length(event) AS size FROM events WHERE run = :run AND id > :after ORDER BY id LIMIT :limit"
    with ledger.read() as connection:
        if most_characters is not None:
            total = itertools.accumulate(
                row["size"] for row in connection.rows(sizes, run=run_id, after=after_id, limit=limit)
            )
            limit = max(1, sum(size <= most_characters for size in total))
        rows = connection.rows(query, run=run_id, after=after_id, limit=limit)
    return [RecordedEvent(row["id"], from_json(row["event"])) for row in rows]


def newest_id(ledger: Ledger, run_id: str | None = None) -> int:
    """Return the id of the newest event of a run, or of any run; 0 where there is none."""
    with ledger.read() as connection:
        if run_id is None:
            rows = connection.rows("SELECT max(id) AS id FROM events")
        else:
            rows = connection.rows("SELECT max(id) AS id FROM events WHERE run = :run", run=run_id)
    return int(rows[0]["id"] or 0)


def news(ledger: Ledger, after_id: int) -> dict[str, int]:
    """Return the runs that have events with ids above ``after_id``, each with the id of its newest."""
    query = "SELECT run, max(id) AS last FROM events WHERE id > :after GROUP BY run ORDER BY last"
    with ledger.read() as connection:
        return {row["run"]: int(row["last"]) for row in connection.rows(query, after=after_id)}


def read_types(ledger: Ledger, run_id: str, types: Sequence[str]) -> list[RecordedEvent]:
    """Return the events of a run that are of certain types, oldest first; for those that are few."""
    query = "SELECT id, event FROM events WHERE run = :run AND type IN :types ORDER BY id"
    with ledger.read() as connection:
        rows = connection.rows(query, run=run_id, types=list(types))
    return [RecordedEvent(row["id"], from_json(row["event"])) for row in rows]
