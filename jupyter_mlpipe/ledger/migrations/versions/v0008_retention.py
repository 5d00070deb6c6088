"""What was archived and deleted, and holds that keep things."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOUBLE = sa.Float(53)


def upgrade() -> None:
    """Add the tables of retention."""
    op.create_table(
        "retention_actions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False, comment="digest of the plan that was carried out"),
        sa.Column("until", _DOUBLE, nullable=False, comment="when it cannot be undone any more"),
        sa.Column("archive", sa.Text, comment="URL of the archive"),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "retention_items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="result, notebook, profile, mlflow-run"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False, comment="archive, delete"),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False, comment="for people: pipeline and stage, or run"),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_retention_items_action_kind", "retention_items", ["action", "kind"])
    op.create_index("ix_retention_items_kind_name", "retention_items", ["kind", "name"])
    op.create_table(
        "retention_events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("item", sa.BigInteger, comment="null for all of the action"),
        sa.Column("event", sa.Text, nullable=False, comment="applied, undone, restored, purged"),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_retention_events_action", "retention_events", ["action"])
    op.create_table(
        "holds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hold_ends",
        sa.Column("hold", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("hold"),
    )
