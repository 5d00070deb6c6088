"""Sums over facts of usage, made by the database: what reports and budgets add up. Not for the facts (``usage``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json
from jupyter_mlpipe.ledger.database import Connection, Row

DIMENSIONS = ("pipeline", "stage", "run", "model", "owner", "team", "environment", "machine", "purchase", "labels")
"""What sums can be made by; ``labels`` are all labels together."""

SCOPE = ("pipeline", "stage", "model", "owner", "team", "environment", "labels")
"""What a budget can be of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSum:
    """Facts of usage that are alike, added up."""

    group: tuple[str | None, ...]
    """Values of the dimensions that it was asked by; JSON for ``labels``."""
    kind: str
    outcome: str
    retried: bool
    """Whether these were attempts after a first one."""
    currency: str
    unknown: str | None
    """Why their cost is unknown; None where it is known."""
    count: int
    amount: int
    """Billionths of the currency; 0 where it is unknown."""
    saved: int
    """Billionths of the currency that were not spent, as far as that is known."""
    unsaved: int
    """For how many of them nobody knows what they saved."""
    seconds: float
    cpu_seconds: float
    gpu_seconds: float
    """Reserved: GPUs times wall seconds."""
    gpu_busy_seconds: float
    energy: float | None
    """Joules; None where nobody measured."""
    bytes_stored: int
    rows: int
    rows_amount: int
    """What those of them cost that read so many rows."""


def sum_usage(
    connection: Connection,
    by: Collection[str],
    *,
    begin: float | None = None,
    end: float | None = None,
    run: str | None = None,
) -> list[UsageSum]:
    """Add up usage that ended in a half-open interval, in a transaction.

    Parameters
    ----------
    connection
        The transaction.
    by
        Some of `DIMENSIONS`.
    begin, end
        Seconds since the epoch; open where None.
    run
        Only what one run used.

    Returns
    -------
    list of UsageSum
        In no order.
    """
    given = _given(begin, end, run)
    dimensions = tuple(by)
    return [_sum(row, dimensions) for row in connection.rows(_query(dimensions, tuple(given)), **given)]


def runs_with_usage(
    connection: Connection,
    by: Collection[str],
    *,
    begin: float | None = None,
    end: float | None = None,
    run: str | None = None,
) -> list[tuple[tuple[str | None, ...], str, str, str]]:
    """Return in a transaction group, outcome, currency and run of all that runs used, each once; see `sum_usage`."""
    given = _given(begin, end, run)
    chosen = "".join(f"{name} AS by_{name}, " for name in by)
    query = f"SELECT DISTINCT {chosen} outcome, currency, run AS its_run FROM usage WHERE {_where(given)}"  # noqa: S608
    rows = connection.rows(query, **given)
    return [(tuple(row[f"by_{name}"] for name in by), row["outcome"], row["currency"], row["its_run"]) for row in rows]


def costs_by_run(
    connection: Connection,
    by: Collection[str],
    *,
    begin: float | None = None,
    end: float | None = None,
    run: str | None = None,
) -> list[Row]:
    """Return in a transaction what each run spent on each group; see `sum_usage`.

    Returns
    -------
    list of dict
        ``its_run``, ``currency``, ``kind``, ``outcome``, ``amount`` above 0, and ``by_NAME`` for each dimension.
    """
    given = _given(begin, end, run)
    chosen = "".join(f"{name} AS by_{name}, " for name in by)
    groups = ", ".join((*by, "run", "currency", "kind", "outcome"))
    query = f"""
    SELECT {chosen} run AS its_run, currency, kind, outcome, sum(amount) AS amount FROM usage
    WHERE {_where(given)} AND amount > 0 GROUP BY {groups}
    """  # noqa: S608 - columns of our own
    return connection.rows(query, **given)


def _given(begin: float | None, end: float | None, run: str | None) -> dict[str, Any]:
    given = {"begin": begin, "end": end, "run": run}
    return {name: value for name, value in given.items() if value is not None}


def _where(given: Collection[str]) -> str:
    return " AND ".join(_CONDITIONS[name] for name in given) or "1 = 1"


