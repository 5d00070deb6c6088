"""Ledgers that are broken, read-only, locked, cut off or on a full disk: said clearly, and left whole."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import LedgerUnavailableError
from jupyter_mlpipe.ledger import Ledger, findings, runs
from jupyter_mlpipe.ledger.database import hidden_password
from tests.unit.ledger.processes_beside import outcome, python


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
