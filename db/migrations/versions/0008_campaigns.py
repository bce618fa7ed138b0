"""Quarantine of images, and answers that only the database has any more."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # In place on both databases: a table that SQLite makes anew would lose what refers to it.
    for table, column in (("image", "quarantined"), ("annotation", "lost")):
        op.add_column(
            table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    op.drop_column("annotation", "lost")
    op.drop_column("image", "quarantined")
