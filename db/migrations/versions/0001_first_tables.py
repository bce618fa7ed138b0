"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "dataset_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_version")),
        sa.UniqueConstraint(
            "name", "fingerprint", name=op.f("uq_dataset_version_name_fingerprint")
        ),
        sa.UniqueConstraint("name", "number", name=op.f("uq_dataset_version_name_number")),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("store_key", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("face_count", sa.Integer(), nullable=True),
        sa.Column("phash", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(length=64), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
    )
    op.create_index(op.f("ix_image_group_id"), "image", ["group_id"], unique=False)
    op.create_index(
        "ix_image_kept",
        "image",
        ["id"],
        unique=False,
        sqlite_where=sa.text("kept IS 1"),
        postgresql_where=sa.text("kept IS true"),
    )
    op.create_index(
        "ix_image_to_compare",
        "image",
        ["id"],
        unique=False,
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.create_index(
        "ix_image_to_detect",
        "image",
        ["id"],
        unique=False,
        sqlite_where=sa.text("face_count IS NULL"),
        postgresql_where=sa.text("face_count IS NULL"),
    )
    op.create_index(
        "ix_image_to_hash",
        "image",
        ["id"],
        unique=False,
        sqlite_where=sa.text("phash IS NULL"),
        postgresql_where=sa.text("phash IS NULL"),
    )
    op.create_table(
        "moderator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderator")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("questions", sa.String(), nullable=False),
        sa.Column("remote_id", sa.Integer(), nullable=False),
        sa.Column("pulled_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("server", "questions", name=op.f("uq_project_server_questions")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "duplicate_pair",
        sa.Column("image_a", sa.String(length=64), nullable=False),
        sa.Column("image_b", sa.String(length=64), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("correlation", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_a"], ["image.id"], name=op.f("fk_duplicate_pair_image_a"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_b"], ["image.id"], name=op.f("fk_duplicate_pair_image_b"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_a", "image_b", name=op.f("pk_duplicate_pair")),
    )
    op.create_index(op.f("ix_duplicate_pair_image_b"), "duplicate_pair", ["image_b"], unique=False)
    op.create_table(
        "face",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("image_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("landmarks", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("eye_distance", sa.Double(), nullable=False),
        sa.Column("crop_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_face_image_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face")),
        sa.UniqueConstraint("image_id", "position", name=op.f("uq_face_image_id_position")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("licence", sa.String(), nullable=True),
        sa.Column("hashtags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_post_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_post_source_id_external_id")),
    )
    op.create_index(op.f("ix_post_author"), "post", ["author"], unique=False)
    op.create_index(op.f("ix_post_source_id"), "post", ["source_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("face_id", sa.String(length=32), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_claim_face_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("face_id", "attribute", name=op.f("pk_claim")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("face_id", sa.String(length=32), nullable=True),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.CheckConstraint(
            "attribute IN ('age', 'gender', 'race', 'country', 'relevant')",
            name=op.f("ck_label_attribute"),
        ),
        sa.CheckConstraint(
            "origin IN ('hashtag', 'source', 'moderator', 'model')", name=op.f("ck_label_origin")
        ),
        sa.CheckConstraint(
            "(post_id IS NULL) <> (face_id IS NULL)", name=op.f("ck_label_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_label_face_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_label_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    op.create_index(op.f("ix_label_face_id"), "label", ["face_id"], unique=False)
    op.create_index(op.f("ix_label_post_id"), "label", ["post_id"], unique=False)
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("image_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(state = 'stored') = (image_id IS NOT NULL)", name=op.f("ck_media_stored_has_image")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'stored', 'rejected', 'retry')", name=op.f("ck_media_state")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_media_image_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_media_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("post_id", "position", name=op.f("uq_media_post_id_position")),
    )
    op.create_index(op.f("ix_media_image_id"), "media", ["image_id"], unique=False)
    op.create_index(
        "ix_media_pending",
        "media",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "sample",
        sa.Column("dataset_id", sa.String(length=32), nullable=False),
        sa.Column("face_id", sa.String(length=32), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.Column("shard", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset_version.id"],
            name=op.f("fk_sample_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_sample_face_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset_id", "face_id", name=op.f("pk_sample")),
    )
    op.create_index(op.f("ix_sample_face_id"), "sample", ["face_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("face_id", sa.String(length=32), nullable=False),
        sa.Column("claimed_age", sa.Double(), nullable=False),
        sa.Column("remote_id", sa.Integer(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_task_face_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_task_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("project_id", "face_id", name=op.f("uq_task_project_id_face_id")),
        sa.UniqueConstraint("project_id", "remote_id", name=op.f("uq_task_project_id_remote_id")),
    )
    op.create_index(op.f("ix_task_face_id"), "task", ["face_id"], unique=False)
    op.create_index(
        "ix_task_stale",
        "task",
        ["project_id", "id"],
        unique=False,
        sqlite_where=sa.text("stale IS 1"),
        postgresql_where=sa.text("stale IS true"),
    )
    op.create_index(
        "ix_task_unconfirmed",
        "task",
        ["project_id", "id"],
        unique=False,
        sqlite_where=sa.text("remote_id IS NULL"),
        postgresql_where=sa.text("remote_id IS NULL"),
    )
    op.create_table(
        "verdict",
        sa.Column("face_id", sa.String(length=32), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("age", sa.Double(), nullable=True),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_verdict_face_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("face_id", "attribute", name=op.f("pk_verdict")),
    )
    op.create_table(
        "annotation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("moderator_id", sa.String(length=32), nullable=False),
        sa.Column("remote_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_time", sa.Double(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('current', 'superseded', 'withdrawn')", name=op.f("ck_annotation_state")
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_annotation_moderator_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_annotation_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint(
            "task_id",
            "remote_id",
            "updated_at",
            name=op.f("uq_annotation_task_id_remote_id_updated_at"),
        ),
    )
    op.create_index(
        op.f("ix_annotation_moderator_id"), "annotation", ["moderator_id"], unique=False
    )
    op.create_table(
        "rejection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("media_id", sa.String(length=32), nullable=True),
        sa.Column("image_id", sa.String(length=64), nullable=True),
        sa.Column("face_id", sa.String(length=32), nullable=True),
        sa.Column("annotation_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN media_id IS NULL THEN 0 ELSE 1 END + CASE WHEN image_id IS NULL THEN 0 ELSE 1 END + CASE WHEN face_id IS NULL THEN 0 ELSE 1 END + CASE WHEN annotation_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_rejection_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_rejection_annotation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["face_id"], ["face.id"], name=op.f("fk_rejection_face_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_rejection_image_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_rejection_media_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_rejection_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejection")),
    )
    op.create_index(
        op.f("ix_rejection_annotation_id"), "rejection", ["annotation_id"], unique=False
    )
    op.create_index(op.f("ix_rejection_face_id"), "rejection", ["face_id"], unique=False)
    op.create_index(op.f("ix_rejection_image_id"), "rejection", ["image_id"], unique=False)
    op.create_index(op.f("ix_rejection_media_id"), "rejection", ["media_id"], unique=False)
    op.create_index(op.f("ix_rejection_post_id"), "rejection", ["post_id"], unique=False)
    op.create_index(
        op.f("ix_rejection_stage_reason"), "rejection", ["stage", "reason"], unique=False
    )
    op.create_table(
        "vote",
        sa.Column("annotation_id", sa.String(length=32), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_vote_annotation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("annotation_id", "attribute", name=op.f("pk_vote")),
    )


def downgrade() -> None:
    op.drop_table("vote")
    op.drop_index(op.f("ix_rejection_stage_reason"), table_name="rejection")
    op.drop_index(op.f("ix_rejection_post_id"), table_name="rejection")
    op.drop_index(op.f("ix_rejection_media_id"), table_name="rejection")
    op.drop_index(op.f("ix_rejection_image_id"), table_name="rejection")
    op.drop_index(op.f("ix_rejection_face_id"), table_name="rejection")
    op.drop_index(op.f("ix_rejection_annotation_id"), table_name="rejection")
    op.drop_table("rejection")
    op.drop_index(op.f("ix_annotation_moderator_id"), table_name="annotation")
    op.drop_table("annotation")
    op.drop_table("verdict")
    op.drop_index(
        "ix_task_unconfirmed",
        table_name="task",
        sqlite_where=sa.text("remote_id IS NULL"),
        postgresql_where=sa.text("remote_id IS NULL"),
    )
    op.drop_index(
        "ix_task_stale",
        table_name="task",
        sqlite_where=sa.text("stale IS 1"),
        postgresql_where=sa.text("stale IS true"),
    )
    op.drop_index(op.f("ix_task_face_id"), table_name="task")
    op.drop_table("task")
    op.drop_index(op.f("ix_sample_face_id"), table_name="sample")
    op.drop_table("sample")
    op.drop_index(
        "ix_media_pending",
        table_name="media",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_media_image_id"), table_name="media")
    op.drop_table("media")
    op.drop_index(op.f("ix_label_post_id"), table_name="label")
    op.drop_index(op.f("ix_label_face_id"), table_name="label")
    op.drop_table("label")
    op.drop_table("claim")
    op.drop_index(op.f("ix_post_source_id"), table_name="post")
    op.drop_index(op.f("ix_post_author"), table_name="post")
    op.drop_table("post")
    op.drop_table("face")
    op.drop_index(op.f("ix_duplicate_pair_image_b"), table_name="duplicate_pair")
    op.drop_table("duplicate_pair")
    op.drop_table("source")
    op.drop_table("project")
    op.drop_table("moderator")
    op.drop_index(
        "ix_image_to_hash",
        table_name="image",
        sqlite_where=sa.text("phash IS NULL"),
        postgresql_where=sa.text("phash IS NULL"),
    )
    op.drop_index(
        "ix_image_to_detect",
        table_name="image",
        sqlite_where=sa.text("face_count IS NULL"),
        postgresql_where=sa.text("face_count IS NULL"),
    )
    op.drop_index(
        "ix_image_to_compare",
        table_name="image",
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.drop_index(
        "ix_image_kept",
        table_name="image",
        sqlite_where=sa.text("kept IS 1"),
        postgresql_where=sa.text("kept IS true"),
    )
    op.drop_index(op.f("ix_image_group_id"), table_name="image")
    op.drop_table("image")
    op.drop_table("dataset_version")
