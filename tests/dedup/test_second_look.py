"""The second look: copies of one photograph pass, other photographs do not."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from curation.dedup.second_look import likeness
from curation.dedup.small import small_picture
from curation.demo.person import make_person
from curation.demo.scene import draw_portrait

Picture = NDArray[np.uint8]


@cache
def portrait(seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    return draw_portrait(make_person(rng, "female", "Black"), 25.0, rng, (480, 520))


def reencoded(picture: Picture, quality: int) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def scaled(picture: Picture, factor: float) -> Picture:
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def trimmed(picture: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    height, width = picture.shape[:2]
    return picture[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]


def brightened(picture: Picture) -> Picture:
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(picture)).enhance(1.2))


def grey(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "the same": lambda picture: picture,
    "encoded at quality 30": lambda picture: reencoded(picture, 30),
    "a quarter the size": lambda picture: scaled(picture, 0.25),
    "twice the size": lambda picture: scaled(picture, 2.0),
    "trimmed by 2 % a side": lambda picture: trimmed(picture, 0.02, 0.02, 0.02, 0.02),
    "trimmed unevenly": lambda picture: trimmed(picture, 0.0, 0.06, 0.08, 0.01),
    "brightened": brightened,
    "grey": grey,
    "trimmed, shrunk and encoded anew": lambda picture: reencoded(
        scaled(trimmed(picture, 0.03, 0.0, 0.02, 0.05), 0.5), 60
    ),
}


@pytest.mark.parametrize("kind", COPIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_copy_passes_whichever_is_looked_at_first(seed: int, kind: str) -> None:
    original = small_picture(portrait(seed))
    copy = small_picture(COPIES[kind](portrait(seed)))
    assert likeness(original, copy).same_photograph
    assert likeness(copy, original).same_photograph


def test_no_two_portraits_pass_for_copies_although_all_are_drawn_alike() -> None:
    small = [small_picture(portrait(seed)) for seed in range(12)]
    for index, first in enumerate(small):
        for second in small[index + 1 :]:
            assert not likeness(first, second).same_photograph


def test_a_picture_that_is_like_itself_is_like_itself_only() -> None:
    found = likeness(small_picture(portrait(1)), small_picture(portrait(1)))
    assert found.picture == pytest.approx(1)
    assert found.detail == pytest.approx(1)


def test_pictures_without_contrast_are_like_nothing() -> None:
    flat = small_picture(np.full((60, 60, 3), 90, np.uint8))
    assert not likeness(flat, flat).same_photograph
    assert not likeness(flat, small_picture(portrait(1))).same_photograph


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (2000, 7)])
def test_pictures_of_any_shape_can_be_looked_at(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert small_picture(noise).shape == (128, 128)
    assert not likeness(small_picture(noise), small_picture(portrait(1))).same_photograph
