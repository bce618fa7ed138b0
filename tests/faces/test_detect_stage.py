"""`curate detect`: from stored images to faces, crops and reasons, once each."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_faces import group, jpeg, landscape, portrait, store_image
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Face, Image, Rejection
from curation.errors import StoreError
from curation.faces.align import TEMPLATE
from curation.faces.detect import DetectFaces
from curation.faces.detector import Detector
from curation.settings import DetectSettings
from curation.stages import Report, run
from curation.workspace import Workspace


def detect(workspace: Workspace, **changed: object) -> Report:
    stage = DetectFaces(workspace.store, DetectSettings.model_validate(changed))
    return run(stage, workspace.database)


def faces_of(workspace: Workspace, image_id: str) -> list[Face]:
    with workspace.database.session() as session:
        found = session.scalars(
            select(Face).where(Face.image_id == image_id).order_by(Face.position)
        ).all()
        session.expunge_all()
    return list(found)


def face_count(workspace: Workspace, image_id: str) -> int | None:
    with workspace.database.session() as session:
        return session.scalars(select(Image.face_count).where(Image.id == image_id)).one()


def reason(workspace: Workspace, image_id: str) -> tuple[str, str] | None:
    with workspace.database.session() as session:
        found = session.execute(
            select(Rejection.reason, Rejection.detail).where(
                Rejection.stage == "detect", Rejection.image_id == image_id
            )
        ).one_or_none()
    return tuple(found) if found else None


def crop_of(workspace: Workspace, face: Face) -> np.ndarray:
    assert face.crop_key
    encoded = np.frombuffer(workspace.store.read(face.crop_key), np.uint8)
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1]


def test_images_become_faces_with_aligned_crops_or_reasons(workspace: Workspace) -> None:
    one = store_image(workspace, jpeg(portrait(1)))
    many = store_image(workspace, jpeg(group(3)))
    none = store_image(workspace, jpeg(landscape()))
    tiny = store_image(workspace, jpeg(portrait(1, 16)))
    report = detect(workspace)
    assert report.processed == 4
    assert report.added == {"faces": 4, "crops": 1}
    assert report.rejected == {"no-face": 2, "several-faces": 1}

    (face,) = faces_of(workspace, one)
    assert (face_count(workspace, one), reason(workspace, one)) == (1, None)
    assert face.score > 0.95
    assert 0 < face.x1 < face.landmarks[0] < face.landmarks[2] < face.x2 < 320
    apart = np.hypot(face.landmarks[2] - face.landmarks[0], face.landmarks[3] - face.landmarks[1])
    assert face.eye_distance == pytest.approx(apart, rel=1e-5)
    crop = crop_of(workspace, face)
    assert crop.shape == (256, 256, 3)
    (again,) = Detector().detect(np.ascontiguousarray(crop))
    assert np.hypot(*(again.landmarks - TEMPLATE).T).max() < 12

    assert face_count(workspace, many) == 3
    assert reason(workspace, many) == ("several-faces", "3 faces")
    assert [face.crop_key for face in faces_of(workspace, many)] == [None, None, None]
    for image in (none, tiny):
        assert face_count(workspace, image) == 0
        assert reason(workspace, image) == ("no-face", "")


def test_of_several_faces_the_largest_is_taken_when_the_setting_says_so(
    sqlite_workspace: Workspace,
) -> None:
    image = store_image(sqlite_workspace, jpeg(group(2)))
    assert detect(sqlite_workspace, several_faces="largest").rejected == {}
    main, other = faces_of(sqlite_workspace, image)
    assert (main.x2 - main.x1) * (main.y2 - main.y1) > (other.x2 - other.x1) * (other.y2 - other.y1)
    assert main.crop_key
    assert other.crop_key is None


def test_a_face_below_the_smallest_size_is_recorded_and_set_aside(
    sqlite_workspace: Workspace,
) -> None:
    framed = cv2.copyMakeBorder(portrait(2, 80), 60, 60, 60, 60, cv2.BORDER_CONSTANT)
    image = store_image(sqlite_workspace, jpeg(framed))
    report = detect(sqlite_workspace, min_face=44)
    assert report.rejected == {"too-small": 1}
    (face,) = faces_of(sqlite_workspace, image)
    assert face.crop_key is None
    assert max(face.x2 - face.x1, face.y2 - face.y1) < 44


def test_an_unsure_face_is_no_face_and_the_reason_names_its_score(
    sqlite_workspace: Workspace,
) -> None:
    image = store_image(sqlite_workspace, jpeg(portrait(1)))
    detect(sqlite_workspace, min_score=1.0)
    why = reason(sqlite_workspace, image)
    assert why is not None
    assert why[0] == "no-face"
    assert "below 1" in why[1]


def test_a_photograph_is_seen_the_right_way_up(sqlite_workspace: Workspace) -> None:
    upright = portrait(3)
    lying = np.ascontiguousarray(np.rot90(upright))  # orientation 6 turns it back, clockwise
    first = store_image(sqlite_workspace, jpeg(upright))
    second = store_image(sqlite_workspace, jpeg(lying, orientation=6))
    assert detect(sqlite_workspace).rejected == {}
    (expected,), (turned,) = (faces_of(sqlite_workspace, i) for i in (first, second))
    np.testing.assert_allclose(turned.landmarks, expected.landmarks, atol=2)


def test_an_image_that_no_longer_decodes_does_not_disturb_the_others(
    sqlite_workspace: Workspace,
) -> None:
    good = [store_image(sqlite_workspace, jpeg(portrait(seed))) for seed in (1, 2)]
    rotten = store_image(sqlite_workspace, jpeg(portrait(3)))
    folder = sqlite_workspace.store.folder
    assert folder is not None
    path = folder / "images" / rotten[:2] / f"{rotten}.jpg"
    path.write_bytes(path.read_bytes()[:900])
    report = detect(sqlite_workspace)
    assert report.rejected == {"unreadable": 1}
    assert [len(faces_of(sqlite_workspace, image)) for image in good] == [1, 1]
    assert detect(sqlite_workspace).processed == 0


def test_a_missing_file_stops_with_a_sentence_and_is_looked_at_once_it_is_back(
    sqlite_workspace: Workspace,
) -> None:
    image = store_image(sqlite_workspace, jpeg(portrait(1)))
    folder = sqlite_workspace.store.folder
    assert folder is not None
    path = folder / "images" / image[:2] / f"{image}.jpg"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(StoreError, match="missing from the image store"):
        detect(sqlite_workspace)
    path.write_bytes(content)
    assert detect(sqlite_workspace).added == {"faces": 1, "crops": 1}


def test_the_command_works_on_what_is_left_and_then_has_nothing_to_do(
    workspace: Workspace,
) -> None:
    for seed in (1, 2, 3):
        store_image(workspace, jpeg(portrait(seed, 200)))
    runner = CliRunner()
    dry = runner.invoke(app, ["detect", "--dry-run"])
    assert "3 images are ready" in dry.stdout
    first = runner.invoke(app, ["detect", "--limit", "1"])
    assert first.exit_code == 0, first.output
    assert "1 images" in first.stdout
    second = runner.invoke(app, ["detect"])
    assert "2 images" in second.stdout
    assert "crops 2" in second.stdout
    assert "nothing to do" in runner.invoke(app, ["detect"]).stdout


def test_the_help_teaches_with_an_example() -> None:
    shown = CliRunner().invoke(app, ["detect", "--help"])
    assert "curate detect --workers 4" in shown.stdout
