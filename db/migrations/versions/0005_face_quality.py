"""What was measured of a face: sharpness, exposure, pose, truncation, and their sum."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

COLUMNS = ("sharpness", "exposure", "yaw", "pitch", "roll", "truncation", "quality")


def upgrade() -> None:
    with op.batch_alter_table("face") as batch:
        for name in COLUMNS:
            batch.add_column(sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("face") as batch:
        for name in reversed(COLUMNS):
            batch.drop_column(name)
