"""A ledger in one SQLite file, through the standard library.

WAL, so that readers and the one writer do not wait for each other; ``BEGIN IMMEDIATE``, because a deferred transaction
that wants to write later fails at once when another wrote in between; a busy timeout, so that writers queue.

Not for network file systems: WAL needs memory shared between processes of one host. Use PostgreSQL across hosts.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import LedgerUnavailableError, ReadOnlyError
from jupyter_mlpipe.ledger.database import HEAD, Row, expand, insertion, now, storable, unavailable

if TYPE_CHECKING:
    from sqlalchemy import Engine

NEWEST_SCHEMA = Path(__file__).with_name("migrations") / "newest_schema.sql"
"""What all migrations make of an empty file; ``migrations.newest_schema`` writes it."""
BUSY_SECONDS = 30.0
"""How long a transaction waits for another's write lock."""

_inherited: list[sqlite3.Connection] = []
"""Connections of the process we were forked from: using or closing one here could corrupt the file."""


class SqliteDatabase:
    """An SQLite file; keeps idle connections for reuse, each used by one transaction at a time."""

    def __init__(self, url: str) -> None:
        path = url.partition("://")[2].removeprefix("/")
        if not path or path == ":memory:" or not url.startswith("sqlite:///"):
            raise LedgerUnavailableError(
                f"the ledger's URL {url!r} names no file", hint="give ledger-url as sqlite:////absolute/path/ledger.db"
            )
        self.url = url
        self.path = Path(path).absolute()
        self._idle: list[sqlite3.Connection] = []
        self._owner = os.getpid()
        self._lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[SqliteConnection]:
        """Begin a transaction that sees one state of the file."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool) -> Iterator[SqliteConnection]:
        """Begin a transaction that holds the write lock from its start."""
        with self._transaction("BEGIN IMMEDIATE", durable=durable) as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, *, durable: bool = False) -> Iterator[SqliteConnection]:
        with self._faults():
            raw = self._take()
        try:
            with self._faults():
                raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                raw.execute(begin)
                yield SqliteConnection(raw)
                raw.execute("COMMIT")
        except BaseException:
            # A connection that failed is not used again: closing it undoes its transaction, whatever state it is in.
            raw.close()
            raise
        self._give_back(raw)

    def version(self) -> str | None:
        """Read the schema version without creating the file."""
        if not self.path.exists():
            return None
        with self.read() as connection:
            try:
                rows = connection.rows("SELECT version_num FROM alembic_version")
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
                if connection.rows("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1"):
                    raise LedgerUnavailableError(
                        f"{self.path} is a database, but not a ledger", hint="point ledger-url at another file"
                    ) from error
                return None
        return str(rows[0]["version_num"]) if rows else None

    def create(self) -> bool:
        """Make the newest schema in a file that holds nothing, without Alembic: it takes a second to load."""
        with self._faults():
            self._make_folder()
            self._switch_to_wal()
        with self.write(durable=True) as connection:
            if not connection.rows("SELECT name FROM sqlite_master LIMIT 1"):
                for statement in filter(None, NEWEST_SCHEMA.read_text(encoding="utf-8").split(";\n")):
                    connection.execute(statement)
        return self.version() == HEAD

    def engine(self) -> Engine:
        """Return an engine; with the execution option ``immediate`` its transactions begin with the write lock."""
        from sqlalchemy import Connection, NullPool, create_engine, event
        from sqlalchemy.engine import URL

        with self._faults():
            self._make_folder()
            self._switch_to_wal()
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            poolclass=NullPool,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
        )

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            immediate = connection.get_execution_options().get("immediate", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

        return engine

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._owner == os.getpid():
            for raw in idle:
                raw.close()
        else:
            _inherited.extend(idle)

    def _take(self) -> sqlite3.Connection:
        if self._owner != os.getpid():
            _inherited.extend(self._idle)
            self._idle, self._owner, self._lock = [], os.getpid(), threading.Lock()
        with self._lock:
            if self._idle:
                return self._idle.pop()
        self._make_folder()
        raw = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA foreign_keys=ON")
        return raw

    def _give_back(self, raw: sqlite3.Connection) -> None:
        with self._lock:
            if self._owner == os.getpid() and len(self._idle) < 4:
                self._idle.append(raw)
                return
        raw.close()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._read_only(error) from error

    def _switch_to_wal(self) -> None:
        """Make the file WAL. SQLite does not wait for the lock this needs, so that several openers must take turns."""
        raw = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        deadline = time.monotonic() + BUSY_SECONDS
        try:
            while True:
                try:
                    raw.execute("PRAGMA journal_mode=WAL").fetchone()
                except sqlite3.OperationalError as error:
                    if not _is(error, "SQLITE_BUSY", "SQLITE_LOCKED") or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
                else:
                    return
        finally:
            raw.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            translated = self.translated(error)
            if translated is None:
                raise
            raise translated from error

    def translated(self, error: Exception) -> Exception | None:
        """Say in the user's terms what SQLite reports in its own."""
        error = getattr(error, "orig", None) or error
        if _is(error, "SQLITE_READONLY", "SQLITE_PERM") or (
            _is(error, "SQLITE_CANTOPEN") and not os.access(self.path.parent, os.W_OK)
        ):
            return self._read_only(error)
        if _is(error, "SQLITE_BUSY", "SQLITE_LOCKED"):
            what = f"another process has held the ledger {self.path} for {BUSY_SECONDS:.0f} s"
            return unavailable(what, error, "end that process, or try again")
        if _is(error, "SQLITE_FULL"):
            what = f"the disk that holds the ledger {self.path} is full"
            return unavailable(what, error, "free some space and run again; nothing was half-written")
        if _is(error, "SQLITE_NOTADB", "SQLITE_CORRUPT"):
            what = f"the ledger {self.path} is not readable as a database"
            hint = "move the file away: the store keeps the results, and a new ledger begins without history"
            return unavailable(what, error, hint)
        if _is(error, "SQLITE_IOERR", "SQLITE_CANTOPEN"):
            what = f"the ledger {self.path} cannot be read or written"
            return unavailable(what, error, "see to the disk and the file's permissions")
        return None

    def _read_only(self, error: Exception) -> ReadOnlyError:
        return ReadOnlyError(
            f"the ledger {self.path} cannot be written: {error}",
            hint="make the folder writable, or point MLPIPE_LEDGER_URL at a ledger elsewhere",
            path=str(self.path),
        )


