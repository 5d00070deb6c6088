"""Facts about what was used and what it cost: one for each attempt, hit and stretch of idle time, each counted once.

A row is named by its ``task``, so that writing it twice is writing it once. What runs stands in ``open_usage`` until
its row is written, in the same transaction: whoever runs next finds what a killed runner left behind. Amounts are whole
billionths of a currency, so that sums are exact in any order.

Not for prices (``costs``), nor for the sums of reports (``usage_sums``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, now

KINDS = ("attempt", "hit", "idle", "live")
"""``live``: a stage in a kernel that its user holds; ``idle``: what workers could have done and did not."""

OUTCOMES = ("done", "failed", "died", "timeout", "cancelled", "discarded", "lost", "hit", "idle")
"""``discarded``: of no use any more, since something above changed; ``lost``: its runner ended without saying so."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one attempt at a stage used and cost, or what a hit spared, or what lay idle."""

    task: str
    """Names it: ``RUN/STAGE/2/1`` is the first attempt when the stage ran for the second time in that run."""
    kind: str = "attempt"
    outcome: str = "done"
    run: str
    pipeline: str
    stage: str | None = None
    attempt: int = 1
    key: str | None = None
    model: str | None = None
    """That the stage registers."""
    owner: str | None = None
    team: str | None = None
    environment: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    started: float = field(default_factory=now)
    """Seconds since the epoch."""
    ended: float = field(default_factory=now)
    seconds: float = 0.0
    """Wall seconds by a clock that does not jump."""
    cpus: float = 0.0
    """Reserved."""
    cpu_seconds: float = 0.0
    memory: int = 0
    """Bytes reserved; 0 where the stage asked for none."""
    memory_peak: int = 0
    """Bytes."""
    memory_byte_seconds: float = 0.0
    gpus: float = 0.0
    """Reserved."""
    gpu_seconds: float = 0.0
    """Seconds in which a GPU was busy with it."""
    gpu_memory_peak: int = 0
    """Bytes."""
    bytes_read: int = 0
    bytes_written: int = 0
    bytes_stored: int = 0
    """Bytes that it added to the store."""
    energy: float | None = None
    """Joules; None where nobody measured."""
    rows: int | None = None
    """Of the largest frame that it read; None where it read none."""
    machine: str = "unknown"
    """The machine's class in the price book."""
    purchase: str = "on-demand"
    worker: str | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    """How it was measured."""
    currency: str = ""
    amount: int | None = None
    """Billionths of the currency; None where the cost is unknown."""
    unknown: str | None = None
    """Why it is."""
    terms: Mapping[str, Any] = field(default_factory=dict)
    """Prices in force at the time of use; empty where none was."""
    saved: int | None = None
    """Billionths of the currency that a hit, or workers sent away, did not spend; None where that is unknown."""
    id: int = 0


@dataclass(frozen=True, kw_only=True)
class OpenUsage:
    """An attempt that runs now."""

    usage: Usage
    """As far as it is known."""
    currency: str
    expected: int = 0
    """Billionths of the currency that it is expected to cost; 0 where nothing is known."""
    started: float = field(default_factory=now)


def record_usage(ledger: Ledger, facts: Sequence[Usage]) -> None:
    """Record what was used, and close what was open of it, in one transaction. A task that is recorded stays as it is.

    Raises
    ------
    ValueError
        A kind or outcome is not one that usage has.
    """
    if facts:
        with ledger.write() as connection:
            add_usage(connection, facts)


def add_usage(connection: Connection, facts: Sequence[Usage]) -> None:
    """`record_usage` in a transaction that is open."""
    from blake3 import blake3

    rows, terms = [], {}
    for fact in facts:
        if fact.kind not in KINDS or fact.outcome not in OUTCOMES:
            raise ValueError(f"usage is not {fact.kind!r} or does not end as {fact.outcome!r}")
        row = {name: getattr(fact, name) for name in _COLUMNS}
        row["labels"] = to_json(fact.labels) if fact.labels else None
        row["measured"] = to_json(fact.measured) if fact.measured else None
        row["terms"] = None
        if fact.terms:
            text = to_json(fact.terms)
            row["terms"] = blake3(text.encode()).hexdigest()[:32]
            terms[row["terms"]] = text
        rows.append(row)
    if terms:
        kept = [{"digest": digest, "terms": text} for digest, text in terms.items()]
        connection.insert("price_terms", kept, ignore=True)
    connection.in_order("usage")
    connection.insert("usage", rows, ignore=True)
    connection.execute("DELETE FROM open_usage WHERE task IN :tasks", tasks=[row["task"] for row in rows])


def open_task(connection: Connection, opened: OpenUsage) -> None:
    """Note in a transaction that an attempt runs from now on."""
    usage = {name: getattr(opened.usage, name) for name in _COLUMNS}
    row = {
        "task": opened.usage.task,
        "run": opened.usage.run,
        "usage": to_json(usage),
        "currency": opened.currency,
        "expected": opened.expected,
        "started": opened.started,
    }
    connection.insert("open_usage", [row], ignore=True)


