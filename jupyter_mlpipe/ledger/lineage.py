"""Facts about lineage: which artifacts a stage run made, and which it used.

Artifacts are known by their content's digest, so an edge holds across runs, pipelines and users of one ledger.
Edges are written with the stage run itself (``stages.record_stage``), in one transaction.

Not for the artifacts' bytes (``store``), nor for which stage needs which (``notebook``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from jupyter_mlpipe.ledger.database import Connection, Ledger


@dataclass(frozen=True)
class Output:
    """An artifact that a stage run made, or restored."""

    name: str
    digest: str
    codec: str
    type: str
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Input:
    """An artifact that a stage run used."""

    name: str
    digest: str
    source: str | None = None
    """The stage that made it; None for what comes from outside the pipeline."""


@dataclass(frozen=True)
class Edge:
    """One end of an artifact: the stage run that made or used it."""

    stage_run: int
    run: str
    pipeline: str
    stage: str
    name: str
    digest: str
    source: str | None = None


def outputs(ledger: Ledger, stage_run: int) -> list[Output]:
    """Return what a stage run made."""
    query = "SELECT name, digest, codec, type, rows, bytes FROM artifacts WHERE stage_run = :id ORDER BY id"
    with ledger.read() as connection:
        return [Output(**row) for row in connection.rows(query, id=stage_run)]


def inputs(ledger: Ledger, stage_run: int) -> list[Input]:
    """Return what a stage run used."""
    query = "SELECT name, digest, source FROM inputs WHERE stage_run = :id ORDER BY id"
    with ledger.read() as connection:
        return [Input(**row) for row in connection.rows(query, id=stage_run)]


def producers(ledger: Ledger, digest: str) -> list[Edge]:
    """Return the stage runs that made the artifact, oldest first; hits, which only restored it, are left out."""
    return _edges(
        ledger, _PRODUCED + "WHERE artifacts.digest = :value AND NOT stage_runs.hit ORDER BY artifacts.id", digest
    )


def consumers(ledger: Ledger, digest: str) -> list[Edge]:
    """Return the stage runs that used the artifact, oldest first."""
    return _edges(ledger, _USED + "WHERE inputs.digest = :value ORDER BY inputs.id", digest)


def run_outputs(ledger: Ledger, run_id: str) -> list[Edge]:
    """Return all that the stages of a run made or restored."""
    return _edges(ledger, _PRODUCED + "WHERE stage_runs.run = :value ORDER BY artifacts.id", run_id)


def run_inputs(ledger: Ledger, run_id: str) -> list[Edge]:
    """Return all that the stages of a run used."""
    return _edges(ledger, _USED + "WHERE stage_runs.run = :value ORDER BY inputs.id", run_id)


def runs_with(ledger: Ledger, digest: str) -> list[str]:
    """Return the runs in which a stage made, restored or used the artifact, newest first."""
    query = (
        "SELECT run FROM stage_runs WHERE id IN (SELECT stage_run FROM artifacts WHERE digest = :value "
        "UNION SELECT stage_run FROM inputs WHERE digest = :value) GROUP BY run ORDER BY max(id) DESC"
    )
    with ledger.read() as connection:
        return [row["run"] for row in connection.rows(query, value=digest)]


def add_edges(connection: Connection, stage_run: int, made: Sequence[Output], used: Sequence[Input]) -> None:
    """Add a stage run's artifacts and inputs, within the transaction that records it."""
    connection.insert("artifacts", [{"stage_run": stage_run, **asdict(item)} for item in made])
    connection.insert("inputs", [{"stage_run": stage_run, **asdict(item)} for item in used])


_PRODUCED = (
    "SELECT stage_runs.id AS stage_run, stage_runs.run, stage_runs.pipeline, stage_runs.stage, "
    "artifacts.name, artifacts.digest "
    "FROM artifacts JOIN stage_runs ON stage_runs.id = artifacts.stage_run "
)
_USED = (
    "SELECT stage_runs.id AS stage_run, stage_runs.run, stage_runs.pipeline, stage_runs.stage, "
    "inputs.name, inputs.digest, inputs.source "
    "FROM inputs JOIN stage_runs ON stage_runs.id = inputs.stage_run "
)


def _edges(ledger: Ledger, query: str, value: str) -> list[Edge]:
    with ledger.read() as connection:
        return [Edge(**row) for row in connection.rows(query, value=value)]
