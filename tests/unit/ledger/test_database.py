"""Opening ledgers: fresh, current, newer, broken, read-only; and transactions that many processes share."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_mlpipe.errors import LedgerUnavailableError, LedgerVersionError
from jupyter_mlpipe.ledger import Ledger, findings, runs
from jupyter_mlpipe.ledger.database import HEAD, REVISIONS, hidden_password
from jupyter_mlpipe.ledger.migrations.newest_schema import newest_schema
from jupyter_mlpipe.ledger.migrations.upgrade import alembic_config, upgrade
from jupyter_mlpipe.ledger.sqlite import NEWEST_SCHEMA, SqliteDatabase
from jupyter_mlpipe.ledger.tables import metadata
from tests.postgresql import Server

ROOT = Path(__file__).parents[3]


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def outcome(process: subprocess.Popen[str]) -> str:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out.strip()


def test_a_fresh_ledger_is_created_and_opens_again(fresh_ledger_url: str) -> None:
    with Ledger.open(fresh_ledger_url) as ledger:
        assert runs.runs(ledger) == []
        runs.start_run(ledger, pipeline="p", notebook="n.ipynb", notebook_digest="d")
    with Ledger.open(fresh_ledger_url) as ledger:
        assert len(runs.runs(ledger)) == 1


def test_processes_that_open_a_fresh_ledger_at_once_all_succeed(fresh_ledger_url: str) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger, runs
with Ledger.open(sys.argv[1]) as ledger:
    print(runs.start_run(ledger, pipeline="p", notebook="n", notebook_digest="d").id)
"""
    ids = {outcome(process) for process in [python(code, fresh_ledger_url) for _ in range(4)]}
    with Ledger.open(fresh_ledger_url) as ledger:
        assert {run.id for run in runs.runs(ledger)} == ids
    assert len(ids) == 4


def test_opening_a_current_sqlite_ledger_loads_neither_alembic_nor_sqlalchemy(sqlite_template: Path) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger, events, findings, gates, leases, lineage, outbox, runs, stages
with Ledger.open(sys.argv[1]) as ledger:
    assert runs.runs(ledger) == []
print([name for name in ("alembic", "sqlalchemy", "asyncio", "psycopg") if name in sys.modules])
"""
    assert outcome(python(code, f"sqlite:///{sqlite_template}")) == "[]"


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


def test_a_new_ledger_needs_no_sqlalchemy(tmp_path: Path) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger, runs
with Ledger.open(sys.argv[1]) as ledger:
    assert runs.runs(ledger) == []
print([name for name in ("alembic", "sqlalchemy", "asyncio", "psycopg") if name in sys.modules])
"""
    assert outcome(python(code, f"sqlite:///{tmp_path / 'ledger.db'}")) == "[]"


def test_the_known_revisions_are_those_of_the_folder() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert tuple(reversed([found.revision for found in script.walk_revisions()])) == REVISIONS
    assert script.get_current_head() == HEAD


def test_a_newer_ledger_is_refused_and_left_as_it_is(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger, ledger.write() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerVersionError) as caught:
        Ledger.open(ledger_url)
    assert caught.value.code == "MP403"
    assert "9999" in caught.value.message
    assert caught.value.hint