def open_tasks(connection: Connection) -> list[OpenUsage]:
    """Return in a transaction all attempts that run now, or whose runner was killed, oldest first."""
    rows = connection.rows("SELECT * FROM open_usage ORDER BY started, task")
    return [
        OpenUsage(
            usage=Usage(**from_json(row["usage"])),
            currency=row["currency"],
            expected=row["expected"],
            started=row["started"],
        )
        for row in rows
    ]


def lost_usage(ledger: Ledger) -> list[Usage]:
    """Return as lost what ended runs left open, without costs; nothing is recorded.

    It is counted from its start to its run's end: nobody knows when its kernel ended, which is killed with its runner.
    Whoever calls this prices it (`costs`) and records it (`record_usage`), which closes it.
    """
    with ledger.read() as connection:
        ends = {row["run"]: row["ended"] for row in connection.rows(_ENDED_WITH_OPEN)}
        found = [opened.usage for opened in open_tasks(connection) if opened.usage.run in ends] if ends else []
    lost = []
    for usage in found:
        seconds = max(0.0, ends[usage.run] - usage.started)
        lost.append(replace(usage, outcome="lost", ended=usage.started + seconds, seconds=seconds))
    return lost


def usage_of_run(ledger: Ledger, run: str) -> list[Usage]:
    """Return all that a run used, in the order in which it was recorded."""
    return _select(ledger, "usage.run = :run ORDER BY usage.id", run=run)


def usage_of_stage(ledger: Ledger, pipeline: str, stage: str, *, limit: int = 50) -> list[Usage]:
    """Return the newest attempts at a stage, whatever became of them, newest first."""
    where = "pipeline = :pipeline AND stage = :stage AND kind = 'attempt' ORDER BY usage.id DESC LIMIT :limit"
    return _select(ledger, where, pipeline=pipeline, stage=stage, limit=limit)


def finished_attempts(ledger: Ledger, pipeline: str, stage: str, *, limit: int = 20) -> list[Usage]:
    """Return the newest attempts at a stage that ended well, newest first; of live kernels where no run had any."""
    where = """
    pipeline = :pipeline AND stage = :stage AND kind = :kind AND outcome = 'done' ORDER BY usage.id DESC LIMIT :limit
    """
    for kind in ("attempt", "live"):
        found = _select(ledger, where, pipeline=pipeline, stage=stage, kind=kind, limit=limit)
        if found:
            return found
    return []


def measured_stages(ledger: Ledger, pipeline: str | None = None) -> list[tuple[str, str]]:
    """Return the pipeline and name of every stage that was ever attempted, in their order."""
    where = "AND pipeline = :pipeline" if pipeline else ""
    query = f"""
    SELECT DISTINCT pipeline, stage FROM usage WHERE kind = 'attempt' AND stage IS NOT NULL {where}
    ORDER BY pipeline, stage
    """  # noqa: S608 - a condition of our own
    with ledger.read() as connection:
        rows = connection.rows(query, **({"pipeline": pipeline} if pipeline else {}))
    return [(row["pipeline"], row["stage"]) for row in rows]


def usage_between(ledger: Ledger, begin: float, end: float) -> list[Usage]:
    """Return all usage that ended in a half-open interval of epoch seconds."""
    return _select(ledger, "usage.ended >= :begin AND usage.ended < :end ORDER BY usage.id", begin=begin, end=end)


def costs_of_keys(ledger: Ledger, keys: Iterable[str]) -> dict[str, Usage]:
    """Return, by key, the newest attempt that made the result under it."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = _select(
        ledger, "key IN :keys AND kind IN ('attempt', 'live') AND outcome = 'done' ORDER BY usage.id", keys=wanted
    )
    return {usage.key: usage for usage in found if usage.key is not None}


_COLUMNS = tuple(item.name for item in fields(Usage) if item.name not in ("id", "terms"))
_ALL = ", ".join(f"usage.{name}" for name in ("id", *_COLUMNS))
_ENDED_WITH_OPEN = """
SELECT DISTINCT run_ends.run AS run, run_ends.ended AS ended FROM open_usage
JOIN run_ends ON run_ends.run = open_usage.run
"""


def _select(ledger: Ledger, where: str, **given: Any) -> list[Usage]:
    query = f"""
    SELECT {_ALL}, price_terms.terms AS terms FROM usage
    LEFT JOIN price_terms ON price_terms.digest = usage.terms WHERE {where}
    """  # noqa: S608 - conditions of our own
    with ledger.read() as connection:
        return [_usage(row) for row in connection.rows(query, **given)]


def _usage(row: Row) -> Usage:
    read = {name: from_json(row[name]) or {} for name in ("labels", "measured", "terms")}
    return Usage(**row | read)
