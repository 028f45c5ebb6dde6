"""pages known over patrols, runs of sites, revisits among captures

Revision: 0005, after: 0001, made: 2026-11-25 17:55
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("capture") as batch:
        batch.add_column(sa.Column("role", sa.String(20), nullable=False, server_default="item"))
        batch.add_column(sa.Column("refers_to", sa.String(100), nullable=False, server_default=""))
        batch.create_index("ix_capture_refers_to", ["refers_to"])
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("record_id", sa.String(100), nullable=False),
        sa.Column("etag", sa.String(500), nullable=False),
        sa.Column("last_modified", sa.String(100), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=False),
        sa.Column("index_version", sa.String(100), nullable=False),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_visited", moment, nullable=False),
        sa.Column("last_changed", moment, nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("next_due", moment, nullable=False),
        sa.Column("off_list_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_page_target_id_target"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("site", "key", name=op.f("uq_page_site_key")),
    )
    op.create_index("ix_page_site_next_due", "page", ["site", "next_due"])
    op.create_table(
        "site_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patrol_id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("ended_at", moment, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("site_file_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrol.id"], name=op.f("fk_site_run_patrol_id_patrol"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_run")),
        sa.UniqueConstraint("patrol_id", "site", name=op.f("uq_site_run_patrol_id_site")),
    )
    op.create_index("ix_site_run_site_ended_at", "site_run", ["site", "ended_at"])


def downgrade() -> None:
    op.drop_table("site_run")
    op.drop_table("page")
    with op.batch_alter_table("capture") as batch:
        batch.drop_index("ix_capture_refers_to")
        batch.drop_column("refers_to")
        batch.drop_column("role")
