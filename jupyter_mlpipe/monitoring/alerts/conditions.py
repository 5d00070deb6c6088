"""Rules that no new fact wakes: what has not happened for too long, what has taken too much.

They are asked every half minute. Not for rules over facts (``rules``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlpipe.ledger.alert_findings import Cursor, Finding, Recovery, cursor, take_in
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions

EVERY = 30.0
"""Seconds between two times that they are asked."""

Condition = Callable[[Ledger, AlertOptions, float], Sequence[Finding | Recovery]]


def freshness(ledger: Ledger, options: AlertOptions, clock: float) -> list[Finding | Recovery]:
    """The newest success of a pipeline, stage or model is older than it may be."""
    found: list[Finding | Recovery] = []
    for written, oldest in options.freshness.items():
        kind, subject = subject_of(written)
        newest = newest_success(ledger, kind, subject)
        base = newest if newest is not None else _watched_since(ledger, written, clock)
        about: dict[str, Any] = {"rule": "freshness", "kind": kind, "subject": subject}
        if newest is not None and clock - newest <= oldest:
            found.append(Recovery(**about, text=f"{subject} is fresh again", time=newest))
        elif clock - base > oldest:
            never = f"{subject} has not succeeded since it is watched, for {shown(clock - base)}"
            late = f"{subject} succeeded last {shown(clock - base)} ago"
            found.append(
                Finding(
                    **about,
                    title=f"{subject} is stale",
                    text=f"{never if newest is None else late}; it may be {shown(oldest)} old",
                    source=f"freshness/{written}/{base}",
                    facts={"newest": newest, "oldest_allowed": oldest},
                    time=clock,
                )
            )
    return found


def next_stale(ledger: Ledger, options: AlertOptions, clock: float) -> float | None:
    """When the next subject gets stale, in epoch seconds; None where all are, or none is watched."""
    moments = []
    for written, oldest in options.freshness.items():
        newest = newest_success(ledger, *subject_of(written))
        moments.append((_watched_since(ledger, written, clock) if newest is None else newest) + oldest)
    return min((moment for moment in moments if moment > clock), default=None)


def cost(ledger: Ledger, options: AlertOptions, clock: float) -> list[Finding | Recovery]:
    """The stages of a pipeline, or one stage, took more worker time in a period than they may."""
    found: list[Finding | Recovery] = []
    for subject, limit in options.cost.items():
        pipeline, _, stage = subject.partition("/")
        begin = clock // limit.per * limit.per
        query = _SPENT_BY_STAGE if stage else _SPENT
        with ledger.read() as connection:
            rows = connection.rows(query, pipeline=pipeline, stage=stage, begin=begin)
        spent = float(rows[0]["seconds"] or 0.0)
        about: dict[str, Any] = {"rule": "cost", "kind": "stage" if stage else "pipeline", "subject": subject}
        if spent <= limit.seconds:
            found.append(Recovery(**about, text=f"{subject} took {shown(spent)} in this period", time=clock))
            continue
        found.append(
            Finding(
                **about,
                title=f"{subject} costs more than it may",
                text=f"{shown(spent)} of worker time in {shown(limit.per)}; it may take {shown(limit.seconds)}",
                source=f"cost/{subject}/{limit.seconds}/{begin}",
                facts={"seconds": spent, "limit": limit.seconds, "per": limit.per},
                time=clock,
            )
        )
    return found


def budget_renewed(ledger: Ledger, _options: AlertOptions, clock: float) -> list[Finding | Recovery]:
    """The period of a budget is over: what was told of it is, too."""
    with ledger.read() as connection:
        rows = connection.rows(_BUDGET_ALERTS, clock=clock)
    return [
        Recovery(rule="budget", kind="budget", subject=row["budget"], text="a new period has begun", time=row["ended"])
        for row in rows
    ]


CONDITIONS: Mapping[str, Condition] = {"freshness": freshness, "cost": cost, "budget": budget_renewed}


def subject_of(written: str) -> tuple[str, str]:
    """Kind and subject of ``flights``, ``flights/train`` or ``model:flight-delay``."""
    if written.startswith("model:"):
        return "model", written.removeprefix("model:")
    return ("stage" if "/" in written else "pipeline"), written


def newest_success(ledger: Ledger, kind: str, subject: str) -> float | None:
    """When a pipeline, a stage or a model last succeeded, in epoch seconds; None where it never did."""
    pipeline, _, stage = subject.partition("/")
    query = {"pipeline": _RAN, "stage": _MADE, "model": _REGISTERED}[kind]
    with ledger.read() as connection:
        rows = connection.rows(query, pipeline=pipeline, stage=stage, model=subject)
    return next((float(row["time"]) for row in rows if row["time"] is not None), None)


def shown(seconds: float) -> str:
    """A duration for people: ``40 s``, ``12 min``, ``26 h``, ``3 days``."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


_BUDGET_ALERTS = """
SELECT budget, max(period_end) AS ended FROM budget_events
WHERE budget IN (
    SELECT alerts.subject FROM open_alerts JOIN alerts ON alerts.id = open_alerts.alert WHERE alerts.rule = 'budget'
)
GROUP BY budget HAVING max(period_end) <= :clock
"""
_RAN = """
SELECT run_ends.ended AS time FROM runs JOIN run_ends ON run_ends.run = runs.id
WHERE runs.pipeline = :pipeline AND run_ends.status = 'done' ORDER BY runs.id DESC LIMIT 1
"""
_MADE = """
SELECT max(ended) AS time FROM stage_runs WHERE id IN (
    (SELECT max(id) FROM stage_runs WHERE pipeline = :pipeline AND stage = :stage AND status = 'done'),
    (SELECT max(id) FROM stage_runs WHERE pipeline = :pipeline AND stage = :stage AND status = 'hit')
)
"""
_REGISTERED = "SELECT max(time) AS time FROM registrations WHERE model = :model AND version IS NOT NULL"
_SPENT = """
SELECT sum(seconds) AS seconds FROM stage_runs WHERE pipeline = :pipeline AND hit = FALSE AND ended >= :begin
"""
_SPENT_BY_STAGE = """
SELECT sum(seconds) AS seconds FROM stage_runs
WHERE pipeline = :pipeline AND stage = :stage AND hit = FALSE AND ended >= :begin
"""


def _watched_since(ledger: Ledger, written: str, clock: float) -> float:
    """When somebody first asked how fresh this is: what never succeeded gets stale from then on."""
    name = f"freshness {written}"
    since = cursor(ledger, name)
    if since is None:
        take_in(ledger, [], Cursor(name, None, clock))
        return cursor(ledger, name) or clock
    return since
