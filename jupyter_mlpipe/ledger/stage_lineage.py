"""Stage runs of many runs at once, each with what it used, made, read and wrote: what lineage is put together from.

A few queries for all, each by an index. Not for putting it together (``execution``), nor for finding runs by a name
(``lineage_names``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.ledger.database import Connection, Ledger, Row
from jupyter_mlpipe.ledger.file_uses import FileUse, chunks, file_uses
from jupyter_mlpipe.ledger.lineage import Input, Output


@dataclass(frozen=True, slots=True)
class StageLineage:
    """A stage run between what it used and what it made."""

    id: int
    run: str
    pipeline: str
    stage: str
    status: str
    hit: bool
    key: str | None
    ended: float
    """Seconds since the epoch."""
    files_digest: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    files: tuple[FileUse, ...]


@dataclass(frozen=True, slots=True)
class Making:
    """A stage run that did run, as hits of the same key refer to it."""

    id: int
    run: str
    ended: float
    files_digest: str | None


def stage_lineages(ledger: Ledger, run_ids: Collection[str]) -> dict[str, list[StageLineage]]:
    """Return the stage runs of each run that were not skipped or cancelled, in the order of their ids."""
    found: dict[str, list[StageLineage]] = {}
    rows: list[Row] = []
    inputs: dict[int, list[Input]] = {}
    outputs: dict[int, list[Output]] = {}
    with ledger.read() as connection:
        for some in chunks(run_ids):
            rows += connection.rows(_STAGES, runs=some)
        ids = [row["id"] for row in rows]
        for row in _of(connection, _INPUTS, ids):
            inputs.setdefault(row.pop("stage_run"), []).append(Input(**row))
        for row in _of(connection, _OUTPUTS, ids):
            outputs.setdefault(row.pop("stage_run"), []).append(Output(**row))
    files = file_uses(ledger, [row["files_digest"] for row in rows if row["files_digest"]])
    for row in rows:
        identifier, digest = row["id"], row["files_digest"]
        lineage = StageLineage(
            **row | {"hit": bool(row["hit"])},
            inputs=tuple(inputs.get(identifier, ())),
            outputs=tuple(outputs.get(identifier, ())),
            files=tuple(files.get(digest, ())) if digest else (),
        )
        found.setdefault(lineage.run, []).append(lineage)
    return found


def makings(ledger: Ledger, keys: Collection[str]) -> dict[str, list[Making]]:
    """Return the stage runs with these keys that did run, oldest first, by key."""
    found: dict[str, list[Making]] = {}
    with ledger.read() as connection:
        for some in chunks(keys):
            for row in connection.rows(_MAKINGS, keys=some):
                found.setdefault(row.pop("key"), []).append(Making(**row))
    return found


def _of(connection: Connection, query: str, ids: Collection[int]) -> list[dict[str, Any]]:
    return [row for some in chunks(ids) for row in connection.rows(query, ids=some)]


_STAGES = (
    "SELECT id, run, pipeline, stage, status, hit, key, ended, files AS files_digest FROM stage_runs "
    "WHERE run IN :runs AND status NOT IN ('skipped', 'cancelled') ORDER BY id"
)
_INPUTS = "SELECT stage_run, name, digest, source FROM inputs WHERE stage_run IN :ids ORDER BY id"
_OUTPUTS = "SELECT stage_run, name, digest, codec, type, rows, bytes FROM artifacts WHERE stage_run IN :ids ORDER BY id"
_MAKINGS = (
    "SELECT key, id, run, ended, files AS files_digest FROM stage_runs "
    "WHERE key IN :keys AND status IN ('done', 'refused') ORDER BY id"
)
