"""Who answers for a subject by what the notebooks' lines said last, and names there that ``owners.toml`` does not know.

Not for the file (``owners``).
"""

from __future__ import annotations

from typing import Any

from jupyter_mlpipe.ledger.columns import from_json
from jupyter_mlpipe.ledger.database import Ledger, Row
from jupyter_mlpipe.owners import Owners


def said_of(ledger: Ledger, kind: str, subject: str) -> dict[str, Any]:
    """``owner``, ``team`` and ``escalate`` of the newest run of a pipeline, a stage, or the one that made a model."""
    if kind == "model":
        with ledger.read() as connection:
            made = connection.rows(_MODEL, model=subject)
        return said_of(ledger, "stage", f"{made[0]['pipeline']}/{made[0]['stage']}") if made else {}
    pipeline, _, stage = subject.partition("/")
    query = {"stage": _STAGE, "pipeline": _PIPELINE}.get(kind)
    if query is None:
        return {}
    with ledger.read() as connection:
        rows = connection.rows(query, pipeline=pipeline, stage=stage)
    return _answerable(rows[0]) if rows else {}


def unknown_names(ledger: Ledger, owners: Owners) -> list[tuple[str, str]]:
    """Where the newest run of each pipeline names somebody whom the file does not know, and whom."""
    found: dict[tuple[str, str], None] = {}
    with ledger.read() as connection:
        rows = connection.rows(_NEWEST)
    for row in rows:
        said = _answerable(row)
        for name in filter(None, (said["owner"], *said["escalate"])):
            if not owners.knows(name):
                where = f"stage {row['pipeline']}/{row['stage']}" if row["stage"] else f"pipeline {row['pipeline']}"
                found[where, f"{name} is not in owners.toml"] = None
    return list(found)


def _answerable(row: Row) -> dict[str, Any]:
    return {"owner": row["owner"], "team": row["team"], "escalate": tuple(from_json(row["escalate"]) or ())}


_STAGE = """
SELECT owner, team, escalate FROM stage_runs WHERE pipeline = :pipeline AND stage = :stage ORDER BY id DESC LIMIT 1
"""
_PIPELINE = "SELECT owner, team, escalate FROM runs WHERE pipeline = :pipeline ORDER BY id DESC LIMIT 1"
_MODEL = """
SELECT pipeline, stage FROM registrations WHERE model = :model AND stage IS NOT NULL ORDER BY id DESC LIMIT 1
"""
_NEWEST = """
WITH newest AS (SELECT max(id) AS run FROM runs GROUP BY pipeline)
SELECT pipeline, '' AS stage, owner, team, escalate FROM runs JOIN newest ON newest.run = runs.id
UNION ALL
SELECT pipeline, stage, owner, team, escalate FROM stage_runs JOIN newest ON newest.run = stage_runs.run
"""
