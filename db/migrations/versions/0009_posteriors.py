"""Posteriors of verdicts, how each stands, what was learnt of moderators, and votes asked again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

COMPARABLE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # In place on both databases: a table that SQLite makes anew would lose what refers to it.
    op.add_column("verdict", sa.Column("state", sa.String(), nullable=False, server_default="open"))
    op.add_column("verdict", sa.Column("posterior", COMPARABLE, nullable=True))
    op.add_column("verdict", sa.Column("low", sa.Double(), nullable=True))
    op.add_column("verdict", sa.Column("high", sa.Double(), nullable=True))
    op.add_column("task", sa.Column("wanted", sa.Integer(), nullable=True))
    op.add_column("task", sa.Column("overlap", sa.Integer(), nullable=True))
    op.create_index(
        "ix_task_to_ask",
        "task",
        ["project_id", "id"],
        sqlite_where=sa.text("wanted IS NOT NULL AND wanted IS NOT overlap"),
        postgresql_where=sa.text("wanted IS NOT NULL AND wanted IS DISTINCT FROM overlap"),
    )
    op.create_table(
        "consensus_model",
        *_of_project("consensus_model"),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("faces", sa.JSON(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("iterations", sa.Integer(), nullable=False),
        sa.Column("converged", sa.Boolean(), nullable=False),
        sa.Column("judged_since", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "attribute", name=op.f("pk_consensus_model")),
    )
    op.create_table(
        "confusion",
        *_of_project("confusion"),
        sa.Column("attribute", sa.String(), nullable=False),
        *_of_moderator("confusion"),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "attribute", "moderator_id", name=op.f("pk_confusion")
        ),
    )
    op.create_table(
        "age_bias",
        *_of_project("age_bias"),
        *_of_moderator("age_bias"),
        sa.Column("bias", sa.Double(), nullable=False),
        sa.Column("spread", sa.Double(), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "moderator_id", name=op.f("pk_age_bias")),
    )
    for table in ("confusion", "age_bias"):
        op.create_index(op.f(f"ix_{table}_moderator_id"), table, ["moderator_id"])


def downgrade() -> None:
    for table in ("age_bias", "confusion", "consensus_model"):
        op.drop_table(table)
    op.drop_index("ix_task_to_ask", table_name="task")
    for column in ("overlap", "wanted"):
        op.drop_column("task", column)
    for column in ("high", "low", "posterior", "state"):
        op.drop_column("verdict", column)


def _of_project(table: str) -> tuple[sa.Column | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f(f"fk_{table}_project_id"),
            ondelete="CASCADE",
        ),
    )


def _of_moderator(table: str) -> tuple[sa.Column | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("moderator_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderator.id"],
            name=op.f(f"fk_{table}_moderator_id"),
            ondelete="CASCADE",
        ),
    )
