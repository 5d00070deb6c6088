"""Opening ledgers: fresh, current, newer, of something else; and transactions that many processes share."""

from __future__ import annotations

import json
import os
import pickle
import threading
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import LedgerUnavailableError, LedgerVersionError
from jupyter_mlpipe.ledger import Ledger, findings, runs
from tests.postgresql import Server
from tests.unit.ledger.processes_beside import outcome, python


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
