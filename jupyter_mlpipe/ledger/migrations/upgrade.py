"""Brings a ledger's schema to the newest version, safely beside others that try the same.

Not for deciding whether that is needed: ``database`` reads the version by plain SQL, without loading Alembic.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text


def alembic_config() -> Config:
    """Alembic's configuration, without a file: the scripts stand beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run all migrations up to ``revision`` in one transaction.

    The transaction takes a lock at its start (on SQLite the write lock, on PostgreSQL an advisory one), so a second
    process waits, and then finds nothing left to do.
    """
    config = alembic_config()
    with engine.execution_options(immediate=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('mlpipe:schema'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
