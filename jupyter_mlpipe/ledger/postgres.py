"""A ledger in a PostgreSQL database, through SQLAlchemy and psycopg.

For ledgers that several hosts share. Every transaction is READ COMMITTED: each statement of ours that decides something
(a lease, a first verdict) decides it in one atomic statement, so nothing stronger is needed.

Not for SQLite, which has a lighter way in (``sqlite``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError, ProgrammingError

from jupyter_mlpipe.errors import LedgerUnavailableError
from jupyter_mlpipe.ledger.database import Row, expand, hidden_password, insertion, storable, unavailable

CONNECT_SECONDS = 10
"""How long to wait for the server to answer at all."""


class PostgresDatabase:
    """A PostgreSQL database with a small pool of connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._shown = hidden_password(url)
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgres", "postgresql"):
                parsed = parsed.set(drivername="postgresql+psycopg")
            options: dict[str, Any] = {}
            if parsed.drivername.endswith("psycopg") and "connect_timeout" not in parsed.query:
                options["connect_timeout"] = CONNECT_SECONDS
            self._engine = create_engine(
                parsed, pool_size=2, max_overflow=8, pool_pre_ping=True, connect_args=options, hide_parameters=True
            )
        except (ArgumentError, NoSuchModuleError, ValueError) as error:
            raise unavailable(f"the ledger's URL {self._shown} is not understood", error) from error
        except ImportError as error:
            raise unavailable(
                "the ledger is in PostgreSQL, and its driver is not installed",
                error,
                "run `pip install 'jupyter-mlpipe[postgres]'`",
            ) from error
        self._owner = os.getpid()

    @contextmanager
    def read(self) -> Iterator[PostgresConnection]:
        """Begin a transaction that sees one state of the database."""
        with self._transaction() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield PostgresConnection(connection)

    @contextmanager
    def write(self, *, durable: bool) -> Iterator[PostgresConnection]:
        """Begin a transaction that writes; one that is not ``durable`` does not wait for the server's disk."""
        with self._transaction() as connection:
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield PostgresConnection(connection)

    @contextmanager
    def _transaction(self) -> Iterator[SqlConnection]:
        try:
            with self.engine().begin() as connection:
                yield connection
        except DBAPIError as error:
            translated = self.translated(error)
            if translated is None:
                raise
            raise translated from error

    def translated(self, error: Exception) -> Exception | None:
        """Say in the user's terms what the server or the driver reports."""
        cause = getattr(error, "orig", None) or error
        if isinstance(error, IntegrityError | ProgrammingError | DataError):
            if "permission denied" not in str(cause):
                return None
            return unavailable(f"the ledger {self._shown} refuses", cause, "grant its user the right to write")
        return unavailable(f"the ledger {self._shown} cannot be used", cause)

    def version(self) -> str | None:
        """Read the schema version."""
        with self._transaction() as connection:
            # A query on a missing table would end the transaction, so ask for the table first.
            if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None:
                if inspect(connection).has_table("runs"):
                    raise LedgerUnavailableError(
                        f"{self._shown} holds tables, but not a ledger", hint="point ledger-url at another database"
                    )
                return None
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if found is None else str(found)

    def create(self) -> bool:
        """Leave it to the migrations: SQLAlchemy is loaded here anyway."""
        return False

    def engine(self) -> Engine:
        """Return the engine; a forked process gets connections of its own."""
        if self._owner != os.getpid():
            self._engine.dispose(close=False)
            self._owner = os.getpid()
        return self._engine

    def close(self) -> None:
        """Close the idle connections."""
        self._engine.dispose(close=self._owner == os.getpid())


class PostgresConnection:
    """One transaction on a PostgreSQL database."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """Run a query."""
        sql, values = expand(statement, parameters)
        return [dict(row) for row in self._connection.execute(text(sql), values).mappings()]

    def execute(self, statement: str, **parameters: Any) -> int:
        """Run a statement; return the number of rows that it changed."""
        sql, values = expand(statement, parameters)
        return self._connection.execute(text(sql), values).rowcount

    def insert(self, table: str, facts: Sequence[Mapping[str, Any]], *, ignore: bool = False) -> None:
        """Add rows that all have the same columns."""
        if facts:
            rows = [{name: storable(value) for name, value in fact.items()} for fact in facts]
            self._connection.execute(text(insertion(table, list(facts[0]), ignore=ignore)), rows)

    def insert_one(self, table: str, fact: Mapping[str, Any]) -> int:
        """Add one row and return its ``id``."""
        values = {name: storable(value) for name, value in fact.items()}
        statement = text(insertion(table, list(fact)) + " RETURNING id")
        return int(self._connection.execute(statement, values).scalar_one())

    def clock(self) -> float:
        """Return the server's clock, the one that all hosts share."""
        return float(self._connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())

    def in_order(self, name: str) -> None:
        """Hold an advisory lock until the transaction ends."""
        self._connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"mlpipe:{name}"})
