"""Messages for other systems (MLflow) that must arrive, even if the system is down now or this process dies.

Put a message in, send it when it is due, mark it sent; a failure is recorded and makes it due later. Delivery is at
least once: the receiver's key must make a second delivery harmless. Several processes may send: hold a lease meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Connection, Ledger

FIRST_DELAY = 5.0
LONGEST_DELAY = 3600.0
"""Seconds until a failed message is tried again: the first delay, doubled each time, up to the longest."""


@dataclass(frozen=True)
class Message:
    """A message that was not sent yet."""

    id: int
    kind: str
    payload: Any
    created: float
    failures: int
    error: str | None


def put(ledger: Ledger, kind: str, payload: Mapping[str, Any]) -> int:
    """Add a message; return its id."""
    return put_all(ledger, [(kind, payload)])[0]


def put_all(ledger: Ledger, messages: Iterable[tuple[str, Mapping[str, Any]]]) -> list[int]:
    """Add messages in one transaction, in order; return their ids."""
    with ledger.write() as connection:
        return add(connection, messages)


def add(connection: Connection, messages: Iterable[tuple[str, Mapping[str, Any]]]) -> list[int]:
    """Add messages to a transaction, in order; return their ids."""
    clock = connection.clock()
    return [
        connection.insert_one(
            "outbox",
            {
                "kind": kind,
                "payload": to_json(payload),
                "created": clock,
                "sent": None,
                "failures": 0,
                "error": None,
                "due": clock,
            },
        )
        for kind, payload in messages
    ]


def pending(
    ledger: Ledger, limit: int = 100, *, due_only: bool = True, kinds: Collection[str] | None = None
) -> list[Message]:
    """Return messages that are to be sent, oldest first.

    With ``due_only=False`` also those that wait after a failure; with `kinds` only those of these kinds.
    """
    with ledger.read() as connection:
        columns = "id, kind, payload, created, failures, error"
        where = f"sent IS NULL AND due <= :clock{_of(kinds)}"
        query = f"SELECT {columns} FROM outbox WHERE {where} ORDER BY id LIMIT :limit"  # noqa: S608 - words of our own
        clock = connection.clock() + 0.001 if due_only else 1e18
        rows = connection.rows(query, clock=clock, limit=limit, **_given(kinds))
    return [Message(**row | {"payload": from_json(row["payload"])}) for row in rows]


def mark_sent(ledger: Ledger, *ids: int) -> None:
    """Record that messages arrived."""
    if ids:
        with ledger.write() as connection:
            set_sent(connection, *ids)


def set_sent(connection: Connection, *ids: int) -> None:
    """Record in a transaction that messages arrived."""
    statement = "UPDATE outbox SET sent = :clock WHERE sent IS NULL AND id IN :ids"
    connection.execute(statement, clock=connection.clock(), ids=ids)


def record_failure(ledger: Ledger, identifier: int, error: str) -> None:
    """Record that a message could not be sent; it is due again later, after a delay that doubles each time."""
    with ledger.write() as connection:
        rows = connection.rows("SELECT failures FROM outbox WHERE id = :id", id=identifier)
        if rows:
            delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(rows[0]["failures"], 20))
            connection.execute(
                "UPDATE outbox SET failures = failures + 1, error = :error, due = :due WHERE id = :id",
                id=identifier,
                error=error[:2000],
                due=connection.clock() + delay,
            )


def waiting(ledger: Ledger, kinds: Collection[str] | None = None) -> int:
    """Return how many messages, or messages of some kinds, were not sent yet."""
    with ledger.read() as connection:
        query = f"SELECT count(*) AS n FROM outbox WHERE sent IS NULL{_of(kinds)}"  # noqa: S608 - words of our own
        return int(connection.rows(query, **_given(kinds))[0]["n"])


def _of(kinds: Collection[str] | None) -> str:
    return "" if kinds is None else " AND kind IN :kinds"


def _given(kinds: Collection[str] | None) -> dict[str, list[str]]:
    return {} if kinds is None else {"kinds": sorted(kinds)}
