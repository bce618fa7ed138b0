"""MTCNN with its real weights: where the faces are, and that no picture upsets it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_faces import Picture, group, landscape, portrait

from curation.faces.detector import DetectedFace, Detector
from curation.faces.quality import eye_distance, size


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def only(faces: list[DetectedFace]) -> DetectedFace:
    assert len(faces) == 1
    return faces[0]


def test_a_portrait_has_one_face_with_a_high_score(detector: Detector) -> None:
    face = only(detector.detect(portrait(1)))
    assert face.score > 0.95
    assert face.landmarks.shape == (5, 2)
    assert face.landmarks.dtype == np.float32


def test_landmarks_come_in_the_order_of_the_template(detector: Detector) -> None:
    face = only(detector.detect(portrait(2)))
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    x1, y1, x2, y2 = face.box
    assert x1 < left_eye[0] < nose[0] < right_eye[0] < x2
    assert left_mouth[0] < nose[0] < right_mouth[0]
    assert y1 < left_eye[1] < nose[1] < left_mouth[1] < y2
    assert y1 < right_eye[1] < nose[1] < right_mouth[1] < y2


def test_a_shifted_picture_shifts_box_and_landmarks(detector: Detector) -> None:
    # By a multiple of the pyramid's coarsest sampling everything falls on the same grid.
    small = portrait(1, 200)
    wide = cv2.copyMakeBorder(small, 0, 0, 240, 0, cv2.BORDER_CONSTANT)
    before, after = only(detector.detect(small)), only(detector.detect(wide))
    np.testing.assert_allclose(after.landmarks - [240, 0], before.landmarks, atol=4)
    np.testing.assert_allclose(np.array(after.box) - [240, 0, 240, 0], before.box, atol=10)


def test_faces_come_largest_first(detector: Detector) -> None:
    small, large = portrait(1, 160), portrait(2, 320)
    beside = np.zeros((320, 480, 3), np.uint8)
    beside[:160, :160], beside[:, 160:] = small, large
    faces = detector.detect(beside)
    assert len(faces) == 2
    assert faces[0].area > faces[1].area
    assert faces[0].box[0] > 160 > faces[1].box[0]


def test_every_face_of_a_group_is_found(detector: Detector) -> None:
    assert len(detector.detect(group(3))) == 3


def test_a_picture_without_anybody_has_no_face(detector: Detector) -> None:
    assert detector.detect(landscape()) == []


@pytest.mark.parametrize("shape", [(1, 1), (39, 39), (1, 500), (500, 12), (40, 40), (41, 900)])
def test_tiny_and_narrow_pictures_have_no_face_and_no_error(
    detector: Detector, shape: tuple[int, int]
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert detector.detect(noise) == []


def test_a_grey_picture_has_the_same_face(detector: Detector) -> None:
    colour = portrait(4)
    grey = np.repeat(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)[:, :, np.newaxis], 3, axis=2)
    expected = only(detector.detect(colour)).landmarks
    np.testing.assert_allclose(only(detector.detect(grey)).landmarks, expected, atol=4)


def test_the_picture_is_not_changed(detector: Detector) -> None:
    picture: Picture = portrait(5).copy()
    picture.flags.writeable = False
    detector.detect(picture)
    np.testing.assert_array_equal(picture, portrait(5))


def test_the_smallest_face_looked_for_is_a_setting(detector: Detector) -> None:
    picture = cv2.copyMakeBorder(portrait(1, 80), 60, 60, 60, 60, cv2.BORDER_CONSTANT)
    face = only(Detector(min_face=20).detect(picture))
    assert 20 < size(face) < 50
    assert Detector(min_face=120).detect(picture) == []


def test_the_eye_distance_is_that_of_the_first_two_landmarks() -> None:
    assert eye_distance(np.array([[10, 10], [13, 14], [0, 0], [0, 0], [0, 0]])) == 5