def _sum(row: Row, dimensions: tuple[str, ...]) -> UsageSum:
    group = tuple(row.pop(f"by_{name}") for name in dimensions)
    whole = {name: int(row[name]) for name in _WHOLE}  # PostgreSQL adds whole numbers up to decimal ones
    return UsageSum(group=group, **row | whole | {"retried": bool(row["retried"])})


@dataclass(frozen=True, slots=True)
class Spent:
    """What one group spent."""

    group: tuple[str | None, ...]
    """Values of `SCOPE`."""
    currency: str
    amount: int
    """Billionths of the currency, as far as it is known."""
    unknown: int
    """How many facts have no price."""


def spent_since(connection: Connection, begin: float, end: float, after: int = 0) -> tuple[list[Spent], int]:
    """Return in a transaction what was spent in a half-open interval, recorded after an id; and the newest id.

    Asked again with that id, it tells only of what came since, in as much time as that takes.
    """
    newest = connection.rows("SELECT coalesce(max(id), 0) AS newest FROM usage")[0]["newest"]
    if newest <= after:
        return [], newest
    # A sign in front keeps the database from going through the whole interval for what is new in it.
    ended = "+ended" if after else "ended"
    query = f"""
    SELECT {", ".join(SCOPE)}, currency, coalesce(sum(amount), 0) AS amount,
        sum(CASE WHEN unknown IS NULL THEN 0 ELSE 1 END) AS missing
    FROM usage WHERE id > :after AND {ended} >= :begin AND {ended} < :end
    GROUP BY {", ".join(SCOPE)}, currency
    """  # noqa: S608 - columns of our own
    rows = connection.rows(query, after=after, begin=begin, end=end)
    groups = (tuple(row[name] for name in SCOPE) for row in rows)
    return [
        Spent(group, row["currency"], int(row["amount"]), int(row["missing"]))
        for group, row in zip(groups, rows, strict=True)
    ], newest


def usage_bounds(connection: Connection) -> tuple[float, float] | None:
    """Return in a transaction when the first and the last usage ended; None where there is none."""
    row = connection.rows("SELECT min(ended) AS first, max(ended) AS last FROM usage")[0]
    return None if row["first"] is None else (row["first"], row["last"])


def labels_of(text: str | None) -> Mapping[str, str]:
    """The labels of a group."""
    return _labels(text) if text else {}


@lru_cache(maxsize=4096)
def _labels(text: str) -> Mapping[str, str]:
    return dict(from_json(text))


_WHOLE = ("count", "amount", "saved", "unsaved", "bytes_stored", "rows", "rows_amount")
_CONDITIONS = {"begin": "ended >= :begin", "end": "ended < :end", "run": "run = :run"}


@lru_cache(maxsize=64)
def _query(by: tuple[str, ...], given: tuple[str, ...]) -> str:
    if unknown := set(by) - set(DIMENSIONS):
        raise ValueError(f"usage is not added up by {', '.join(sorted(unknown))}")
    chosen = "".join(f"{name} AS by_{name}, " for name in by)
    groups = ", ".join((*by, "kind", "outcome", "CASE WHEN attempt > 1 THEN 1 ELSE 0 END", "currency", "unknown"))
    return f"""
    SELECT {chosen} kind, outcome, CASE WHEN attempt > 1 THEN 1 ELSE 0 END AS retried, currency, unknown,
        count(*) AS count, coalesce(sum(amount), 0) AS amount, coalesce(sum(saved), 0) AS saved,
        sum(CASE WHEN kind = 'hit' AND saved IS NULL THEN 1 ELSE 0 END) AS unsaved,
        sum(seconds) AS seconds, sum(cpu_seconds) AS cpu_seconds, sum(gpus * seconds) AS gpu_seconds,
        sum(gpu_seconds) AS gpu_busy_seconds,
        sum(energy) AS energy, sum(bytes_stored) AS bytes_stored, coalesce(sum(rows), 0) AS rows,
        coalesce(sum(CASE WHEN rows > 0 THEN amount END), 0) AS rows_amount
    FROM usage WHERE {_where(given)} GROUP BY {groups}
    """  # noqa: S608 - columns of our own
