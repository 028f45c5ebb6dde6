"""what shops offer, how pages of leads read, which leads are tied

Revision: 0006, after: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("goods", sa.String(40), nullable=False),
        sa.Column("seller", sa.String(300), nullable=False),
        sa.Column("seller_url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("publisher", sa.String(100), nullable=False),
        sa.Column("isbn", sa.String(13), nullable=False),
        sa.Column("licence", sa.String(100), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_offer_capture_id_capture"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("site", "key", name=op.f("uq_offer_site")),
    )
    op.create_index("ix_offer_site_seller", "offer", ["site", "seller"])
    op.create_index(op.f("ix_offer_capture_id"), "offer", ["capture_id"])
    op.create_table(
        "lead_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.String(200), nullable=False),
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("simhash", sa.String(16), nullable=False),
        sa.Column("band", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_print_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_print")),
    )
    op.create_index(op.f("ix_lead_print_lead_id"), "lead_print", ["lead_id"])
    op.create_index("ix_lead_print_work_id_band", "lead_print", ["work_id", "band"])
    op.create_table(
        "lead_link",
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_link_lead_id_lead"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["lead.id"], name=op.f("fk_lead_link_other_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "other_id", "kind", name=op.f("pk_lead_link")),
    )
    op.create_index(op.f("ix_lead_link_other_id"), "lead_link", ["other_id"])


def downgrade() -> None:
    op.drop_table("lead_link")
    op.drop_table("lead_print")
    op.drop_table("offer")
