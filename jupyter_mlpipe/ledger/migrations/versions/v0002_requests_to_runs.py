"""What others ask of a run that goes on, such as its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of requests."""
    op.create_table(
        "run_requests",
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", name="fk_run_requests_run"), nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("time", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("run", "request", name="pk_run_requests"),
    )
