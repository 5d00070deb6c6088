"""Facts about what was archived and deleted: what was meant to be, before it is; what became of it, afterwards.

An action is written with all its items before any of them is touched. An action without an event was interrupted, and
may be carried out again or undone. Not for deciding (``governance.retention``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, now
from jupyter_mlpipe.ledger.processes import this_host, this_user

Verb = Literal["archive", "delete"]
Event = Literal["applied", "undone", "restored", "purged"]
"""``purged``: removed for good, archived copies excepted; ``restored``: brought back from the archive."""


@dataclass(frozen=True, kw_only=True)
class RetentionItem:
    """One thing that was archived or deleted."""

    kind: str
    """``result``, ``notebook``, ``profile`` or ``mlflow-run``."""
    name: str
    """A document of the store, a run, a blob's digest, or a run's id in MLflow."""
    verb: Verb
    rule: str
    """The rule that said so."""
    about: str
    """For people."""
    size: int = 0
    """Bytes."""
    id: int = 0


@dataclass(frozen=True, kw_only=True)
class RetentionAction:
    """Something that was carried out at once."""

    id: str
    plan: str
    """Digest of the plan."""
    until: float
    """When it cannot be undone any more, in seconds since the epoch."""
    archive: str | None = None
    user: str = field(default_factory=this_user)
    host: str = field(default_factory=this_host)
    time: float = field(default_factory=now)
    events: tuple[str, ...] = ()
    """What became of all of it, oldest first."""
    items: int = 0
    size: int = 0

    @property
    def state(self) -> str:
        """The last event; ``interrupted`` where there is none."""
        return self.events[-1] if self.events else "interrupted"


def begin_action(ledger: Ledger, action: RetentionAction, items: Sequence[RetentionItem]) -> None:
    """Record what is about to be done."""
    row = asdict(action)
    for name in ("events", "items", "size"):
        del row[name]
    rows = [asdict(item) | {"action": action.id} for item in items]
    for each in rows:
        del each["id"]
    with ledger.write(durable=True) as connection:
        connection.insert("retention_actions", [row])
        connection.insert("retention_items", rows)


def add_event(ledger: Ledger, action: str, event: Event, items: Sequence[int] = ()) -> None:
    """Record what became of an action, or of some of its items."""
    about = {"action": action, "event": event, "user": this_user(), "time": now()}
    rows = [{**about, "item": item} for item in items] or [{**about, "item": None}]
    with ledger.write(durable=True) as connection:
        connection.insert("retention_events", rows)


def retention_actions(ledger: Ledger) -> list[RetentionAction]:
    """Return all actions, oldest first."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT * FROM retention_actions ORDER BY time, id")
        events: dict[str, list[str]] = {}
        for row in connection.rows("SELECT action, event FROM retention_events WHERE item IS NULL ORDER BY id"):
            events.setdefault(row["action"], []).append(row["event"])
        sums: dict[str, Row] = {
            row["action"]: row
            for row in connection.rows(
                "SELECT action, count(*) AS items, coalesce(sum(size), 0) AS size FROM retention_items GROUP BY action"
            )
        }
    return [
        RetentionAction(
            **row,
            events=tuple(events.get(row["id"], ())),
            items=int(sums[row["id"]]["items"]) if row["id"] in sums else 0,
            size=int(sums[row["id"]]["size"]) if row["id"] in sums else 0,
        )
        for row in rows
    ]


def items_of(ledger: Ledger, action: str) -> list[RetentionItem]:
    """Return the items of an action that were not brought back one by one."""
    query = """
    SELECT id, kind, name, verb, rule, about, size FROM retention_items WHERE action = :action AND NOT EXISTS (
        SELECT 1 FROM retention_events WHERE retention_events.action = :action
        AND retention_events.item = retention_items.id AND event IN ('undone', 'restored')
    ) ORDER BY id
    """
    with ledger.read() as connection:
        return [RetentionItem(**row) for row in connection.rows(query, action=action)]


def removed_items(connection: Connection, kind: str, *, purged: bool = False) -> set[str]:
    """Return in a transaction the names of all items of a kind that were taken away; with `purged`, for good."""
    gone: dict[str, bool] = {}
    for row in connection.rows(_REMOVED, kind=kind):  # oldest first: what was taken again after it came back is gone
        gone[row["name"]] = not row["back"] and bool(row["purged"] or not purged)
    return {name for name, removed in gone.items() if removed}


_REMOVED = """
SELECT retention_items.name, EXISTS (
    SELECT 1 FROM retention_events WHERE retention_events.action = retention_items.action
    AND (retention_events.item IS NULL OR retention_events.item = retention_items.id)
    AND event IN ('undone', 'restored')
) AS back, EXISTS (
    SELECT 1 FROM retention_events WHERE retention_events.action = retention_items.action AND event = 'purged'
) AS purged FROM retention_items WHERE kind = :kind ORDER BY retention_items.id
"""
