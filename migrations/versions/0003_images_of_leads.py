"""images of pages that became leads

Revision: 0003, after: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "capture_image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("patrol_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warc_path", sa.String(length=500), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False),
        sa.Column("warc_length", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.String(length=100), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("record_sha256", sa.String(length=64), nullable=False),
        sa.Column("chain_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_capture_image_capture_id_capture"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.id"], name=op.f("fk_capture_image_patrol_id_patrol")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_image")),
        sa.UniqueConstraint("capture_id", "number", name=op.f("uq_capture_image_capture_id_number")),
    )
    with op.batch_alter_table("capture_image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capture_image_capture_id"), ["capture_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_capture_image_patrol_id"), ["patrol_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_capture_image_payload_sha256"), ["payload_sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("capture_image")
