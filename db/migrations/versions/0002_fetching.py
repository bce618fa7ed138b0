"""Why a picture is to be tried again; when a photograph was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("media", sa.Column("retry_reason", sa.String(), nullable=True))
    op.add_column("media", sa.Column("retry_detail", sa.String(), nullable=True))
    op.create_index(
        "ix_media_retry",
        "media",
        ["retry_at"],
        unique=False,
        sqlite_where=sa.text("state = 'retry'"),
        postgresql_where=sa.text("state = 'retry'"),
    )
    op.add_column("image", sa.Column("taken_at", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("image", "taken_at")
    op.drop_index("ix_media_retry", table_name="media")
    op.drop_column("media", "retry_detail")
    op.drop_column("media", "retry_reason")
