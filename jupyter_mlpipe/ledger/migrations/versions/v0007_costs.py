"""What stages used and cost, what is still running, estimates, and what became of budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOUBLE = sa.Float(53)


def upgrade() -> None:
    """Add the tables of costs."""
    op.create_table(
        "usage",
        sa.Column("id", _ID, nullable=False),
        sa.Column("task", sa.Text, nullable=False, comment="names what was used, so that it counts once"),
        sa.Column("kind", sa.Text, nullable=False, comment="attempt, hit, idle, live"),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, comment="null for what no stage used"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("model", sa.Text, comment="that the stage registers"),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("environment", sa.Text),
        sa.Column("labels", sa.Text, comment="JSON; null where there are none"),
        sa.Column("started", _DOUBLE, nullable=False),
        sa.Column("ended", _DOUBLE, nullable=False),
        sa.Column("seconds", _DOUBLE, nullable=False, comment="by a clock that does not jump"),
        sa.Column("cpus", _DOUBLE, nullable=False, comment="reserved"),
        sa.Column("cpu_seconds", _DOUBLE, nullable=False),
        sa.Column("memory", sa.BigInteger, nullable=False, comment="bytes reserved"),
        sa.Column("memory_peak", sa.BigInteger, nullable=False),
        sa.Column("memory_byte_seconds", _DOUBLE, nullable=False),
        sa.Column("gpus", _DOUBLE, nullable=False, comment="reserved"),
        sa.Column("gpu_seconds", _DOUBLE, nullable=False, comment="busy"),
        sa.Column("gpu_memory_peak", sa.BigInteger, nullable=False),
        sa.Column("bytes_read", sa.BigInteger, nullable=False),
        sa.Column("bytes_written", sa.BigInteger, nullable=False),
        sa.Column("bytes_stored", sa.BigInteger, nullable=False),
        sa.Column("energy", _DOUBLE, comment="joules"),
        sa.Column("rows", sa.BigInteger, comment="of the largest frame it read"),
        sa.Column("machine", sa.Text, nullable=False, comment="its class"),
        sa.Column("purchase", sa.Text, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("measured", sa.Text, comment="JSON: how it was measured"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, comment="billionths of the currency; null where it is unknown"),
        sa.Column("unknown", sa.Text, comment="why it is"),
        sa.Column("terms", sa.Text, comment="digest of the prices in force"),
        sa.Column("saved", sa.BigInteger, comment="billionths of the currency that were not spent"),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
    )
    op.create_index("ix_usage_task", "usage", ["task"], unique=True)
    op.create_index("ix_usage_run", "usage", ["run"])
    op.create_index("ix_usage_key_kind_outcome", "usage", ["key", "kind", "outcome"])
    op.create_index("ix_usage_pipeline_stage_id", "usage", ["pipeline", "stage", "id"])
    op.create_index("ix_usage_ended", "usage", ["ended"])
    op.create_table(
        "price_terms",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False, comment="JSON: rates, their validity and where they come from"),
        sa.PrimaryKeyConstraint("digest", name="pk_price_terms"),
    )
    op.create_table(
        "open_usage",
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("usage", sa.Text, nullable=False, comment="JSON: the row of usage, as far as it is known"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("expected", sa.BigInteger, nullable=False, comment="billionths of the currency"),
        sa.Column("started", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_open_usage"),
    )
    op.create_index("ix_open_usage_run", "open_usage", ["run"])
    op.create_table(
        "run_estimates",
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("low", sa.BigInteger, nullable=False),
        sa.Column("expected", sa.BigInteger, nullable=False),
        sa.Column("high", sa.BigInteger, nullable=False),
        sa.Column("saved", sa.BigInteger, nullable=False),
        sa.Column("unknown", sa.Text, nullable=False, comment="JSON: stages without history or price"),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_run_estimates"),
    )
    op.create_table(
        "budget_events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("budget", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False, comment="warned, refused, accepted, exceeded"),
        sa.Column("source", sa.Text, nullable=False, comment="names what it follows from, so that it counts once"),
        sa.Column("period", _DOUBLE, nullable=False, comment="when it began"),
        sa.Column("period_end", _DOUBLE, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False, comment="that the budget allows"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("pipeline", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_events"),
    )
    op.create_index("ix_budget_events_source", "budget_events", ["source"], unique=True)
    op.create_index("ix_budget_events_budget_id", "budget_events", ["budget", "id"])
