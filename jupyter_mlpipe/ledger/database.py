"""Opening a ledger: which database, which schema version, one way to read and one way to write.

SQLite is reached through the standard library and PostgreSQL through SQLAlchemy (``postgres``). Importing SQLAlchemy
takes longer than all other work of a command that finds nothing to do, so SQLite's path loads it only to create or
migrate a ledger; the schema itself is SQLAlchemy Core (``tables``) and Alembic (``migrations``) for both. Statements
are written in the SQL that both databases understand, with ``:name`` parameters.

Not for what is recorded: each kind of fact has a module of its own.
"""

from __future__ import annotations

import re
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, Self

from jupyter_mlpipe.errors import LedgerUnavailableError, LedgerVersionError

if TYPE_CHECKING:
    from sqlalchemy import Engine

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Alembic's revisions, oldest first. A test holds this to the folder of migrations."""

HEAD = REVISIONS[-1]
"""The schema version that this code reads and writes."""

Row = dict[str, Any]


class Connection(Protocol):
    """One transaction on a ledger.

    Implementers must make ``execute`` see the transaction's own writes, and must return rows as plain dicts.
    """

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """Run a query. A list or tuple parameter stands for ``(…, …)`` after ``IN``."""

    def execute(self, statement: str, **parameters: Any) -> int:
        """Run a statement; return the number of rows that it changed."""

    def insert(self, table: str, facts: Sequence[Mapping[str, Any]], *, ignore: bool = False) -> None:
        """Add rows that all have the same columns; with ``ignore``, rows that are there already stay as they are."""

    def insert_one(self, table: str, fact: Mapping[str, Any]) -> int:
        """Add one row and return the ``id`` that the database gave it."""

    def clock(self) -> float:
        """Seconds since the epoch, from a clock that all processes on this ledger share."""

    def in_order(self, name: str) -> None:
        """Until the transaction ends, keep others that ask for ``name`` waiting, so that ids are committed in order."""


class Database(Protocol):
    """What a ledger needs of a database server or file.

    Implementers must be safe to use from several threads and processes at once, must raise only ``WorkspaceError``
    for faults of the database, and must roll back a transaction whose block raises.
    """

    url: str

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the ledger."""

    def write(self, *, durable: bool) -> AbstractContextManager[Connection]:
        """A transaction that writes; ``durable`` ones outlive a loss of power once committed."""

    def version(self) -> str | None:
        """The schema version, or None where nothing has been created."""

    def create(self) -> bool:
        """Make the newest schema at once where nothing is there; False where that takes the migrations."""

    def engine(self) -> Engine:
        """A SQLAlchemy engine on the same database."""

    def translated(self, error: Exception) -> Exception | None:
        """Return the error that says ``error`` in the user's terms, or None for what is no fault of the database."""

    def close(self) -> None:
        """Close all idle connections."""


