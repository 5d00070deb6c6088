"""Model versions, what became of them, and who approved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOUBLE = sa.Float(53)


def upgrade() -> None:
    """Add the tables of models."""
    op.create_table(
        "registrations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, comment="null where it was refused"),
        sa.Column("run", sa.Text),
        sa.Column("pipeline", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("name", sa.Text, nullable=False, comment="the notebook's name of the value"),
        sa.Column("content", sa.Text, nullable=False, comment="digest of the value"),
        sa.Column("digest", sa.Text, comment="of the files in the registry"),
        sa.Column("flavor", sa.Text),
        sa.Column("safe", sa.Boolean, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON"),
        sa.Column("error", sa.Text, comment="JSON: why it was refused"),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
    )
    op.create_index("ix_registrations_model_version", "registrations", ["model", "version"], unique=True)
    op.create_index("ix_registrations_content", "registrations", ["content"])
    op.create_index("ix_registrations_run", "registrations", ["run"])
    op.create_table(
        "transitions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False, comment="the lifecycle state asked for"),
        sa.Column("before", sa.Integer, comment="the version that the alias named"),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False, comment="JSON"),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transitions"),
    )
    op.create_index("ix_transitions_model_id", "transitions", ["model", "id"])
    op.create_table(
        "transition_ends",
        sa.Column(
            "transition", _ID, sa.ForeignKey("transitions.id", name="fk_transition_ends_transition"), nullable=False
        ),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("transition", name="pk_transition_ends"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, comment="of the files that were approved"),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_model_version", "approvals", ["model", "version"])
    op.create_table(
        "alias_sightings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, comment="null where the alias was gone"),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alias_sightings"),
    )
    op.create_index("ix_alias_sightings_model_alias_id", "alias_sightings", ["model", "alias", "id"])
