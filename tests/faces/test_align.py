"""Alignment: a similarity, the best one, to the documented template."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

from curation.errors import InputError
from curation.faces.align import CROP_SIZE, TEMPLATE, align, similarity_transform, template

Floats = NDArray[np.float64]


def moved(points: Floats, scale: float, degrees: float, shift: tuple[float, float]) -> Floats:
    """Scale, turn (clockwise as seen, y being down) and shift points, by hand."""
    turn = np.deg2rad(degrees)
    x, y = points[:, 0], points[:, 1]
    return np.column_stack(
        [
            scale * (np.cos(turn) * x - np.sin(turn) * y) + shift[0],
            scale * (np.sin(turn) * x + np.cos(turn) * y) + shift[1],
        ]
    )


def applied(matrix: Floats, points: Floats) -> Floats:
    return points @ matrix[:, :2].T + matrix[:, 2]


def test_the_template_is_the_documented_one() -> None:
    assert TEMPLATE.tolist() == [[98, 112], [158, 112], [128, 146], [103, 181], [153, 181]]
    assert CROP_SIZE == 256
    np.testing.assert_array_equal(template(), TEMPLATE)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        # A quarter turn: (1, 0) goes to (0, 1), (0, 1) to (-1, 0).
        ([[0, 0], [1, 0], [0, 1]], [[0, 0], [0, 1], [-1, 0]], [[0, -1, 0], [1, 0, 0]]),
        # A half turn about (1, 1).
        ([[0, 0], [2, 0], [0, 2]], [[2, 2], [0, 2], [2, 0]], [[-1, 0, 2], [0, -1, 2]]),
        # Twice as large and shifted by (3, -1).
        ([[0, 0], [1, 0], [0, 1]], [[3, -1], [5, -1], [3, 1]], [[2, 0, 3], [0, 2, -1]]),
        # Two points are enough: the segment from (0, 0) to (1, 0) becomes (0, 0) to (3, 3).
        ([[0, 0], [1, 0]], [[0, 0], [3, 3]], [[3, -3, 0], [3, 3, 0]]),
    ],
)
def test_hand_worked_turns_scales_and_shifts(
    source: list[list[float]], target: list[list[float]], expected: list[list[float]]
) -> None:
    found = similarity_transform(np.array(source), np.array(target))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_it_agrees_with_scikit_image_on_disturbed_landmarks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale, degrees = rng.uniform(0.05, 8), rng.uniform(-180, 180)
    source = moved(TEMPLATE, scale, degrees, tuple(rng.uniform(-2000, 2000, 2)))
    source += rng.normal(0, 6 * scale, source.shape)
    reference = SimilarityTransform.from_estimate(source, TEMPLATE)
    found = similarity_transform(source, TEMPLATE)
    np.testing.assert_allclose(found, reference.params[:2], rtol=1e-9, atol=1e-9)


def test_a_mirrored_face_is_turned_and_scaled_but_never_mirrored() -> None:
    mirrored = TEMPLATE * [-1, 1]
    found = similarity_transform(mirrored, TEMPLATE)
    rotation = found[:, :2]
    assert np.linalg.det(rotation) > 0
    scale = np.sqrt(np.linalg.det(rotation))
    np.testing.assert_allclose(rotation @ rotation.T, scale**2 * np.eye(2), atol=1e-9)


def test_no_other_similarity_has_a_smaller_squared_error() -> None:
    rng = np.random.default_rng(5)
    source = TEMPLATE + rng.normal(0, 8, TEMPLATE.shape)
    best = similarity_transform(source, TEMPLATE)
    least = ((applied(best, source) - TEMPLATE) ** 2).sum()
    for _ in range(300):
        a, b, x, y = rng.normal(0, 0.02, 4) * [1, 1, 100, 100]
        other = best + np.array([[a, -b, x], [b, a, y]])
        assert ((applied(other, source) - TEMPLATE) ** 2).sum() > least


def test_points_in_one_place_are_refused() -> None:
    with pytest.raises(InputError, match="all lie in one place"):
        similarity_transform(np.full((5, 2), 7.0), TEMPLATE)


def dotted(landmarks: Floats, width: int, height: int, radius: float) -> NDArray[np.uint8]:
    """A grey picture with one soft bright spot per landmark, the n-th in its own strength."""
    y, x = np.mgrid[:height, :width]
    picture = np.full((height, width), 40.0)
    for number, (px, py) in enumerate(landmarks):
        strength = 90 + 25 * number
        picture += strength * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius**2))
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


@pytest.mark.parametrize("size", [256, 128, 112])
@pytest.mark.parametrize(
    ("scale", "degrees", "shift"),
    [(1.0, 0, (40.0, 25.0)), (3.3, 25, (400.0, 100.0)), (0.5, -30, (60.0, 120.0))],
)
def test_every_landmark_lands_on_its_place_in_the_template(
    size: int, scale: float, degrees: float, shift: tuple[float, float]
) -> None:
    landmarks = moved(TEMPLATE, scale, degrees, shift)
    picture = dotted(landmarks, 1000, 1000, radius=6 * scale)
    crop = align(picture, landmarks, size)
    assert crop.shape == (size, size, 3)
    assert crop.dtype == np.uint8
    bright = crop[:, :, 0].astype(float)
    for x, y in template(size):
        reach = round(8 * size / 256)
        left, top = round(x) - reach, round(y) - reach
        spot = bright[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        weights = np.clip(spot - spot.min(), 0, None)
        rows, columns = np.mgrid[: len(spot), : len(spot)]
        found_x = left + (weights * columns).sum() / weights.sum()
        found_y = top + (weights * rows).sum() / weights.sum()
        assert np.hypot(found_x - x, found_y - y) < 0.4


def test_a_crop_of_128_shows_what_a_crop_of_256_shows_halved() -> None:
    rng = np.random.default_rng(2)
    coarse = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (900, 900), interpolation=cv2.INTER_CUBIC)
    landmarks = moved(TEMPLATE, 2.1, 8, (150.0, 120.0))
    half = cv2.resize(align(picture, landmarks, 256), (128, 128), interpolation=cv2.INTER_AREA)
    difference = np.abs(align(picture, landmarks, 128).astype(int) - half)
    assert difference.mean() < 1.5


def test_a_pattern_finer_than_the_crop_turns_grey_and_not_into_a_false_pattern() -> None:
    rows, columns = np.mgrid[:2000, :2000]
    chequered = np.where((rows + columns) % 2, 255, 0).astype(np.uint8)
    picture = np.repeat(chequered[:, :, np.newaxis], 3, axis=2)
    crop = align(picture, moved(TEMPLATE, 6.0, 10, (200.0, 50.0)))
    inside = crop[60:200, 60:200].astype(float)
    assert abs(inside.mean() - 127.5) < 2
    assert inside.std() < 6  # a warp that only samples leaves stripes of full contrast


def test_what_lies_outside_the_photograph_is_black() -> None:
    picture = np.full((300, 300, 3), 200, dtype=np.uint8)
    crop = align(picture, TEMPLATE - [128, 0])  # the left half of the crop is outside
    assert (crop[:, :126] == 0).all()
    assert (crop[:250, 130:] == 200).all()


def test_landmarks_far_outside_the_photograph_give_a_black_crop() -> None:
    picture = np.full((50, 50, 3), 200, dtype=np.uint8)
    assert not align(picture, TEMPLATE + 5000).any()


def test_a_picture_wider_than_opencv_can_warp_at_once_is_aligned_all_the_same() -> None:
    picture = np.zeros((300, 40_000, 3), dtype=np.uint8)
    picture[:, 39_000:] = 200
    crop = align(picture, TEMPLATE + np.array([39_100, 0]))
    assert (crop == 200).all()
