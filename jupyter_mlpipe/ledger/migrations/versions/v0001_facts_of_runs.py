"""Runs, stage runs, lineage, gates, findings, events; leases and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Double = sa.Float(53)


def upgrade() -> None:
    """Create the first schema."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("notebook_digest", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False, comment="JSON"),
        sa.Column("options", sa.Text, nullable=False, comment="JSON"),
        sa.Column("started", Double, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("cluster", sa.Text),
        sa.Column("git_commit", sa.Text),
        sa.Column("versions", sa.Text, nullable=False, comment="JSON"),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("resumed", sa.Text, comment="id of the run that this one resumes"),
        sa.Column("executed", sa.Text, comment="path of the executed notebook"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_pipeline_id", "runs", ["pipeline", "id"])
    op.create_table(
        "run_ends",
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", name="fk_run_ends_run"), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("ended", Double, nullable=False),
        sa.Column("seconds", Double, nullable=False),
        sa.Column("error", sa.Text, comment="JSON"),
        sa.PrimaryKeyConstraint("run", name="pk_run_ends"),
    )
    op.create_table(
        "stage_runs",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", name="fk_stage_runs_run"), nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("hit", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False, comment="JSON"),
        sa.Column("components", sa.Text, comment="JSON: the parts of the key"),
        sa.Column("manifest", sa.Text, comment="digest"),
        sa.Column("seconds", Double, nullable=False),
        sa.Column("saved_seconds", Double, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("numbers", sa.Text, nullable=False, comment="JSON"),
        sa.Column("error", sa.Text, comment="JSON"),
        sa.Column("started", Double, nullable=False),
        sa.Column("ended", Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stage_runs"),
    )
    op.create_index("ix_stage_runs_run", "stage_runs", ["run"])
    op.create_index("ix_stage_runs_pipeline_stage_status_id", "stage_runs", ["pipeline", "stage", "status", "id"])
    op.create_index("ix_stage_runs_key", "stage_runs", ["key"])
    op.create_table(
        "artifacts",
        sa.Column("id", Identifier, nullable=False),
        sa.Column(
            "stage_run", Identifier, sa.ForeignKey("stage_runs.id", name="fk_artifacts_stage_run"), nullable=False
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("codec", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger),
        sa.Column("bytes", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_artifacts"),
    )
    op.create_index("ix_artifacts_stage_run", "artifacts", ["stage_run"])
    op.create_index("ix_artifacts_digest", "artifacts", ["digest"])
    op.create_table(
        "inputs",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("stage_run", Identifier, sa.ForeignKey("stage_runs.id", name="fk_inputs_stage_run"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("source", sa.Text, comment="the stage that made it"),
        sa.PrimaryKeyConstraint("id", name="pk_inputs"),
    )
    op.create_index("ix_inputs_stage_run", "inputs", ["stage_run"])
    op.create_index("ix_inputs_digest", "inputs", ["digest"])
    op.create_table(
        "gates",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", name="fk_gates_run"), nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("gate", sa.Text, nullable=False, comment="as the user wrote it"),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON: the numbers it saw"),
        sa.Column("time", Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gates"),
    )
    op.create_index("ix_gates_run", "gates", ["run"])
    op.create_table(
        "findings",
        sa.Column("code_digest", sa.Text, nullable=False),
        sa.Column("finding", sa.Text, nullable=False, comment="canonical JSON"),
        sa.Column("time", Double, nullable=False),
        sa.PrimaryKeyConstraint("code_digest", "finding", name="pk_findings"),
    )
    op.create_table(
        "events",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("time", Double, nullable=False),
        sa.Column("event", sa.Text, nullable=False, comment="JSON: the whole event"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_run_id", "events", ["run", "id"])
    op.create_table(
        "leases",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False, comment="process id and start time on that machine"),
        sa.Column("acquired", Double, nullable=False),
        sa.Column("expires", Double, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_leases"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False, comment="JSON"),
        sa.Column("created", Double, nullable=False),
        sa.Column("sent", Double),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, comment="of the newest failure"),
        sa.Column("due", Double, nullable=False, comment="not to be tried again before"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_sent_id", "outbox", ["sent", "id"])
