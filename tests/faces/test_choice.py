"""Which face is the main one, and for which reason an image is set aside."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_faces import jpeg, portrait, store_image
from sqlalchemy import select

from curation.database.models import Face, Rejection
from curation.faces.choice import MeasuredFace, main_face_first, objection
from curation.faces.detect import DetectFaces
from curation.faces.detector import DetectedFace
from curation.faces.quality import Quality
from curation.settings import DetectSettings
from curation.stages import run
from curation.workspace import Workspace


def measured(
    x: float, y: float, side: float, *, yaw: float = 0, pitch: float = 0, sharpness: float = 0.6
) -> MeasuredFace:
    """A square face about (x, y)."""
    half = side / 2
    box = (x - half, y - half, x + half, y + half)
    quality = Quality(sharpness, 1.0, yaw, pitch, 0.0, 0.0, 1.0)
    return MeasuredFace(DetectedFace(box, np.zeros((5, 2), np.float32), 0.99), quality)


LEFT, MIDDLE, TINY = measured(100, 200, 120), measured(480, 260, 80), measured(510, 255, 30)


def judged(faces: list[MeasuredFace], **changed: object) -> tuple[MeasuredFace | None, str | None]:
    """The main face of an image of 1000 x 500 pixels, and the reason against it."""
    settings = DetectSettings.model_validate(changed)
    ordered = main_face_first(faces, 1000, 500, settings)
    why = objection([one.face for one in faces], ordered, settings)
    return (ordered[0] if ordered else None), (why.reason if why else None)


@pytest.mark.parametrize(
    ("rule", "faces", "main", "reason"),
    [
        ("reject", [MIDDLE, LEFT], LEFT, "several-faces"),
        ("reject", [TINY, LEFT], LEFT, None),  # the tiny one in the background does not count
        ("largest", [MIDDLE, LEFT, TINY], LEFT, None),
        ("central", [LEFT, MIDDLE, TINY], MIDDLE, None),
        ("central", [LEFT], LEFT, None),
        ("prominent", [MIDDLE, LEFT], LEFT, None),  # 120² is 2.25 times 80²
        ("prominent", [MIDDLE, measured(100, 200, 100)], None, "several-faces"),
        ("prominent", [LEFT], LEFT, None),
    ],
)
def test_the_main_face_follows_the_rule(
    rule: str, faces: list[MeasuredFace], main: MeasuredFace | None, reason: str | None
) -> None:
    found, why = judged(faces, several_faces=rule)
    assert why == reason
    if main:
        assert found is main


def test_how_prominent_is_a_setting() -> None:
    assert (
        judged([MIDDLE, LEFT], several_faces="prominent", prominent_ratio=2.3)[1] == "several-faces"
    )


@pytest.mark.parametrize(
    ("face", "reason"),
    [
        (measured(300, 250, 100, yaw=59), None),
        (measured(300, 250, 100, yaw=-61), "too-turned"),
        (measured(300, 250, 100, pitch=41), "too-turned"),
        (measured(300, 250, 100, sharpness=0.24), "too-blurred"),
        (measured(300, 250, 100, sharpness=0.26), None),
        (TINY, "too-small"),
    ],
)
def test_turned_blurred_and_small_faces_are_set_aside(
    face: MeasuredFace, reason: str | None
) -> None:
    assert judged([face])[1] == reason


def reasons(workspace: Workspace) -> dict[str, str]:
    with workspace.database.session() as session:
        rows = session.execute(select(Rejection.reason, Rejection.detail)).all()
    return {row.reason: row.detail for row in rows}


def test_the_stage_records_what_was_measured_and_sets_a_blurred_face_aside(
    workspace: Workspace,
) -> None:
    store_image(workspace, jpeg(portrait(1)))
    smeared = np.asarray(cv2.GaussianBlur(portrait(1), (0, 0), 7), np.uint8)
    store_image(workspace, jpeg(smeared))
    run(DetectFaces(workspace.store, DetectSettings(min_score=0.7)), workspace.database)
    found = reasons(workspace)
    assert list(found) == ["too-blurred"]
    assert "below 0.25" in found["too-blurred"]
    with workspace.database.session() as session:
        faces = session.scalars(select(Face).order_by(Face.sharpness)).all()
        assert [face.crop_key is None for face in faces] == [True, False]
        assert faces[0].sharpness < 0.25 < faces[1].sharpness
        assert faces[0].quality < faces[1].quality
        for face in faces:
            assert abs(face.yaw) < 20
            assert abs(face.pitch) < 30
            assert 0 <= face.exposure <= 1
            assert face.truncation == 0


def test_the_fast_stage_cuts_crops_from_enough_pixels(sqlite_workspace: Workspace) -> None:
    large = np.asarray(
        cv2.resize(portrait(1), (1280, 1280), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    store_image(sqlite_workspace, jpeg(large))
    settings = DetectSettings(min_face=160, fast=True)
    report = run(DetectFaces(sqlite_workspace.store, settings), sqlite_workspace.database)
    assert report.added == {"faces": 1, "crops": 1}
    with sqlite_workspace.database.session() as session:
        (face,) = session.scalars(select(Face)).all()
        assert face.x2 - face.x1 > 300  # pixels of the image as stored
        assert face.crop_key
        content = np.frombuffer(sqlite_workspace.store.read(face.crop_key), np.uint8)
    crop = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
    enlarged = cv2.resize(cv2.resize(crop, (96, 96), interpolation=cv2.INTER_AREA), (256, 256))
    assert cv2.Laplacian(crop, cv2.CV_64F).var() > 2 * cv2.Laplacian(enlarged, cv2.CV_64F).var()
