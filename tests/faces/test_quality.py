"""What is measured of a face: worse pictures have lower figures, and angles are right."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from drawn_faces import Picture, portrait
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation.faces.detector import DetectedFace, Detector
from curation.faces.pose import MODEL, head_pose
from curation.faces.quality import exposure, measure, sharpness, truncation


@pytest.fixture(scope="module")
def face() -> DetectedFace:
    (found,) = Detector().detect(portrait(1))
    return found


def blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8) if sigma else picture


def falling(values: list[float]) -> bool:
    return all(one > other for one, other in pairwise(values))


def test_the_more_a_face_is_blurred_the_less_sharp_it_is(face: DetectedFace) -> None:
    figures = [measure(blurred(portrait(1), sigma), face) for sigma in (0, 1, 2, 3, 5)]
    assert falling([figure.sharpness for figure in figures])
    assert falling([figure.quality for figure in figures][1:])
    assert figures[0].sharpness > 0.5
    assert figures[-1].sharpness < 0.25


def test_motion_in_one_direction_counts_as_blur(face: DetectedFace) -> None:
    moved = np.asarray(cv2.blur(portrait(1), (15, 1)), np.uint8)
    assert measure(moved, face).sharpness < 0.7 * measure(portrait(1), face).sharpness


def test_sharpness_does_not_depend_on_contrast() -> None:
    grey = cv2.cvtColor(portrait(2), cv2.COLOR_RGB2GRAY)
    pale = (grey // 4 + 90).astype(np.uint8)
    assert sharpness(np.asarray(pale)) == pytest.approx(
        sharpness(np.asarray(grey, np.uint8)), abs=0.1
    )


@pytest.mark.parametrize("factor", [0.05, 0.2, 6.0, 20.0])
def test_dark_and_burnt_out_faces_are_worse_exposed(face: DetectedFace, factor: float) -> None:
    good, spoilt = portrait(1), np.clip(portrait(1) * factor, 0, 255).astype(np.uint8)
    assert measure(spoilt, face).exposure < measure(good, face).exposure - 0.2
    assert measure(spoilt, face).quality < measure(good, face).quality


def test_exposure_falls_with_every_step_to_black() -> None:
    steps = np.linspace(0, 255, 128)[np.newaxis].repeat(128, axis=0)
    shown = [exposure((steps * share).astype(np.uint8)) for share in (1.0, 0.3, 0.1, 0.02)]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > 0.9
    assert shown[-1] < 0.05


def test_darker_skin_is_not_worse_exposed() -> None:
    rng = np.random.default_rng(1)
    light = np.clip(rng.normal(180, 25, (100, 100)), 0, 245).astype(np.uint8)
    dark = np.clip(rng.normal(60, 25, (100, 100)), 10, 255).astype(np.uint8)
    assert exposure(dark) == pytest.approx(exposure(light), abs=0.01)


def test_a_picture_of_one_colour_or_of_no_pixels_has_neither() -> None:
    for grey in (np.full((50, 50), 128, np.uint8), np.zeros((0, 0), np.uint8)):
        assert (sharpness(grey), exposure(grey)) == (0, 0)


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((10, 10, 50, 60), 0),
        ((-20, 10, 20, 60), 0.5),
        ((80, 80, 120, 120), 0.75),
        ((150, 0, 160, 10), 1),
    ],
)
def test_truncation_is_the_share_of_the_box_outside(
    box: tuple[float, float, float, float], share: float
) -> None:
    found = DetectedFace(box, np.zeros((5, 2), np.float32), 1.0)
    assert truncation(found, 100, 100) == pytest.approx(share)


def projected(yaw: float, pitch: float, roll: float, scale: float) -> NDArray[np.float64]:
    """Turn the head about its own upright axis, then nod it, then tilt it; look at it from afar."""
    y, p, r = np.deg2rad([yaw, pitch, roll])
    turn = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (MODEL @ (tilt @ nod @ turn).T)[:, :2] * scale + [300, 200]


@settings(max_examples=80, deadline=None)
@given(st.floats(-75, 75), st.floats(-60, 60), st.floats(-170, 170), st.floats(0.1, 20))
def test_the_pose_of_a_projected_head_is_found(
    yaw: float, pitch: float, roll: float, scale: float
) -> None:
    found = head_pose(projected(yaw, pitch, roll, scale))
    np.testing.assert_allclose(found, (yaw, pitch, roll), atol=1e-6)


def test_angles_have_the_directions_that_are_documented() -> None:
    straight = projected(0, 0, 0, 1)
    right, up, clockwise = projected(30, 0, 0, 1), projected(0, 20, 0, 1), projected(0, 0, 15, 1)
    assert right[2, 0] > straight[2, 0]  # the nose goes to the image's right
    assert up[2, 1] < straight[2, 1]  # the nose goes up
    assert clockwise[1, 1] > clockwise[0, 1]  # the eye on the right is lower
    assert (head_pose(right).yaw, head_pose(up).pitch, head_pose(clockwise).roll) == pytest.approx(
        (30, 20, 15)
    )


def test_landmarks_off_by_two_hundredths_of_a_face_move_the_angles_by_a_few_degrees() -> None:
    rng = np.random.default_rng(3)
    errors = []
    for yaw in (-45, -20, 0, 20, 45):
        for _ in range(40):
            points = projected(yaw, 5, 3, 1) + rng.normal(0, 2.5, (5, 2))
            errors.append(head_pose(points).yaw - yaw)
    assert np.sqrt(np.mean(np.square(errors))) < 6


def test_a_face_that_is_turned_or_cut_off_is_worth_less(face: DetectedFace) -> None:
    turned = DetectedFace(face.box, projected(50, 0, 0, 1.2).astype(np.float32), face.score)
    straight = DetectedFace(face.box, projected(0, 0, 0, 1.2).astype(np.float32), face.score)
    assert measure(portrait(1), turned).quality < measure(portrait(1), straight).quality
    x1, _, x2, _ = face.box
    half = portrait(1)[:, : int((x1 + x2) / 2)]
    assert measure(np.ascontiguousarray(half), straight).truncation == pytest.approx(0.5, abs=0.02)
    assert (
        measure(np.ascontiguousarray(half), straight).quality
        < 0.6 * measure(portrait(1), straight).quality
    )


def test_points_in_one_place_count_as_straight_ahead() -> None:
    assert head_pose(np.full((5, 2), 3.0)) == (0, 0, 0)