class Ledger:
    """A ledger that is open and whose schema is the one this code knows.

    Safe to share between threads; pickles as its URL. Close it, or leave it to the interpreter's end.

    Notes
    -----
    On SQLite a write takes the database's single write lock at once (``BEGIN IMMEDIATE``) and waits up to 30 s for it.
    Commits are ``synchronous=NORMAL``: they outlive any crash of a process, and a loss of power may take the last few
    but never breaks the ledger. A commit that publishes a stage's result is ``durable``: flushed to the disk before it
    returns, which costs milliseconds where the others cost fractions of one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        weakref.finalize(self, database.close)

    @classmethod
    def open(cls, url: str) -> Ledger:
        """Open the ledger at ``url``; create it, or bring its schema up to date, where needed.

        Parameters
        ----------
        url
            ``sqlite:////absolute/path/ledger.db`` or ``postgresql://user@host/database``.

        Raises
        ------
        LedgerVersionError
            A newer version of jupyter_mlpipe wrote this ledger.
        LedgerUnavailableError
            The database cannot be reached, is broken, or is not a ledger.
        ReadOnlyError
            The ledger's file or folder cannot be written.
        """
        database = _database(url)
        try:
            _bring_up_to_date(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def url(self) -> str:
        """The URL it was opened with; may hold a password."""
        return self._database.url

    def read(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that sees one state of the ledger."""
        return self._database.read()

    def write(self, *, durable: bool = False) -> AbstractContextManager[Connection]:
        """Begin a transaction that writes; it is committed when the block ends, and undone when the block raises."""
        return self._database.write(durable=durable)

    def engine(self) -> Engine:
        """Return a SQLAlchemy engine on the same database, for queries over ``tables``. Loads SQLAlchemy."""
        return self._database.engine()

    def close(self) -> None:
        """Close the connections. The ledger may be used again; it then opens new ones."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return Ledger.open, (self.url,)

    def __repr__(self) -> str:
        return f"Ledger({hidden_password(self.url)!r})"


def _database(url: str) -> Database:
    scheme = url.partition(":")[0].partition("+")[0]
    if scheme == "sqlite":
        from jupyter_mlpipe.ledger.sqlite import SqliteDatabase

        return SqliteDatabase(url)
    if scheme in ("postgresql", "postgres"):
        from jupyter_mlpipe.ledger.postgres import PostgresDatabase

        return PostgresDatabase(url)
    raise LedgerUnavailableError(
        f"{hidden_password(url)!r} is not a ledger this version can open",
        hint="give a ledger-url that begins with sqlite:/// or postgresql://",
    )


def _bring_up_to_date(database: Database) -> None:
    version = database.version()
    if version is None and database.create():
        return
    if version == HEAD:
        return
    if version is not None and version not in REVISIONS:
        raise LedgerVersionError(
            f"the ledger at {hidden_password(database.url)} has schema {version}; this version knows up to {HEAD}",
            found=version,
            known=HEAD,
        )
    from sqlalchemy.exc import DBAPIError

    from jupyter_mlpipe.ledger.migrations.upgrade import upgrade

    try:
        upgrade(database.engine())
    except DBAPIError as error:
        raise database.translated(error) or error from error


# -- for both databases -------------------------------------------------------------------------------------------

_PASSWORD = re.compile(r"(?<=:)[^@]+(?=@)|(?<=[?&]password=)[^&]+")


def hidden_password(url: str) -> str:
    """Return ``url`` without the password that it may hold."""
    scheme, separator, rest = url.partition("://")
    return url if scheme == "sqlite" else f"{scheme}{separator}{_PASSWORD.sub('***', rest)}"


def unavailable(what: str, error: BaseException, hint: str | None = None) -> LedgerUnavailableError:
    """Build the error for a database that failed, in one line."""
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    return LedgerUnavailableError(
        f"{what}: {reason}",
        hint="see that the database runs and that ledger-url is right" if hint is None else hint,
        reason=type(error).__name__,
    )


def insertion(table: str, columns: Sequence[str], *, ignore: bool = False) -> str:
    """Return the SQL that adds one row. Names come from this package's code, never from input."""
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(f":{column}" for column in columns)
    tail = " ON CONFLICT DO NOTHING" if ignore else ""
    return f'INSERT INTO "{table}" ({names}) VALUES ({places}){tail}'  # noqa: S608


def expand(statement: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Replace each list parameter by one parameter an item, and make text storable.

    Neither database takes a lone surrogate, and PostgreSQL no NUL either; both become U+FFFD.
    """
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, list | tuple):
            places = ", ".join(f":{name}_{index}" for index in range(len(value))) or "NULL"
            statement = re.sub(rf":{name}\b", f"({places})", statement)
            values.update({f"{name}_{index}": storable(item) for index, item in enumerate(value)})
        else:
            values[name] = storable(value)
    return statement, values


def storable(value: Any) -> Any:
    """Return ``value``, or its text with what no database stores replaced."""
    if isinstance(value, str) and not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, str) and "\0" in value:
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value


def now() -> float:
    """Seconds since the epoch, on this host's clock."""
    return time.time()
