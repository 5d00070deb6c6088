"""How models perform: measured where labels have arrived, estimated where they have not.

Not for measuring or estimating (``monitoring.quality``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


@dataclass(frozen=True, kw_only=True)
class PerformanceFact:
    """One measure of a model on one window."""

    model: str
    measure: str
    rows: int
    value: float | None
    """None where it cannot be said; the facts say why."""
    version: int | None = None
    name: str = ""
    """Of the data set."""
    segment: str = ""
    """``column=value``; empty for all rows."""
    window_start: float | None = None
    """Seconds since the epoch; the window is half open."""
    window_end: float | None = None
    labelled: float | None = None
    """Share of the rows that have a label."""
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    """The same measure on the reference."""
    estimated: bool = False
    """Without labels."""
    breached: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    """``reason``, ``threshold`` and what else was seen."""
    owner: str | None = None
    team: str | None = None
    time: float = field(default_factory=now)
    id: int = 0


def record_performance(ledger: Ledger, facts: Sequence[PerformanceFact]) -> None:
    """Record measures in one transaction."""
    rows = [{name: value for name, value in asdict(fact).items() if name != "id"} for fact in facts]
    for row in rows:
        row["facts"] = to_json(row["facts"])
    if rows:
        with ledger.write() as connection:
            connection.insert("performance", rows)


def performance(
    ledger: Ledger,
    *,
    model: str | None = None,
    measure: str | None = None,
    after: int | None = None,
    limit: int = 1000,
) -> list[PerformanceFact]:
    """Return the newest measures that match, oldest first; with `after`, the oldest that are newer than that id."""
    given = {key: value for key, value in {"model": model, "measure": measure}.items() if value is not None}
    where = " AND ".join(["id > :after", *(f"{key} = :{key}" for key in given)])
    order = "DESC" if after is None else "ASC"
    query = f"SELECT * FROM performance WHERE {where} ORDER BY id {order} LIMIT :limit"  # noqa: S608 - words of our own
    with ledger.read() as connection:
        rows = connection.rows(query, after=after or 0, limit=limit, **given)
    found = [
        PerformanceFact(
            **row
            | {
                "estimated": bool(row["estimated"]),
                "breached": bool(row["breached"]),
                "facts": from_json(row["facts"]),
            }
        )
        for row in rows
    ]
    return found[::-1] if after is None else found
