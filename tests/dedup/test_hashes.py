"""Perceptual hashes: imagehash's own, bit for bit, in batches, and their way into the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from curation.dedup.hashes import (
    dhashes,
    from_bytes,
    hexadecimal,
    packed,
    phash,
    phash_pair,
    phashes,
    reduction_for,
    signed,
    to_bytes,
)
from curation.demo.person import make_person
from curation.demo.scene import draw_portrait
from curation.pictures import decode, dimensions, luminance

Picture = NDArray[np.uint8]
PHOTOGRAPHS = Path(__file__).parents[3] / "shared" / "data"


def drawn(seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    return draw_portrait(make_person(rng, "female", "Indian"), 20.0, rng, (200, 240))


def synthetic() -> list[Picture]:
    """A thousand pictures, the hard ones among them: flat, striped, tiny, of many ties."""
    rng = np.random.default_rng(1)
    shapes = [tuple(rng.integers(1, 150, 2)) for _ in range(600)]
    noise = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    flat = [np.full((40, 30, 3), level, np.uint8) for level in range(256)]
    blocks = [
        np.kron(rng.integers(0, 2, (8, 8, 1)) * 255, np.ones((9, 9, 3))).astype(np.uint8)
        for _ in range(100)
    ]
    ramps = [
        np.repeat(np.tile(np.arange(32 * k) % 256, (32, 1))[..., None], 3, 2).astype(np.uint8)
        for k in range(1, 40)
    ]
    return [*noise, *flat, *blocks, *ramps, *(drawn(seed) for seed in range(6))]


Ours = Callable[[Sequence[Picture]], NDArray[np.bool_]]
HASHES: dict[str, tuple[Ours, Callable[[Image.Image], imagehash.ImageHash]]] = {
    "pHash of 64 bits": (phashes, imagehash.phash),
    "pHash of 256 bits": (
        lambda pictures: phashes(pictures, 16),
        lambda image: imagehash.phash(image, hash_size=16),
    ),
    "dHash": (dhashes, imagehash.dhash),
}


@pytest.mark.parametrize("name", HASHES)
def test_a_batch_of_a_thousand_pictures_has_the_hashes_of_imagehash(name: str) -> None:
    ours, theirs = HASHES[name]
    pictures = synthetic()
    assert len(pictures) > 1000
    expected = [theirs(Image.fromarray(picture)).hash.ravel() for picture in pictures]
    np.testing.assert_array_equal(ours(pictures), expected)


@pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason=f"there are no photographs in {PHOTOGRAPHS}")
@pytest.mark.parametrize("name", HASHES)
def test_photographs_have_the_hashes_of_imagehash(name: str) -> None:
    ours, theirs = HASHES[name]
    files = sorted((PHOTOGRAPHS / "faces" / "fairface").iterdir())
    pictures = [decode(path.read_bytes()) for path in files]
    expected = [theirs(Image.open(path).convert("RGB")).hash.ravel() for path in files]
    np.testing.assert_array_equal(ours(pictures), expected)


def test_luminance_gives_the_same_hashes_as_colours() -> None:
    pictures = [drawn(seed) for seed in range(3)]
    grey = [np.asarray(Image.fromarray(picture).convert("L")) for picture in pictures]
    np.testing.assert_array_equal(phashes(pictures), phashes(grey))


def test_the_mirror_images_hash_is_that_of_the_mirrored_picture() -> None:
    pictures = [drawn(seed) for seed in range(20)]
    upright, mirrored = phash_pair(pictures)
    np.testing.assert_array_equal(upright, phashes(pictures))
    turned = [np.asarray(ImageOps.mirror(Image.fromarray(picture))) for picture in pictures]
    assert (mirrored != phashes(turned)).sum(axis=1).max() <= 2


@pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason=f"there are no photographs in {PHOTOGRAPHS}")
def test_a_photograph_decoded_at_a_fraction_differs_in_few_bits() -> None:
    apart = []
    for path in sorted((PHOTOGRAPHS / "portraits").glob("*.jpg")):
        content = path.read_bytes()
        reduction = reduction_for(*dimensions(content))
        if reduction > 1:
            both = [luminance(content), luminance(content, reduction=reduction)]
            apart.append(int(np.diff(phashes(both).astype(int), axis=0).astype(bool).sum()))
    assert len(apart) > 10
    assert max(apart) <= 4
    assert np.mean(apart) <= 1


def test_no_picture_is_reduced_below_what_its_hash_needs() -> None:
    assert reduction_for(255, 4000) == 1
    assert reduction_for(256, 4000) == 2
    assert reduction_for(600, 800) == 4
    assert reduction_for(4000, 3000) == 8


@given(st.lists(st.booleans(), min_size=64, max_size=64))
def test_64_bits_survive_the_way_into_a_signed_integer_and_back(bits: list[bool]) -> None:
    there = imagehash.ImageHash(np.array(bits).reshape(8, 8))
    number = int(signed(np.array([bits]))[0])
    assert -(2**63) <= number < 2**63
    assert hexadecimal(number) == str(there)


def test_the_first_bit_is_the_sign() -> None:
    first = np.zeros((1, 64), bool)
    first[0, 0] = True
    assert signed(first)[0] == -(2**63)
    assert signed(~first)[0] == 2**63 - 1
    assert signed(np.ones((1, 64), bool))[0] == -1


def test_256_bits_survive_the_way_into_bytes_and_back() -> None:
    bits = np.random.default_rng(2).integers(0, 2, (5, 256)).astype(bool)
    content = to_bytes(bits)
    assert {len(row) for row in content} == {32}
    np.testing.assert_array_equal(from_bytes(b"".join(content)).reshape(5, 4), packed(bits))
    assert content[0].hex() == str(imagehash.ImageHash(bits[0].reshape(16, 16)))


def test_one_picture_has_the_hash_of_imagehash() -> None:
    picture = drawn(3)
    assert hexadecimal(phash(picture)) == str(imagehash.phash(Image.fromarray(picture)))