class SqliteConnection:
    """One transaction on an SQLite file."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """Run a query."""
        cursor = self._raw.execute(*expand(statement, parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def execute(self, statement: str, **parameters: Any) -> int:
        """Run a statement; return the number of rows that it changed."""
        return self._raw.execute(*expand(statement, parameters)).rowcount

    def insert(self, table: str, facts: Sequence[Mapping[str, Any]], *, ignore: bool = False) -> None:
        """Add rows that all have the same columns."""
        if facts:
            rows = ({name: storable(value) for name, value in fact.items()} for fact in facts)
            self._raw.executemany(insertion(table, list(facts[0]), ignore=ignore), rows)

    def insert_one(self, table: str, fact: Mapping[str, Any]) -> int:
        """Add one row and return its ``id``."""
        values = {name: storable(value) for name, value in fact.items()}
        return int(self._raw.execute(insertion(table, list(fact)), values).lastrowid or 0)

    def clock(self) -> float:
        """Return the host's clock: all processes on an SQLite ledger share the host."""
        return now()

    def in_order(self, name: str) -> None:
        """Do nothing: SQLite has one writer at a time."""


def _is(error: Exception, *names: str) -> bool:
    code = getattr(error, "sqlite_errorname", None) or ""
    return any(code == name or code.startswith(f"{name}_") for name in names)
