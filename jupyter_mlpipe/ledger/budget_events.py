"""Facts about budgets: that one was nearly spent, spent, or kept a run from going on, and who let one go on.

Not for holding runs to their budgets (``costs.budget_keeper``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, now
from jupyter_mlpipe.ledger.processes import this_host, this_user

EVENTS = ("warned", "forecast", "exceeded", "refused", "accepted")
"""``forecast``: at the present rate it will not last; ``accepted``: somebody let a run go on all the same."""


@dataclass(frozen=True, kw_only=True)
class BudgetEvent:
    """Something that happened to a budget."""

    budget: str
    event: str
    source: str
    """Names what it follows from: one source counts once."""
    period: float
    """When the period began, in seconds since the epoch."""
    period_end: float
    spent: int
    """Billionths of the currency."""
    amount: int
    """What the budget allows, in billionths of the currency."""
    currency: str
    run: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    owner: str | None = None
    team: str | None = None
    text: str = ""
    user: str = field(default_factory=this_user)
    host: str = field(default_factory=this_host)
    time: float = field(default_factory=now)
    id: int = 0


def add_budget_events(connection: Connection, events: Sequence[BudgetEvent]) -> None:
    """Record them in a transaction; one whose source is recorded already is passed over."""
    rows = []
    for event in events:
        if event.event not in EVENTS:
            raise ValueError(f"a budget is not {event.event!r}")
        row = asdict(event)
        del row["id"]
        rows.append(row)
    if rows:
        connection.in_order("budget_events")
        connection.insert("budget_events", rows, ignore=True)


def budget_events(ledger: Ledger, budget: str | None = None, *, after: int = 0, limit: int = 500) -> list[BudgetEvent]:
    """Return what happened after an id, oldest first."""
    where = "id > :after" + (" AND budget = :budget" if budget else "")
    query = f"SELECT * FROM budget_events WHERE {where} ORDER BY id LIMIT :limit"  # noqa: S608 - conditions of our own
    with ledger.read() as connection:
        rows: list[Row] = connection.rows(query, after=after, budget=budget, limit=limit)
    return [BudgetEvent(**row) for row in rows]
