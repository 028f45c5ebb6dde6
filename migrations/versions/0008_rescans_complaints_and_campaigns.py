"""rescans of the archive; complaints with their filings and journal; entered figures of campaigns

Revision: 0008, after: 0001, made: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rescan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("works", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("index_version", sa.String(length=100), nullable=False),
        sa.Column("until_capture", sa.Integer(), nullable=False),
        sa.Column("last_capture", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescan")),
    )
    op.create_index(op.f("ix_rescan_status"), "rescan", ["status"])


def downgrade() -> None:
    op.drop_index(op.f("ix_rescan_status"), table_name="rescan")
    op.drop_table("rescan")
