"""Facts about stage runs: what ran or was restored, why, and how long it took.

One row for each attempt that came to an end, with its artifacts and inputs (``lineage``) in the same transaction. The
row of a stage that is ``done`` is its publication, so that commit alone is flushed to the disk.

Not for deciding what runs (``execution``), nor for the artifacts' bytes (``store``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from jupyter_mlpipe.ledger.columns import from_json, to_json, to_json_or_none
from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, now
from jupyter_mlpipe.ledger.file_uses import FileUse, add_files
from jupyter_mlpipe.ledger.lineage import Input, Output, add_edges

STATUSES = ("done", "hit", "failed", "refused", "cancelled", "skipped")
"""``skipped``: not started, because an earlier stage failed or was refused."""

HISTORY = 20
"""How many of the newest runs of a stage its expected time is taken from."""


@dataclass(frozen=True, kw_only=True)
class StageRun:
    """One attempt of a stage in a run, or its hit."""

    run: str
    pipeline: str
    stage: str
    status: str
    key: str | None = None
    hit: bool = False
    reason: str = ""
    """One line for people: ``ran, because function fit changed``."""
    reasons: Sequence[Mapping[str, Any]] = ()
    """The reasons for a miss, for machines."""
    components: Mapping[str, Any] | None = None
    """The parts of the key, from which the next miss is explained."""
    manifest: str | None = None
    seconds: float = 0.0
    saved_seconds: float = 0.0
    """What a hit saved: the seconds that the stage took when it ran."""
    attempt: int = 1
    worker: str | None = None
    owner: str | None = None
    team: str | None = None
    escalate: Sequence[str] = ()
    """Whom to tell after the owner, in order."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    started: float = field(default_factory=now)
    ended: float = field(default_factory=now)
    files: str | None = None
    """Digest of the files it read and wrote (``file_uses``); given by the ledger where they are recorded with it."""
    id: int = 0
    """Given by the ledger; 0 before it is recorded."""


class StageResult(NamedTuple):
    """A result that a stage had, by its key."""

    key: str
    run: str
    """The run that made it; one that restored it where that is not known."""
    status: str
    ended: float
    """Seconds since the epoch."""


Fact = tuple[StageRun, Sequence[Output], Sequence[Input], Sequence[FileUse]]
"""A stage run with what it made, what it used, and the files that it read and wrote."""


def record_stage(
    ledger: Ledger,
    stage_run: StageRun,
    outputs: Sequence[Output] = (),
    inputs: Sequence[Input] = (),
    files: Sequence[FileUse] = (),
) -> int:
    """Record one stage run with its lineage; return its id.

    Raises
    ------
    ValueError
        The status is not one that a stage run has.
    """
    return record_stages(ledger, [(stage_run, outputs, inputs, files)])[0]


def record_stages(ledger: Ledger, facts: Sequence[Fact]) -> list[int]:
    """Record several stage runs in one transaction: all or none. For the hits of a run, which come together."""
    for stage_run, *_ in facts:
        if stage_run.status not in STATUSES:
            raise ValueError(f"a stage run does not end as {stage_run.status!r}")
    if not facts:
        return []
    durable = any(stage_run.status == "done" for stage_run, *_ in facts)
    with ledger.write(durable=durable) as connection:
        return [_add(connection, *fact) for fact in facts]


def _add(
    connection: Connection,
    stage_run: StageRun,
    outputs: Sequence[Output],
    inputs: Sequence[Input],
    files: Sequence[FileUse],
) -> int:
    fact = {name: getattr(stage_run, name) for name in _COLUMNS} | {"files": add_files(connection, files)}
    fact |= {name: to_json_or_none(fact[name]) for name in ("components", "error")}
    fact |= {"reasons": to_json(list(stage_run.reasons)), "numbers": to_json(stage_run.numbers)}
    fact["escalate"] = to_json(list(stage_run.escalate)) if stage_run.escalate else None
    identifier = connection.insert_one("stage_runs", fact)
    add_edges(connection, identifier, outputs, inputs)
    return identifier


def stage_runs(ledger: Ledger, run_id: str) -> list[StageRun]:
    """Return all stage runs of a run, in the order in which they ended."""
    return _select(ledger, "WHERE run = :run ORDER BY id", run=run_id)


def stage_run(ledger: Ledger, identifier: int) -> StageRun | None:
    """Return one stage run, or None."""
    return _first(_select(ledger, "WHERE id = :id", id=identifier))


def stage_history(ledger: Ledger, pipeline: str, stage: str, limit: int = 50) -> list[StageRun]:
    """Return the runs of one stage, newest first."""
    where = "WHERE pipeline = :pipeline AND stage = :stage ORDER BY id DESC LIMIT :limit"
    return _select(ledger, where, pipeline=pipeline, stage=stage, limit=limit)


def latest_stage_run(ledger: Ledger, pipeline: str, stage: str) -> StageRun | None:
    """Return the newest run of a stage that is done or a hit, whose components explain the next miss."""
    where = f"WHERE {_NEWEST_GOOD.replace('names.stage', ':stage')} ORDER BY id DESC LIMIT 1"
    return _first(_select(ledger, where, pipeline=pipeline, stage=stage))


def latest_stage_runs(ledger: Ledger, pipeline: str) -> dict[str, StageRun]:
    """Return the newest done or hit run of every stage of a pipeline, in one query."""
    with ledger.read() as connection:
        rows = connection.rows(_LATEST_BY_STAGE, pipeline=pipeline)
    return {row["stage"]: _stage_run(row) for row in rows}


