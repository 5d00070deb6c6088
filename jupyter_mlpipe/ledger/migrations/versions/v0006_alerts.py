"""Alerts, what became of them, silences, and whom a run escalates to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOUBLE = sa.Float(53)


def upgrade() -> None:
    """Add the tables of alerts, and the escalation path of runs and stage runs."""
    op.add_column("runs", sa.Column("escalate", sa.Text, comment="JSON: whom to tell after the owner"))
    op.add_column("stage_runs", sa.Column("escalate", sa.Text, comment="JSON: whom to tell after the owner"))
    op.create_index("ix_run_ends_ended", "run_ends", ["ended"])
    op.create_index("ix_gates_stage", "gates", ["stage"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False, comment="digest of what makes two findings the same"),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False, comment="info, warning, critical"),
        sa.Column("kind", sa.Text, nullable=False, comment="of the subject: pipeline, stage, model, data, channel"),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON"),
        sa.Column("run", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("escalate", sa.Text, nullable=False, comment="JSON: whom to tell after the owner"),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_fingerprint_time", "alerts", ["fingerprint", "time"])
    op.create_index("ix_alerts_subject_time", "alerts", ["subject", "time"])
    op.create_index("ix_alerts_time", "alerts", ["time"])
    op.create_table(
        "alert_events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("source", sa.Text, comment="names what it follows from, so that it counts once"),
        sa.Column("level", sa.Integer, comment="of escalation; 0 is the owner"),
        sa.Column("recipient", sa.Text),
        sa.Column("channel", sa.Text, comment="its name, never its URL"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("user", sa.Text),
        sa.Column("host", sa.Text),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_events"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_alert_events_alert"),
    )
    op.create_index("ix_alert_events_alert_event_id", "alert_events", ["alert", "event", "id"])
    op.create_index("ix_alert_events_source", "alert_events", ["source"], unique=True)
    op.create_table(
        "open_alerts",
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("alert", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_open_alerts"),
    )
    op.create_index("ix_open_alerts_alert", "open_alerts", ["alert"])
    op.create_table(
        "alert_cursors",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alert_cursors"),
    )
    op.create_table(
        "silences",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False, comment="a glob"),
        sa.Column("rule", sa.Text, nullable=False, comment="a glob"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("starts", _DOUBLE, nullable=False),
        sa.Column("ends", _DOUBLE, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_ends", "silences", ["ends"])
    op.create_table(
        "silence_ends",
        sa.Column("silence", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("silence", name="pk_silence_ends"),
        sa.ForeignKeyConstraint(["silence"], ["silences.id"], name="fk_silence_ends_silence"),
    )
