"""Gold questions, changes of moderators' standing, and indexes for the campaign's view."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

CURRENT = sa.text("state = 'current'")
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        "gold",
        sa.Column("face_id", sa.String(length=32), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin IN ('unanimous', 'file')", name=op.f("ck_gold_origin")),
        sa.CheckConstraint(
            "state IN ('ready', 'open', 'spent', 'retired')", name=op.f("ck_gold_state")
        ),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_gold_face_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("face_id", "attribute", name=op.f("pk_gold")),
    )
    op.create_index("ix_gold_open", "gold", ["face_id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "moderator_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("moderator_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'suspended')", name=op.f("ck_moderator_change_status")
        ),
        sa.CheckConstraint(
            "made_by IN ('command', 'automatic')", name=op.f("ck_moderator_change_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderator.id"],
            name=op.f("fk_moderator_change_moderator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderator_change")),
    )
    op.create_index(
        op.f("ix_moderator_change_moderator_id_at"), "moderator_change", ["moderator_id", "at"]
    )
    op.create_index(
        "ix_annotation_current",
        "annotation",
        ["task_id", "moderator_id", "created_at"],
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_index(
        "ix_annotation_time",
        "annotation",
        ["created_at", "task_id"],
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_index("ix_verdict_outcome", "verdict", ["attribute", "value", "probability"])


def downgrade() -> None:
    op.drop_index("ix_verdict_outcome", "verdict")
    op.drop_index("ix_annotation_time", "annotation")
    op.drop_index("ix_annotation_current", "annotation")
    op.drop_table("moderator_change")
    op.drop_table("gold")
