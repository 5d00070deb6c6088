"""What was said of drift: one fact for each window, or each data set of a run, that was compared with a reference.

Not for comparing (``monitoring.drift``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


@dataclass(frozen=True, kw_only=True)
class DriftFact:
    """A data set was compared with a reference."""

    name: str
    """Of the data set."""
    rows: int
    drifted: bool
    columns_drifted: int
    report: Mapping[str, Any] = field(default_factory=dict)
    """The whole report as JSON; empty where it was not asked for."""
    model: str | None = None
    """Whose reference it was."""
    version: int | None = None
    run: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    reference: str | None = None
    """Digest of the reference's profile."""
    profile: str | None = None
    """Digest of the profile that was compared."""
    window_start: float | None = None
    """Seconds since the epoch; the window is half open."""
    window_end: float | None = None
    owner: str | None = None
    team: str | None = None
    time: float = field(default_factory=now)
    id: int = 0


def record_drift(ledger: Ledger, facts: Sequence[DriftFact]) -> None:
    """Record reports in one transaction."""
    rows = [{name: value for name, value in asdict(fact).items() if name != "id"} for fact in facts]
    for row in rows:
        row["report"] = to_json(row["report"])
    if rows:
        with ledger.write() as connection:
            connection.insert("drift_reports", rows)


def drift_reports(
    ledger: Ledger,
    *,
    model: str | None = None,
    name: str | None = None,
    run: str | None = None,
    after: int | None = None,
    limit: int = 100,
    with_report: bool = True,
) -> list[DriftFact]:
    """Return the newest reports that match, oldest first.

    Parameters
    ----------
    model, name, run
        Only those of this model, data set or run.
    after
        Only facts newer than the one with this id; then the oldest of them, and not the newest, are returned.
    limit
        How many at most.
    with_report
        Without it the reports themselves, which may be long, are not read.
    """
    columns = "*" if with_report else _BRIEF
    wanted = {"model": model, "name": name, "run": run}
    given = {key: value for key, value in wanted.items() if value is not None}
    where = " AND ".join(["id > :after", *(f"{key} = :{key}" for key in given)])
    order = "DESC" if after is None else "ASC"
    query = f"SELECT {columns} FROM drift_reports WHERE {where} ORDER BY id {order} LIMIT :limit"  # noqa: S608
    with ledger.read() as connection:
        rows = connection.rows(query, after=after or 0, limit=limit, **given)
    found = [
        DriftFact(**row | {"drifted": bool(row["drifted"]), "report": from_json(row.get("report")) or {}})
        for row in rows
    ]
    return found[::-1] if after is None else found


_BRIEF = (
    "id, name, rows, drifted, columns_drifted, model, version, run, pipeline, stage, reference, profile, "
    "window_start, window_end, owner, team, time"
)