def last_ends(ledger: Ledger, pipeline: str) -> dict[str, StageRun]:
    """Return how every stage of a pipeline ended last, well or not; runs that did not reach it are left out."""
    with ledger.read() as connection:
        rows = connection.rows(_LAST_ENDS, pipeline=pipeline)
    return {row["stage"]: _stage_run(row) for row in rows}


def stage_results(ledger: Ledger, pipeline: str, stage: str, key: str = "") -> list[StageResult]:
    """Return the results that a stage has had, newest first, each once, with the newest run that made it.

    Parameters
    ----------
    key
        Only those whose keys begin so.
    """
    with ledger.read() as connection:
        rows = connection.rows(_RESULTS, pipeline=pipeline, stage=stage, begun=key, length=len(key))
    found: dict[str, StageResult] = {}
    for row in rows:
        known = found.get(row["key"])
        # A hit is the result that it restored, which an older row tells of.
        if known is None or (known.status == "hit" and row["status"] != "hit"):
            found[row["key"]] = StageResult(**row)
    return list(found.values())


def stage_runs_of_key(ledger: Ledger, key: str, limit: int = 50) -> list[StageRun]:
    """Return the runs that had this key, newest first, whatever the stage was called."""
    return _select(ledger, "WHERE key = :key ORDER BY id DESC LIMIT :limit", key=key, limit=limit)


def expected_seconds(ledger: Ledger, pipeline: str, stage: str, key: str | None = None) -> float | None:
    """Return the median seconds of a stage's newest runs that did run; None without history.

    Runs with this very key count alone, where there are any: same code, same data.
    """
    with ledger.read() as connection:
        rows: list[Row] = []
        if key is not None:
            query = "SELECT seconds FROM stage_runs WHERE key = :key AND status = 'done' ORDER BY id DESC LIMIT :limit"
            rows = connection.rows(query, key=key, limit=HISTORY)
        if not rows:
            rows = connection.rows(_SECONDS, pipeline=pipeline, stage=stage, limit=HISTORY)
    return _median([row["seconds"] for row in rows]) if rows else None


def expected_seconds_by_stage(ledger: Ledger, pipeline: str) -> dict[str, float]:
    """Return the median seconds of every stage of a pipeline that ever ran."""
    expected = {}
    with ledger.read() as connection:
        for name in [row["stage"] for row in connection.rows(_STAGES, pipeline=pipeline)]:
            rows = connection.rows(_SECONDS, pipeline=pipeline, stage=name, limit=HISTORY)
            if rows:
                expected[name] = _median([row["seconds"] for row in rows])
    return expected


_COLUMNS = tuple(item.name for item in fields(StageRun) if item.name != "id")
_SELECT = "SELECT * FROM stage_runs "

# Every condition steps through an index, so that the time of a plan does not grow with the history.
_NEWEST_GOOD = """stage_runs.id IN (
    (SELECT max(id) FROM stage_runs WHERE pipeline = :pipeline AND stage = names.stage AND status = 'done'),
    (SELECT max(id) FROM stage_runs WHERE pipeline = :pipeline AND stage = names.stage AND status = 'hit')
)"""
_NAMES = """
WITH RECURSIVE names(stage) AS (
    SELECT min(stage) FROM stage_runs WHERE pipeline = :pipeline
    UNION ALL
    SELECT (SELECT min(stage) FROM stage_runs WHERE pipeline = :pipeline AND stage > names.stage)
    FROM names WHERE names.stage IS NOT NULL
)
"""
_LATEST_BY_STAGE = f"""{_NAMES}
SELECT stage_runs.* FROM names JOIN stage_runs ON {_NEWEST_GOOD} ORDER BY stage_runs.id
"""  # noqa: S608 (made of the constants above)
_ENDED = ("done", "hit", "failed", "refused")
_NEWEST_OF = "(SELECT max(id) FROM stage_runs WHERE pipeline = :pipeline AND stage = names.stage AND status = '{}')"
_LAST_ENDS = f"""{_NAMES}
SELECT stage_runs.* FROM names JOIN stage_runs
ON stage_runs.id IN ({", ".join(_NEWEST_OF.format(status) for status in _ENDED)}) ORDER BY stage_runs.id
"""  # noqa: S608 (made of the constants above)
_RESULTS = """
SELECT key, run, status, ended FROM stage_runs
WHERE pipeline = :pipeline AND stage = :stage AND status IN ('done', 'hit', 'refused')
AND key IS NOT NULL AND substr(key, 1, :length) = :begun ORDER BY id DESC
"""
_STAGES = f"{_NAMES} SELECT stage FROM names WHERE stage IS NOT NULL"  # noqa: S608 (made of the constants above)
_SECONDS = """
SELECT seconds FROM stage_runs WHERE pipeline = :pipeline AND stage = :stage AND status = 'done'
ORDER BY id DESC LIMIT :limit
"""


def _select(ledger: Ledger, where: str, **given: Any) -> list[StageRun]:
    with ledger.read() as connection:
        rows = connection.rows(_SELECT + where, **given)
    return [_stage_run(row) for row in rows]


def _stage_run(row: Row) -> StageRun:
    read = {name: from_json(row[name]) for name in ("reasons", "components", "numbers", "error")}
    whole = row | read | {"hit": bool(row["hit"]), "reasons": tuple(read["reasons"])}
    return StageRun(**whole | {"escalate": tuple(from_json(row["escalate"]) or ())})


def _first(found: list[StageRun]) -> StageRun | None:
    return found[0] if found else None


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
