"""Profiles of data, drift reports, and how models perform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOUBLE = sa.Float(53)


def upgrade() -> None:
    """Add the tables of monitoring."""
    op.create_table(
        "profiles",
        sa.Column("id", _ID, nullable=False),
        sa.Column("blob", sa.Text, nullable=False, comment="digest of its bytes in the store"),
        sa.Column("content", sa.Text, nullable=False, comment="digest of what was profiled"),
        sa.Column("config", sa.Text, nullable=False, comment="JSON: how it was profiled"),
        sa.Column("role", sa.Text, nullable=False, comment="input, output, reference, window"),
        sa.Column("name", sa.Text, nullable=False, comment="the notebook's name of the frame, or of the data set"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("pipeline", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("window_start", _DOUBLE),
        sa.Column("window_end", _DOUBLE),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON"),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_profiles"),
    )
    op.create_index("ix_profiles_content_config", "profiles", ["content", "config"])
    op.create_index("ix_profiles_pipeline_stage_name_id", "profiles", ["pipeline", "stage", "name", "id"])
    op.create_index("ix_profiles_model_version", "profiles", ["model", "version"])
    op.create_index(
        "ix_profiles_run_stage_role_name_config", "profiles", ["run", "stage", "role", "name", "config"], unique=True
    )
    op.create_index("ix_profiles_blob", "profiles", ["blob"])
    op.create_table(
        "drift_reports",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False, comment="of the data set"),
        sa.Column("model", sa.Text, comment="whose reference it is"),
        sa.Column("version", sa.Integer),
        sa.Column("run", sa.Text),
        sa.Column("pipeline", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("reference", sa.Text, comment="digest of the reference's profile"),
        sa.Column("profile", sa.Text, comment="digest of the profile that was compared"),
        sa.Column("window_start", _DOUBLE),
        sa.Column("window_end", _DOUBLE),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("drifted", sa.Boolean, nullable=False),
        sa.Column("columns_drifted", sa.Integer, nullable=False),
        sa.Column("report", sa.Text, nullable=False, comment="JSON: the whole report"),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drift_reports"),
    )
    op.create_index("ix_drift_reports_model_version_id", "drift_reports", ["model", "version", "id"])
    op.create_index("ix_drift_reports_pipeline_stage_name_id", "drift_reports", ["pipeline", "stage", "name", "id"])
    op.create_index("ix_drift_reports_run", "drift_reports", ["run"])
    op.create_table(
        "performance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("name", sa.Text, nullable=False, comment="of the data set"),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("segment", sa.Text, nullable=False, comment="column=value; empty for all rows"),
        sa.Column("window_start", _DOUBLE),
        sa.Column("window_end", _DOUBLE),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("labelled", _DOUBLE, comment="share of the rows that have a label"),
        sa.Column("value", _DOUBLE, comment="null where it cannot be said"),
        sa.Column("low", _DOUBLE),
        sa.Column("high", _DOUBLE),
        sa.Column("reference", _DOUBLE, comment="the same measure on the reference"),
        sa.Column("estimated", sa.Boolean, nullable=False, comment="without labels"),
        sa.Column("breached", sa.Boolean, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON"),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_performance"),
    )
    op.create_index("ix_performance_model_measure_id", "performance", ["model", "measure", "id"])
