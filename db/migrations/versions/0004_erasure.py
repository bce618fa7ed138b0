"""Erasures, tombstones, and patches of dataset versions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_erasure_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(
        "ix_erasure_open",
        "erasure",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "erasure_work",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('file', 'task', 'annotation', 'version', 'server', 'database')",
            name=op.f("ck_erasure_work_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasure.id"],
            name=op.f("fk_erasure_work_erasure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_work")),
    )
    op.create_index(
        op.f("ix_erasure_work_erasure_id"), "erasure_work", ["erasure_id"], unique=False
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "kind IN ('author', 'post', 'url', 'image', 'face', 'moderator', 'picture')",
            name=op.f("ck_tombstone_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasure.id"], name=op.f("fk_tombstone_erasure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    op.create_index(op.f("ix_tombstone_erasure_id"), "tombstone", ["erasure_id"], unique=False)
    op.create_index(op.f("ix_tombstone_kind"), "tombstone", ["kind"], unique=False)
    # A plain ADD COLUMN: rebuilding the table on SQLite would cascade to its samples.
    op.add_column(
        "dataset_version",
        sa.Column("patch", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_table(
        "replaced_version",
        sa.Column("dataset_id", sa.String(length=32), nullable=False),
        sa.Column("patch", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset_version.id"],
            name=op.f("fk_replaced_version_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasure.id"], name=op.f("fk_replaced_version_erasure_id")
        ),
        sa.PrimaryKeyConstraint("dataset_id", "patch", name=op.f("pk_replaced_version")),
    )
    op.create_index(
        op.f("ix_replaced_version_erasure_id"), "replaced_version", ["erasure_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_replaced_version_erasure_id"), table_name="replaced_version")
    op.drop_table("replaced_version")
    op.drop_column("dataset_version", "patch")
    op.drop_index(op.f("ix_tombstone_kind"), table_name="tombstone")
    op.drop_index(op.f("ix_tombstone_erasure_id"), table_name="tombstone")
    op.drop_table("tombstone")
    op.drop_index(op.f("ix_erasure_work_erasure_id"), table_name="erasure_work")
    op.drop_table("erasure_work")
    op.drop_index(
        "ix_erasure_open",
        table_name="erasure",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("erasure")
