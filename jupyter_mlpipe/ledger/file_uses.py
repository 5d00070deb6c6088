"""Facts about files: which of the project's files a stage run read and wrote, each with the digest it had.

All files of a stage run are one set, known by its digest: it is written down once, however often a stage is restored.
Not for the files' bytes (``store``), nor for finding out what was read (``execution``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import TypeVar

from blake3 import blake3

from jupyter_mlpipe.ledger.columns import to_json
from jupyter_mlpipe.ledger.database import Connection, Ledger

T = TypeVar("T", str, int)

_MANY = 500
"""How many values one query asks for; SQLite bounds the parameters of a statement."""


@dataclass(frozen=True, order=True)
class FileUse:
    """A file as a stage run read it, or left it."""

    path: str
    """Relative to the workspace, with ``/``."""
    digest: str
    written: bool = False
    bytes: int | None = None


def add_files(connection: Connection, uses: Iterable[FileUse]) -> str | None:
    """Add a stage run's files, within the transaction that records it; return their digest, None where there are none.

    Files that are on record already are not written again.
    """
    ordered = sorted(set(uses))
    if not ordered:
        return None
    files = blake3(to_json([astuple(use) for use in ordered]).encode()).hexdigest()
    if not connection.rows("SELECT 1 FROM file_uses WHERE files = :files LIMIT 1", files=files):
        connection.insert("file_uses", [{"files": files, **asdict(use)} for use in ordered], ignore=True)
    return files


def file_uses(ledger: Ledger, files: Collection[str]) -> dict[str, list[FileUse]]:
    """Return the files of stage runs, by their digest (``StageRun.files``)."""
    query = "SELECT files, path, digest, written, bytes FROM file_uses WHERE files IN :files ORDER BY files, path"
    found: dict[str, list[FileUse]] = {}
    with ledger.read() as connection:
        for some in chunks(files):
            for row in connection.rows(query, files=some):
                use = FileUse(row["path"], row["digest"], bool(row["written"]), row["bytes"])
                found.setdefault(row["files"], []).append(use)
    return found


def chunks(values: Iterable[T], size: int = _MANY) -> Iterable[Sequence[T]]:
    """Split values into lists that one query may ask for; each value once."""
    wanted = list(dict.fromkeys(values))
    return (wanted[start : start + size] for start in range(0, len(wanted), size))
