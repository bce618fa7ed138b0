"""Released versions that can be made again: what each sample was released with, and its version.

On SQLite, what a build reads in the order of faces lies in that order (tables without row ids).
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

RELEASED = (
    ("age", sa.Double()),
    ("age_probability", sa.Double()),
    ("age_origin", sa.String()),
    ("gender", sa.String()),
    ("gender_probability", sa.Double()),
    ("method", sa.String()),
    ("votes", sa.Integer()),
    ("country", sa.String()),
    ("country_origin", sa.String()),
    ("race", sa.String()),
    ("race_origin", sa.String()),
    ("weight", sa.Double()),
    ("post_id", sa.String(length=32)),
)
BY_FACE = ("claim", "verdict", "sample")  # nothing refers to these, so they can be made anew


def upgrade() -> None:
    op.add_column(
        "dataset_version", sa.Column("built_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("dataset_version", sa.Column("description", sa.JSON(), nullable=True))
    for name, kind in RELEASED:
        op.add_column("sample", sa.Column(name, kind, nullable=True))
    op.drop_index("ix_image_group_id", table_name="image")
    op.create_index("ix_image_photograph", "image", ["group_id", "id", "kept"], unique=False)
    _lay_out(row_ids=False)


def downgrade() -> None:
    _lay_out(row_ids=True)
    op.drop_index("ix_image_photograph", table_name="image")
    op.create_index("ix_image_group_id", "image", ["group_id"], unique=False)
    for name, _ in reversed(RELEASED):
        op.drop_column("sample", name)
    op.drop_column("dataset_version", "description")
    op.drop_column("dataset_version", "built_at")


def _lay_out(*, row_ids: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in BY_FACE:
        options = {"sqlite_with_rowid": row_ids}
        with op.batch_alter_table(table, recreate="always", table_kwargs=options):
            pass
