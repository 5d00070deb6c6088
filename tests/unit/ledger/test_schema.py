"""The schema of a ledger: what migrations make, what new files get, and what opening one loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.database import HEAD, REVISIONS
from jupyter_mlpipe.ledger.migrations.newest_schema import newest_schema
from jupyter_mlpipe.ledger.migrations.upgrade import alembic_config, upgrade
from jupyter_mlpipe.ledger.sqlite import NEWEST_SCHEMA, SqliteDatabase
from jupyter_mlpipe.ledger.tables import metadata
from tests.unit.ledger.processes_beside import outcome, python


@pytest.mark.parametrize("new", [True, False], ids=["new", "current"])
def test_opening_an_sqlite_ledger_loads_neither_alembic_nor_sqlalchemy(
    tmp_path: Path, sqlite_template: Path, new: bool
) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger, events, findings, gates, leases, lineage, outbox, runs, stages
with Ledger.open(sys.argv[1]) as ledger:
    assert runs.runs(ledger) == []
print([name for name in ("alembic", "sqlalchemy", "asyncio", "psycopg") if name in sys.modules])
"""
    path = tmp_path / "ledger.db" if new else sqlite_template
    assert outcome(python(code, f"sqlite:///{path}")) == "[]"


def test_the_migrations_make_the_tables(ledger: Ledger) -> None:
    engine = ledger.engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_newest_schema_is_what_all_migrations_make(tmp_path: Path) -> None:
    assert NEWEST_SCHEMA.read_text(encoding="utf-8") == newest_schema(), f"run `python -m {newest_schema.__module__}`"
    made, migrated = (SqliteDatabase(f"sqlite:///{tmp_path / name}") for name in ("made.db", "migrated.db"))
    assert made.create()
    upgrade(migrated.engine())
    facts = []
    for database in (made, migrated):
        with database.read() as connection:
            schema = connection.rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")
            for row in schema:
                row["sql"] = " ".join((row["sql"] or "").split())
            mode = connection.rows("PRAGMA journal_mode")
            facts.append((schema, mode, connection.rows("SELECT * FROM alembic_version")))
        database.close()
    assert facts[0] == facts[1]


def test_the_known_revisions_are_those_of_the_folder() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert tuple(reversed([found.revision for found in script.walk_revisions()])) == REVISIONS
    assert script.get_current_head() == HEAD
