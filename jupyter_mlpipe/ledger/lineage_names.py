"""Finding stage runs by what people call things: an artifact's name, a file's path, a stage, a digest or its beginning.

Every query steps through an index, so that its time does not grow with the history. Not for what the stage runs did
(``stage_lineage``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jupyter_mlpipe.ledger.database import Connection, Ledger
from jupyter_mlpipe.ledger.file_uses import chunks

_DIGITS_END = "g"
"""Comes after every hexadecimal digit."""


def by_artifact(ledger: Ledger, name: str) -> set[int]:
    """Return the stage runs that made or restored an artifact of this name."""
    return _ids(ledger, "SELECT stage_run AS id FROM artifacts WHERE name = :name", name=name)


def by_stage(ledger: Ledger, stage: str) -> set[int]:
    """Return the stage runs of all stages of this name, of any pipeline."""
    found: set[int] = set()
    with ledger.read() as connection:
        for pipeline in _distinct(connection, "runs", "pipeline"):
            rows = connection.rows(_NAMED, pipeline=pipeline, stage=stage)
            found |= {row["id"] for row in rows}
    return found


def by_file(ledger: Ledger, path: str) -> set[int]:
    """Return the stage runs that read or wrote the file."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT DISTINCT files FROM file_uses WHERE path = :path", path=path)
        return _with_files(connection, [row["files"] for row in rows])


def by_file_version(ledger: Ledger, path: str, digest: str, *, written: bool | None = None) -> set[int]:
    """Return the stage runs that read (or with ``written``, only those that wrote) the file with this very content."""
    query = "SELECT files, path, written FROM file_uses WHERE digest = :digest"
    with ledger.read() as connection:
        rows = connection.rows(query, digest=digest)
        files = [row["files"] for row in rows if row["path"] == path and written in (None, bool(row["written"]))]
        return _with_files(connection, files)


def by_digest(ledger: Ledger, digest: str) -> set[int]:
    """Return the stage runs that made, used, read or wrote what has this content."""
    found = _ids(ledger, "SELECT stage_run AS id FROM artifacts WHERE digest = :digest", digest=digest)
    found |= _ids(ledger, "SELECT stage_run AS id FROM inputs WHERE digest = :digest", digest=digest)
    with ledger.read() as connection:
        rows = connection.rows("SELECT DISTINCT files FROM file_uses WHERE digest = :digest", digest=digest)
        return found | _with_files(connection, [row["files"] for row in rows])


def by_content(ledger: Ledger, pipeline: str, name: str, digest: str, before: int) -> int | None:
    """Return the newest stage run of a pipeline before another that made or restored the artifact with this content."""
    query = (
        "SELECT stage_runs.id FROM artifacts JOIN stage_runs ON stage_runs.id = artifacts.stage_run "
        "WHERE artifacts.digest = :digest AND artifacts.name = :name AND stage_runs.pipeline = :pipeline "
        "AND stage_runs.id < :before ORDER BY artifacts.id DESC LIMIT 1"
    )
    with ledger.read() as connection:
        rows = connection.rows(query, pipeline=pipeline, name=name, digest=digest, before=before)
    return int(rows[0]["id"]) if rows else None


def written_paths(ledger: Ledger, paths: Collection[str]) -> set[str]:
    """Return those of the paths that a stage ever wrote."""
    found: set[str] = set()
    query = "SELECT DISTINCT path FROM file_uses WHERE path IN :paths AND written = :written"
    with ledger.read() as connection:
        for some in chunks(paths):
            found |= {row["path"] for row in connection.rows(query, paths=some, written=True)}
    return found


def digests_beginning(ledger: Ledger, prefix: str, limit: int = 10) -> list[str]:
    """Return the digests of artifacts and files that begin so, at most ``limit``."""
    found: set[str] = set()
    with ledger.read() as connection:
        for table in ("artifacts", "file_uses"):
            query = (
                f"SELECT DISTINCT digest FROM {table} WHERE digest >= :first AND digest < :end "  # noqa: S608 - a word of ours
                "ORDER BY digest LIMIT :limit"
            )
            rows = connection.rows(query, first=prefix, end=prefix + _DIGITS_END, limit=limit)
            found |= {row["digest"] for row in rows if row["digest"].startswith(prefix)}
    return sorted(found)[:limit]


def runs_beginning(ledger: Ledger, prefix: str, limit: int = 10) -> list[str]:
    """Return the ids of runs that begin so, at most ``limit``."""
    query = "SELECT id FROM runs WHERE id >= :first AND id < :end ORDER BY id LIMIT :limit"
    with ledger.read() as connection:
        rows = connection.rows(query, first=prefix, end=prefix + "~", limit=limit)
    return [row["id"] for row in rows if row["id"].startswith(prefix)]


def runs_of(ledger: Ledger, ids: Collection[int]) -> list[str]:
    """Return the runs of stage runs, each once, in the order of ``ids``."""
    found: dict[int, str] = {}
    with ledger.read() as connection:
        for some in chunks(ids):
            rows = connection.rows("SELECT id, run FROM stage_runs WHERE id IN :ids", ids=some)
            found |= {row["id"]: row["run"] for row in rows}
    return list(dict.fromkeys(found[identifier] for identifier in ids if identifier in found))


def stage_runs_of_runs(ledger: Ledger, run_ids: Collection[str]) -> set[int]:
    """Return the ids of all stage runs of these runs."""
    found: set[int] = set()
    with ledger.read() as connection:
        for some in chunks(run_ids):
            found |= {row["id"] for row in connection.rows("SELECT id FROM stage_runs WHERE run IN :runs", runs=some)}
    return found


def known_names(ledger: Ledger) -> dict[str, list[str]]:
    """Return all names by kind: ``artifact``, ``file`` and ``stage``; each sorted. For hints, not for lineage."""
    with ledger.read() as connection:
        return {
            "artifact": _distinct(connection, "artifacts", "name"),
            "file": _distinct(connection, "file_uses", "path"),
            "stage": sorted(
                {
                    name
                    for pipeline in _distinct(connection, "runs", "pipeline")
                    for name in _distinct(connection, "stage_runs", "stage", "pipeline = :given", pipeline)
                }
            ),
        }


def _distinct(
    connection: Connection, table: str, column: str, condition: str = ":given = ''", given: str = ""
) -> list[str]:
    """The values of an indexed column, found by stepping from one to the next."""
    least = f"SELECT min({column}) FROM {table} WHERE {condition}"  # noqa: S608 - words of our own
    query = f"""
WITH RECURSIVE names(name) AS (
    {least} UNION ALL SELECT ({least} AND {column} > names.name) FROM names WHERE names.name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL
"""  # noqa: S608 - words of our own
    return [row["name"] for row in connection.rows(query, given=given)]


def _ids(ledger: Ledger, query: str, **values: str) -> set[int]:
    with ledger.read() as connection:
        return {row["id"] for row in connection.rows(query, **values)}


def _with_files(connection: Connection, files: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for some in chunks(files):
        found |= {row["id"] for row in connection.rows("SELECT id FROM stage_runs WHERE files IN :files", files=some)}
    return found


_NAMED = "SELECT id FROM stage_runs WHERE pipeline = :pipeline AND stage = :stage"
