"""JPEGs read at a fraction of their size, and Pillow's arithmetic without Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from curation.jpeg_grey import grey_jpeg, needed_scans
from curation.pictures import BadImageError, luminance
from curation.pillow_kernels import grey, squeezed


def drawn(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return a coloured picture with coarse shapes and fine detail."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    shapes = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=int)
    return (shapes + rng.integers(-9, 10, shapes.shape)).clip(0, 255).astype(np.uint8)


def jpeg(picture: NDArray[np.uint8], **how: object) -> bytes:
    """Return the picture as a JPEG."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", **{"quality": 85, **how})
    return out.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
def test_whole_it_is_pillows_brightness_bit_for_bit(progressive: bool) -> None:
    content = jpeg(drawn(203, 301), progressive=progressive)
    expected = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    np.testing.assert_array_equal(grey_jpeg(content, 1), expected)


@pytest.mark.parametrize("reduction", [2, 4, 8])
@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_blocks": 3}])
def test_at_a_fraction_it_is_what_pillows_draft_gives(reduction: int, how: dict[str, int]) -> None:
    content = jpeg(drawn(411, 603), **how)
    image = Image.open(io.BytesIO(content))
    image.draft("L", (603 // reduction, 411 // reduction))
    expected = np.asarray(image).astype(int)
    found = grey_jpeg(content, reduction)
    assert found is not None
    assert found.shape == expected.shape == (-(-411 // reduction), -(-603 // reduction))
    # Without the finer scans of a progressive file libjpeg-turbo guesses, and smooths its blocks.
    allowed = {2: 0, 4: 6, 8: 4}[reduction] if "progressive" in how else 0
    assert np.abs(found - expected).max() <= allowed


@pytest.mark.parametrize("reduction", [2, 4, 8])
def test_of_a_progressive_file_only_what_the_fraction_needs_is_read(reduction: int) -> None:
    content = jpeg(drawn(411, 603), progressive=True)
    assert (
        len(needed_scans(content, reduction)) < len(content) * {2: 0.97, 4: 0.6, 8: 0.4}[reduction]
    )


def test_baseline_files_and_files_that_are_not_whole_are_read_as_they_are() -> None:
    baseline, progressive = jpeg(drawn(90, 90)), jpeg(drawn(90, 90), progressive=True)
    assert needed_scans(baseline, 8) == baseline
    for cut in range(2, len(progressive) - 1, 7):
        assert needed_scans(progressive[:cut], 8) == progressive[:cut]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_that_is_cut_off_is_refused_at_every_fraction(progressive: bool) -> None:
    content = jpeg(drawn(400, 400), progressive=progressive)
    for reduction in (1, 2, 4, 8):
        with pytest.raises(BadImageError):
            luminance(content[: len(content) // 2], reduction=reduction)


def test_the_camera_may_have_been_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = drawn(400, 600)
    lying, turned = jpeg(picture), jpeg(picture, exif=exif)
    for reduction in (1, 4):
        expected = np.rot90(luminance(lying, reduction=reduction), -1)
        np.testing.assert_array_equal(luminance(turned, reduction=reduction), expected)


def test_other_colours_are_left_to_pillow() -> None:
    out = io.BytesIO()
    Image.fromarray(drawn(300, 300)).convert("CMYK").save(out, "JPEG")
    assert grey_jpeg(out.getvalue(), 2) is None
    assert luminance(out.getvalue(), reduction=2).shape == (150, 150)


sides = st.integers(1, 700)


@settings(max_examples=60, deadline=None)
@given(sides, sides, st.sampled_from([(32, 32), (64, 64), (9, 8), (17, 16)]), st.booleans())
@example(1400, 700, (32, 32), True)
@example(700, 1400, (32, 32), True)
def test_pictures_are_squeezed_as_by_pillow(
    height: int, width: int, size: tuple[int, int], harsh: bool
) -> None:
    rng = np.random.default_rng(height * 1000 + width)
    picture = rng.integers(0, 256, (height, width), dtype=np.uint8)
    if harsh:
        picture = np.where(picture > 127, 255, 0).astype(np.uint8)
    expected = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(squeezed(picture, *size), np.asarray(expected))


def test_every_colour_is_as_bright_as_pillow_says() -> None:
    levels = np.arange(0, 256, 3, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(len(levels), -1, 3)
    expected = np.asarray(Image.fromarray(colours).convert("L"))
    np.testing.assert_array_equal(grey(colours), expected)
