"""Hashes of mirror images, windows and faces, and the evidence of each pair of copies.

Pictures are hashed and compared anew by the next `curate dedup`. Until then what is kept and
claimed stays as it is; the pairs go, as their evidence was not recorded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("image", sa.Column("phash_mirrored", sa.BigInteger(), nullable=True))
    op.add_column("image", sa.Column("phash256", sa.LargeBinary(), nullable=True))
    op.add_column("image", sa.Column("window_hashes", sa.LargeBinary(), nullable=True))
    op.add_column("face", sa.Column("phash", sa.BigInteger(), nullable=True))
    op.add_column("face", sa.Column("phash256", sa.LargeBinary(), nullable=True))
    waiting = sa.text("crop_key IS NOT NULL AND phash IS NULL")
    op.create_index(
        "ix_face_to_hash", "face", ["id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.execute("UPDATE image SET phash = NULL, group_id = NULL")
    create_pairs(
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("wide_distance", sa.Integer(), nullable=False),
        sa.Column("face_distance", sa.Integer(), nullable=True),
        sa.Column("picture_correlation", sa.Double(), nullable=False),
        sa.Column("correlation", sa.Double(), nullable=False),
    )


def downgrade() -> None:
    create_pairs(
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("correlation", sa.Double(), nullable=False),
    )
    op.execute("UPDATE image SET group_id = NULL")
    op.drop_index("ix_face_to_hash", table_name="face")
    for column in ("phash256", "phash"):
        op.drop_column("face", column)
    for column in ("window_hashes", "phash256", "phash_mirrored"):
        op.drop_column("image", column)


def create_pairs(*evidence: sa.Column) -> None:
    """Make the table of pairs anew, empty."""
    op.drop_table("duplicate_pair")
    op.create_table(
        "duplicate_pair",
        sa.Column("image_a", sa.String(length=64), nullable=False),
        sa.Column("image_b", sa.String(length=64), nullable=False),
        *evidence,
        sa.ForeignKeyConstraint(
            ["image_a"],
            ["image.id"],
            name=op.f("fk_duplicate_pair_image_a"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["image_b"],
            ["image.id"],
            name=op.f("fk_duplicate_pair_image_b"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("image_a", "image_b", name=op.f("pk_duplicate_pair")),
    )
    op.create_index(op.f("ix_duplicate_pair_image_b"), "duplicate_pair", ["image_b"])
