"""The schema of a ledger: what migrations make, what new files get, and what opening one loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_mlpipe.ledger import Ledger, requests, runs
from jupyter_mlpipe.ledger.database import HEAD, REVISIONS, _database
from jupyter_mlpipe.ledger.migrations.newest_schema import newest_schema
from jupyter_mlpipe.ledger.migrations.upgrade import alembic_config, upgrade
from jupyter_mlpipe.ledger.sqlite import NEWEST_SCHEMA, SqliteDatabase
from jupyter_mlpipe.ledger.tables import metadata
from tests.unit.ledger.processes_beside import outcome, python

FIRST_RUN = {
    "id": "old", "pipeline": "flights", "notebook": "n.ipynb", "notebook_digest": "d", "parameters": "{}",
    "options": "{}", "started": 1.0, "user": "u", "host": "h", "pid": 1, "versions": "{}",
}  # fmt: skip
"""A row of the first version's table of runs."""


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


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_ledger_of_an_earlier_version_is_brought_up_to_date_with_what_it_holds(
    fresh_ledger_url: str, revision: str
) -> None:
    database = _database(fresh_ledger_url)
    upgrade(database.engine(), revision)
    old = Ledger(database)
    with old.write() as connection:
        connection.insert("runs", [{**FIRST_RUN}])
    old.close()
    with Ledger.open(fresh_ledger_url) as ledger:
        assert runs.run(ledger, "old").pipeline == "flights"
        assert requests.ask_to_cancel(ledger, "old")
        assert runs.finish_run(ledger, "old", "cancelled").status == "cancelled"


def test_a_ledger_is_upgraded_by_one_of_many_that_open_it(fresh_ledger_url: str) -> None:
    database = _database(fresh_ledger_url)
    upgrade(database.engine(), REVISIONS[0])
    database.close()
    code = "import sys\nfrom jupyter_mlpipe.ledger import Ledger, runs\nprint(runs.runs(Ledger.open(sys.argv[1])))"
    assert [outcome(process) for process in [python(code, fresh_ledger_url) for _ in range(3)]] == ["[]"] * 3


def test_the_known_revisions_are_those_of_the_folder() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert tuple(reversed([found.revision for found in script.walk_revisions()])) == REVISIONS
    assert script.get_current_head() == HEAD
