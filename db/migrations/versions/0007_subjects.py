"""Subjects that keep their names: identities of posts, and the subject of each released sample."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # In place on both databases: a table that SQLite makes anew would lose what refers to it.
    op.add_column("post", sa.Column("identity", sa.String(length=32), nullable=True))
    op.add_column("sample", sa.Column("subject", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("sample", "subject")
    op.drop_column("post", "identity")
