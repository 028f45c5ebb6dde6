"""casework: who changed a lead under which account, what officers entered, notices and their history

Revision: 0007, after: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("lead_event") as batch:
        batch.add_column(sa.Column("account", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("number", sa.String(60), nullable=False, server_default=""))
        batch.add_column(sa.Column("drafted_at", moment, nullable=True))
        batch.add_column(sa.Column("content", sa.JSON(), nullable=True))
    op.create_table(
        "lead_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_lead_fact_lead_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["event_id"], ["lead_event.id"], name="fk_lead_fact_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_lead_fact"),
    )
    op.create_index("ix_lead_fact_lead_id", "lead_fact", ["lead_id"])
    op.create_table(
        "notice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_event_notice_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_notice_event_capture_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_event"),
    )
    op.create_index("ix_notice_event_notice_id", "notice_event", ["notice_id"])


def downgrade() -> None:
    op.drop_table("notice_event")
    op.drop_table("lead_fact")
    with op.batch_alter_table("notice") as batch:
        for name in ("content", "drafted_at", "number"):
            batch.drop_column(name)
    with op.batch_alter_table("lead_event") as batch:
        batch.drop_column("account")
