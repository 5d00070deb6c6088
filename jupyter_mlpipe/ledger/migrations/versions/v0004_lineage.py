"""Which files stages read and wrote, and indexes by which lineage is followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the files of stage runs."""
    op.create_table(
        "file_uses",
        sa.Column("files", sa.Text, nullable=False, comment="digest of all that one stage run read and wrote"),
        sa.Column("written", sa.Boolean, nullable=False),
        sa.Column("path", sa.Text, nullable=False, comment="relative to the workspace"),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger),
        sa.PrimaryKeyConstraint("files", "written", "path", name="pk_file_uses"),
    )
    op.create_index("ix_file_uses_path", "file_uses", ["path"])
    op.create_index("ix_file_uses_digest", "file_uses", ["digest"])
    op.add_column("stage_runs", sa.Column("files", sa.Text, comment="what it read and wrote: in file_uses"))
    op.create_index("ix_stage_runs_files", "stage_runs", ["files"])
    op.create_index("ix_stage_runs_key_status", "stage_runs", ["key", "status"])
    op.create_index("ix_artifacts_name", "artifacts", ["name"])
