"""The ledger's tables of what was kept, archived and deleted, and of holds. The others are in ``tables``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from jupyter_mlpipe.ledger.table_types import Double, Identifier, metadata

retention_actions = Table(
    "retention_actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("plan", Text, nullable=False, comment="digest of the plan that was carried out"),
    Column("until", Double, nullable=False, comment="when it cannot be undone any more"),
    Column("archive", Text, comment="URL of the archive"),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
)

retention_items = Table(
    "retention_items",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="result, notebook, profile, mlflow-run"),
    Column("name", Text, nullable=False),
    Column("verb", Text, nullable=False, comment="archive, delete"),
    Column("rule", Text, nullable=False),
    Column("about", Text, nullable=False, comment="for people: pipeline and stage, or run"),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Index(None, "action", "kind"),
    Index(None, "kind", "name"),
)

retention_events = Table(
    "retention_events",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("action", Text, nullable=False),
    Column("item", BigInteger, comment="null for all of the action"),
    Column("event", Text, nullable=False, comment="applied, undone, restored, purged"),
    Column("user", Text, nullable=False),
    Column("time", Double, nullable=False),
    Index(None, "action"),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
)

hold_ends = Table(
    "hold_ends",
    metadata,
    Column("hold", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
)
