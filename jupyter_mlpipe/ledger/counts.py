"""How much of what the ledger holds, and the newest of each kind: a few queries for whoever watches from outside.

Not for single facts: each kind has a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json
from jupyter_mlpipe.ledger.database import Connection, Ledger, Row

MOST = 1000
"""Rows of a kind; what is beyond is left out and counted."""

MOST_REPORTS = 100


@dataclass(frozen=True)
class Counts:
    """Figures of one moment, from one transaction."""

    runs: tuple[Row, ...]
    """``pipeline``, ``status``, ``n``, ``seconds``; ``running`` are those that have no end."""
    successes: tuple[Row, ...]
    """``pipeline``, ``last``: when the newest run that succeeded ended, in seconds since the epoch."""
    stages: tuple[Row, ...]
    """``pipeline``, ``stage``, ``status``, ``n``, ``seconds``."""
    verdicts: tuple[Row, ...]
    """``pipeline``, ``stage``, ``passed``, ``n``: gates and contracts that were asked."""
    aliases: tuple[Row, ...]
    """``model``, ``alias``, ``version``, as the last transition left them."""
    drift: tuple[Row, ...]
    """The newest report of each model and data set: columns of ``drift_reports``, its report read."""
    performance: tuple[Row, ...]
    """The newest measure of each model, measure and segment: columns of ``performance``."""
    alerts: tuple[Row, ...]
    """``severity``, ``acknowledged``, ``n``, ``oldest``: those that are not resolved."""
    outbox: tuple[Row, ...]
    """``kind``, ``n``, ``failing``, ``oldest``: messages that have not arrived."""
    clock: float
    """The ledger's, in seconds since the epoch."""
    left_out: int
    """Rows beyond `MOST` of a kind, or `MOST_REPORTS` reports."""


def counts(ledger: Ledger) -> Counts:
    """Count. Each query groups in the database; what comes back is bounded by `MOST` rows a kind."""
    with ledger.read() as connection:
        found = {name: _bounded(connection, query) for name, query in _QUERIES.items()}
        drift, drift_left = _bounded(connection, _DRIFT, MOST_REPORTS)
        clock = connection.clock()
    reports = tuple(row | {"report": from_json(row["report"]) or {}} for row in drift)
    kinds: dict[str, Any] = {name: rows for name, (rows, _) in found.items()}
    left_out = drift_left + sum(left for _, left in found.values())
    return Counts(**kinds, drift=reports, clock=clock, left_out=left_out)


def _bounded(connection: Connection, query: str, most: int = MOST) -> tuple[tuple[Row, ...], int]:
    rows = connection.rows(f"{query} LIMIT :most", most=most + 1)
    if len(rows) <= most:
        return tuple(rows), 0
    total = connection.rows(f"SELECT count(*) AS n FROM ({query}) AS grouped")[0]["n"]  # noqa: S608 - of this module
    return tuple(rows[:most]), int(total) - most


_NEWEST_DRIFT = "SELECT max(id) FROM drift_reports GROUP BY coalesce(model, ''), name"
_DRIFT = f"SELECT * FROM drift_reports WHERE id IN ({_NEWEST_DRIFT}) ORDER BY id DESC"  # noqa: S608 - of this module
_NEWEST_FIGURES = "SELECT max(id) FROM performance GROUP BY model, measure, name, segment, estimated"

_QUERIES = {
    "runs": (
        "SELECT runs.pipeline, coalesce(run_ends.status, 'running') AS status, count(*) AS n, "
        "sum(coalesce(run_ends.seconds, 0)) AS seconds "
        "FROM runs LEFT JOIN run_ends ON run_ends.run = runs.id "
        "GROUP BY runs.pipeline, coalesce(run_ends.status, 'running') ORDER BY max(runs.started) DESC"
    ),
    "successes": (
        "SELECT runs.pipeline, max(run_ends.ended) AS last FROM run_ends JOIN runs ON runs.id = run_ends.run "
        "WHERE run_ends.status = 'done' GROUP BY runs.pipeline ORDER BY max(run_ends.ended) DESC"
    ),
    "stages": (
        "SELECT pipeline, stage, status, count(*) AS n, sum(seconds) AS seconds "
        "FROM stage_runs GROUP BY pipeline, stage, status ORDER BY max(id) DESC"
    ),
    "verdicts": (
        "SELECT runs.pipeline, gates.stage, gates.passed, count(*) AS n FROM gates JOIN runs ON runs.id = gates.run "
        "GROUP BY runs.pipeline, gates.stage, gates.passed ORDER BY max(gates.id) DESC"
    ),
    "aliases": (
        "SELECT model, target AS alias, version FROM transitions WHERE id IN (SELECT max(transitions.id) "
        "FROM transitions JOIN transition_ends ON transition_ends.transition = transitions.id "
        "WHERE transition_ends.status = 'done' AND transitions.target IN ('staging', 'production') "
        "GROUP BY transitions.model, transitions.target) ORDER BY id DESC"
    ),
    "performance": f"SELECT * FROM performance WHERE id IN ({_NEWEST_FIGURES}) ORDER BY id DESC",  # noqa: S608
    # An acknowledgement counts until the alert is opened again.
    "alerts": (
        "SELECT severity, acknowledged, count(*) AS n, min(opened) AS oldest FROM ("
        "SELECT alerts.severity, coalesce(max(CASE WHEN happened.event = 'acknowledged' THEN happened.id END), 0) > "
        "coalesce(max(CASE WHEN happened.event = 'reopened' THEN happened.id END), 0) AS acknowledged, "
        "coalesce(max(CASE WHEN happened.event = 'reopened' THEN happened.time END), alerts.time) AS opened "
        "FROM open_alerts JOIN alerts ON alerts.id = open_alerts.alert LEFT JOIN alert_events AS happened "
        "ON happened.alert = alerts.id AND happened.event IN ('acknowledged', 'reopened') "
        "GROUP BY alerts.id, alerts.severity, alerts.time) AS standing GROUP BY severity, acknowledged"
    ),
    "outbox": (
        "SELECT kind, count(*) AS n, sum(CASE WHEN failures > 0 THEN 1 ELSE 0 END) AS failing, min(created) AS oldest "
        "FROM outbox WHERE sent IS NULL GROUP BY kind ORDER BY kind"
    ),
}
