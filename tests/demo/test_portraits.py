"""Drawn portraits: found by a real detector, the same from the same seed, telling of the person."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from curation.demo.looks import looks_at
from curation.demo.person import SKIN, Gender, make_person
from curation.demo.portraits import draw_figure
from curation.demo.scene import Placement, draw_group, draw_portrait, draw_scene

RACES = sorted(SKIN)
AGES = (0.3, 2, 6, 11, 16, 25, 40, 56, 68, 84)


@pytest.fixture(scope="module")
def find_faces() -> Callable[[NDArray[np.uint8]], list[float]]:
    """MTCNN with its real weights: the probabilities of the faces that it finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from facenet_pytorch import MTCNN

        detector = MTCNN(keep_all=True, post_process=False, min_face_size=40)

    def find(picture: NDArray[np.uint8]) -> list[float]:
        boxes, probabilities = detector.detect(picture)
        return [] if boxes is None else [float(one) for one in probabilities]

    return find


def _portrait(number: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng([41, number])
    gender: Gender = "female" if number % 2 else "male"
    person = make_person(rng, gender, RACES[number % len(RACES)])
    return draw_portrait(person, AGES[number % len(AGES)], rng)


def test_mtcnn_finds_portraits_of_all_ages_and_tones_exactly_once(
    find_faces: Callable[[Any], list[float]],
) -> None:
    found = [find_faces(_portrait(number)) for number in range(24)]
    once = [scores for scores in found if len(scores) == 1 and scores[0] > 0.95]
    assert len(once) >= 23


def test_mtcnn_finds_everybody_in_a_group(find_faces: Callable[[Any], list[float]]) -> None:
    right = 0
    for number in range(6):
        rng = np.random.default_rng([42, number])
        size = 2 + number % 3
        people = [(make_person(rng, "female", RACES[i]), 10.0 + 15 * i) for i in range(size)]
        right += len(find_faces(draw_group(people, rng))) == size
    assert right >= 5


def test_the_same_seed_draws_the_same_pixels_and_another_seed_others() -> None:
    assert np.array_equal(_portrait(3), _portrait(3))
    rng = np.random.default_rng(1)
    person = make_person(rng, "male", "Indian")
    first, second = (draw_portrait(person, 30, np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_a_figure_is_opaque_in_the_face_and_clear_around_it() -> None:
    person = make_person(np.random.default_rng(5), "female", "White")
    figure = draw_figure(person, 30, np.random.default_rng(6))
    assert figure.shape == (640, 512, 4)
    assert figure[250, 256, 3] == 255
    assert figure[0, :, 3].max() == 0
    # Premultiplied: no colour is stronger than its alpha, but for the rounding of either.
    assert (figure[..., :3].max(-1).astype(int) <= figure[..., 3].astype(int) + 1).all()


def test_children_have_lower_eyes_and_shorter_noses_and_old_people_grey_hair_and_wrinkles() -> None:
    person = make_person(np.random.default_rng(8), "male", "East Asian")
    infant, man, old = (looks_at(person, age) for age in (0.5, 30, 80))
    assert infant.eye_y > man.eye_y
    assert infant.iris / infant.half_width > man.iris / man.half_width
    assert infant.chin - infant.nose_tip < man.chin - man.nose_tip
    assert infant.wrinkles < man.wrinkles < old.wrinkles
    assert sum(old.hair_colour) > sum(man.hair_colour) + 200
    assert infant.stubble < 0.01 < man.stubble


@pytest.fixture(scope="module")
def gallery() -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Faces at 24 pixels a side with changing light and background, with gender and age."""
    count = 420
    pixels, female, ages = [], [], []
    for number in range(count):
        rng = np.random.default_rng([43, number])
        gender: Gender = "female" if rng.random() < 0.5 else "male"
        age = float(rng.uniform(0, 90))
        person = make_person(rng, gender, RACES[int(rng.integers(len(RACES)))])
        place = Placement(x=100, y=100, height=120, roll=0)
        picture = draw_scene([(person, age, place)], rng, (200, 200))
        small = cv2.resize(picture, (24, 24), interpolation=cv2.INTER_AREA)
        pixels.append(np.asarray(small, np.float64).ravel())
        female.append(gender == "female")
        ages.append(age)
    return np.stack(pixels), np.array(female), np.array(ages)


def test_a_plain_classifier_reads_the_gender_of_unseen_people_from_the_pixels(
    gallery: tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]],
) -> None:
    pixels, female, _ = gallery
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=2000))
    model.fit(pixels[:300], female[:300])
    accuracy = model.score(pixels[300:], female[300:])
    # By chance, 120 guesses reach 0.65 once in a thousand times.
    assert accuracy > 0.65
    # And it is not so easy that nothing is left to learn.
    assert accuracy < 0.99


def test_a_plain_regression_reads_the_age_of_unseen_people_from_the_pixels(
    gallery: tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]],
) -> None:
    pixels, _, ages = gallery
    model = make_pipeline(StandardScaler(), Ridge(alpha=3000))
    model.fit(pixels[:300], ages[:300])
    correlation = np.corrcoef(model.predict(pixels[300:]), ages[300:])[0, 1]
    assert correlation > 0.5
