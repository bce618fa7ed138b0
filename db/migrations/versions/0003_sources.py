"""What is remembered of sources between runs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "source_cursor",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_source_cursor_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_cursor")),
        sa.UniqueConstraint("source_id", "stream", name=op.f("uq_source_cursor_source_id_stream")),
    )
    op.create_table(
        "hashtag_query",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("hashtag", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashtag_query")),
        sa.UniqueConstraint(
            "account", "hashtag", "asked_at", name=op.f("uq_hashtag_query_account_hashtag_asked_at")
        ),
    )
    op.create_table(
        "api_usage",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("used", sa.Double(), nullable=False),
        sa.Column("allowed", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resets_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "server", name=op.f("pk_api_usage")),
    )


def downgrade() -> None:
    op.drop_table("api_usage")
    op.drop_table("hashtag_query")
    op.drop_table("source_cursor")