def test_a_database_of_something_else_is_refused_and_left_as_it_is(fresh_ledger_url: str) -> None:
    from sqlalchemy import create_engine

    if fresh_ledger_url.startswith("sqlite"):
        Path(fresh_ledger_url.removeprefix("sqlite:///")).parent.mkdir()
    engine = create_engine(fresh_ledger_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (mine integer)")
    with pytest.raises(LedgerUnavailableError, match="not a ledger"):
        Ledger.open(fresh_ledger_url)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT mine FROM runs").all() == []
    engine.dispose()


def test_a_transaction_whose_block_raises_leaves_nothing(ledger: Ledger) -> None:
    fact = {"code_digest": "c", "finding": "{}", "time": 0.0}
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        connection.insert("findings", [fact, fact | {"finding": str(1 // 0)}])
    assert findings.recall(ledger, ["c"]) == {}
    findings.remember(ledger, "c", {"a": 1})
    assert findings.recall(ledger, ["c"]) == {"c": [{"a": 1}]}


def test_text_that_no_database_stores_is_made_storable(ledger: Ledger) -> None:
    hostile = "a\0b\ud800c é 𝄞 '; DROP TABLE runs; --"
    run = runs.start_run(ledger, pipeline=hostile, notebook=":name", notebook_digest="d", parameters={"x": hostile})
    found = runs.run(ledger, run.id)
    assert found.pipeline == "a\ufffdb?c é 𝄞 '; DROP TABLE runs; --"
    assert found.notebook == ":name"
    assert found.parameters == {"x": hostile}


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    def work(number: int) -> None:
        for index in range(20):
            findings.remember(ledger, f"c{number}", {"index": index})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {len(found) for found in findings.recall(ledger, [f"c{number}" for number in range(6)]).values()} == {20}


def test_a_forked_process_gets_connections_of_its_own(ledger: Ledger) -> None:
    run = runs.start_run(ledger, pipeline="p", notebook="n", notebook_digest="d")
    child = os.fork()
    if child == 0:
        try:
            findings.remember(ledger, "child", {"a": 1})
            ledger.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert findings.recall(ledger, ["child"])
    assert runs.run(ledger, run.id).id == run.id


def test_a_ledger_pickles_as_its_url(ledger: Ledger) -> None:
    findings.remember(ledger, "c", {"a": 1})
    with pickle.loads(pickle.dumps(ledger)) as other:
        assert findings.recall(other, ["c"]) == {"c": [{"a": 1}]}


def test_read_modify_write_from_many_processes_loses_nothing(ledger_url: str) -> None:
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger
with Ledger.open(sys.argv[1]) as ledger:
    for _ in range(50):
        with ledger.write() as connection:
            connection.in_order("count")
            seen = connection.rows("SELECT failures FROM outbox WHERE id = 1")[0]["failures"]
            connection.execute("UPDATE outbox SET failures = :n WHERE id = 1", n=seen + 1)
"""
    from jupyter_mlpipe.ledger import outbox

    with Ledger.open(ledger_url) as ledger:
        assert outbox.put(ledger, "count", {}) == 1
        for process in [python(code, ledger_url) for _ in range(4)]:
            outcome(process)
        assert outbox.pending(ledger)[0].failures == 200


def test_sqlalchemy_reads_what_was_recorded(ledger: Ledger) -> None:
    from sqlalchemy import select

    from jupyter_mlpipe.ledger import tables

    run = runs.start_run(ledger, pipeline="p", notebook="n", notebook_digest="d", parameters={"alpha": 0.1})
    engine = ledger.engine()
    with engine.connect() as connection:
        found = connection.execute(select(tables.runs.c.id, tables.runs.c.parameters)).one()
    engine.dispose()
    assert (found.id, json.loads(found.parameters)) == (run.id, {"alpha": 0.1})


def test_sqlite_is_in_wal_mode_and_flushes_only_what_is_published(sqlite_template: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_template}") as ledger:
        with ledger.read() as connection:
            assert connection.rows("PRAGMA journal_mode")[0]["journal_mode"] == "wal"
        for durable, level in ((True, 2), (False, 1)):
            with ledger.write(durable=durable) as connection:
                assert connection.rows("PRAGMA synchronous")[0]["synchronous"] == level


def test_a_reader_and_sqlalchemy_do_not_wait_for_the_writer(ledger: Ledger) -> None:
    engine = ledger.engine()
    with ledger.write() as writer:
        writer.insert("findings", [{"code_digest": "c", "finding": "{}", "time": 0.0}])
        assert findings.recall(ledger, ["c"]) == {}
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM findings").scalar() == 0
    engine.dispose()
    assert findings.recall(ledger, ["c"]) == {"c": [{}]}


@pytest.mark.postgres
def test_connections_that_the_server_cut_are_replaced(postgres_server: Server, postgres_url: str) -> None:
    with Ledger.open(postgres_url) as ledger:
        name = postgres_url.rpartition("/")[2]
        postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        findings.remember(ledger, "c", {"a": 1})
        assert findings.recall(ledger, ["c"]) == {"c": [{"a": 1}]}


# -- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be read as one" * 40, b"SQLite format 3\0" * 400]
)
def test_a_broken_file_is_reported_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(LedgerUnavailableError) as caught:
        Ledger.open(f"sqlite:///{path}")
    assert caught.value.code == "MP402"
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_truncated_ledger_is_reported(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(sqlite_template.read_bytes()[:9000])
    with pytest.raises(LedgerUnavailableError, match=str(path)), Ledger.open(f"sqlite:///{path}") as ledger:
        runs.runs(ledger)


def test_a_folder_in_the_ledgers_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerUnavailableError, match="cannot be read or written"):
        Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.mark.parametrize(
    "url", ["mysql://host/x", "ledger.db", "", "sqlite://", "sqlite:///:memory:", "sqlite://host/x"]
)
def test_a_url_that_is_no_ledger_is_reported(url: str) -> None:
    with pytest.raises(LedgerUnavailableError) as caught:
        Ledger.open(url)
    assert caught.value.hint


def test_a_server_that_does_not_answer_is_reported_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(LedgerUnavailableError) as caught:
        Ledger.open("postgresql://someone:secret@127.0.0.1:1/ledger")
    assert "secret" not in str(caught.value.to_json())
    assert "someone:***@127.0.0.1" in caught.value.message


def test_passwords_are_hidden() -> None:
    assert hidden_password("postgresql://a:b%40c@h:1/d") == "postgresql://a:***@h:1/d"
    assert hidden_password("postgresql://h/d?user=u&password=b") == "postgresql://h/d?user=u&password=***"
    assert hidden_password("sqlite:////a:b@c/d") == "sqlite:////a:b@c/d"


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root can become another user")
def test_a_read_only_folder_is_reported(sqlite_template: Path) -> None:
    code = """
import os, sys
from jupyter_mlpipe.errors import ReadOnlyError
from jupyter_mlpipe.ledger import Ledger, findings
Ledger.open(sys.argv[1]).close()
os.setuid(65534)
for url in sys.argv[2:]:
    try:
        with Ledger.open(url) as ledger:
            findings.remember(ledger, "c", {})
    except ReadOnlyError as error:
        print(error.code, bool(error.hint))
"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(sqlite_template, folder / "ledger.db")
        # The first is created by root, so that all modules are loaded before the rights go.
        urls = [f"sqlite:///{folder / name}/ledger.db" for name in ("made", ".", "none")]
        assert outcome(python(code, *urls)) == "MP405 True\nMP405 True"
        assert sorted(path.name for path in folder.iterdir()) == ["ledger.db", "made"]


def test_a_full_disk_is_reported_and_leaves_the_ledger_whole(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copy(sqlite_template, path)
    with Ledger.open(f"sqlite:///{path}") as ledger:
        findings.remember(ledger, "before", {"a": 1})
        with ledger.read() as connection:
            pages = connection.rows("PRAGMA page_count")[0]["page_count"]
            # SQLite's own way to a disk that has no more pages to give; it holds for this one connection.
            connection.rows(f"PRAGMA max_page_count={pages}")
        with pytest.raises(LedgerUnavailableError, match="full"):
            findings.remember(ledger, "big", {"a": "x" * 100_000})
        assert findings.recall(ledger, ["before", "big"]) == {"before": [{"a": 1}]}
        findings.remember(ledger, "after", {"a": 1})
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def test_a_file_size_limit_is_reported(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copy(sqlite_template, path)
    code = """
import resource, signal, sys
from jupyter_mlpipe.errors import LedgerUnavailableError
from jupyter_mlpipe.ledger import Ledger, findings
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Ledger.open(sys.argv[1]) as ledger:
    findings.remember(ledger, "before", {"a": 1})
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        findings.remember(ledger, "big", {"a": "x" * 1_000_000})
    except LedgerUnavailableError as error:
        print(error.code)
    print(findings.recall(ledger, ["before", "big"]))
"""
    assert outcome(python(code, f"sqlite:///{path}")) == "MP402\n{'before': [{'a': 1}]}"


def test_a_write_lock_that_is_never_given_back_is_reported(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlpipe.ledger.sqlite.BUSY_SECONDS", 0.2)
    path = tmp_path / "ledger.db"
    shutil.copy(sqlite_template, path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with Ledger.open(f"sqlite:///{path}") as ledger:
        assert runs.runs(ledger) == []
        with pytest.raises(LedgerUnavailableError, match="another process has held"):
            findings.remember(ledger, "c", {})
    blocker.close()


@pytest.mark.slow
def test_what_was_acknowledged_outlives_killed_writers(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copy(sqlite_template, path)
    code = """
import sys
from jupyter_mlpipe.ledger import Ledger, findings
ledger = Ledger.open(sys.argv[1])
for index in range(10**9):
    findings.remember(ledger, sys.argv[2], {"index": index})
    print(index, flush=True)
"""
    acknowledged: dict[str, int] = {}
    for number in range(10):
        name = f"writer-{number}"
        process = python(code, f"sqlite:///{path}", name)
        assert process.stdout is not None
        for _ in range(20 + 13 * number):
            process.stdout.readline()
        process.kill()
        rest = process.communicate(timeout=30)[0]
        lines = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged[name] = int(lines[-1]) if lines else 19 + 13 * number
    with Ledger.open(f"sqlite:///{path}") as ledger:
        found = findings.recall(ledger, acknowledged)
        for name, last in acknowledged.items():
            assert {item["index"] for item in found[name]} >= set(range(last + 1))
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
