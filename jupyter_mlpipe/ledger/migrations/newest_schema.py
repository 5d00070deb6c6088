"""Writes down the schema that all migrations make of an empty SQLite file: ``python -m`` this module, after a new one.

New ledgers are made from that file (``sqlite``). Not for ledgers that exist: those are migrated (``upgrade``).
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from jupyter_mlpipe.ledger.migrations.upgrade import upgrade
from jupyter_mlpipe.ledger.sqlite import NEWEST_SCHEMA, SqliteDatabase


def newest_schema() -> str:
    """The SQL statements, one after another."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        database = SqliteDatabase(f"sqlite:///{path}")
        upgrade(database.engine())
        with closing(sqlite3.connect(path)) as raw:
            # What SQLite makes by itself, such as the indexes of UNIQUE, has no statement.
            found = raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
            statements = [re.sub(r"\s+\n", "\n", sql) for (sql,) in found]
            ((version,),) = raw.execute("SELECT version_num FROM alembic_version")
    statements.append(f"INSERT INTO alembic_version VALUES ('{version}')")  # noqa: S608 - a name of our own
    return ";\n".join(statements) + ";\n"


if __name__ == "__main__":
    NEWEST_SCHEMA.write_text(newest_schema(), encoding="utf-8")
