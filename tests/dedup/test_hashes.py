"""The perceptual hash: imagehash's own, and its way into the database and back."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curation.dedup.hashes import hexadecimal, phash, stored
from curation.demo.person import make_person
from curation.demo.scene import draw_portrait


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_hash_of_imagehash(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = draw_portrait(make_person(rng, "female", "Indian"), 20.0, rng, (200, 240))
    assert hexadecimal(phash(picture)) == str(imagehash.phash(Image.fromarray(picture)))


@given(st.lists(st.booleans(), min_size=64, max_size=64))
def test_64_bits_survive_the_way_into_a_signed_integer_and_back(bits: list[bool]) -> None:
    there = imagehash.ImageHash(np.array(bits).reshape(8, 8))
    number = stored(there)
    assert -(2**63) <= number < 2**63
    back = imagehash.hex_to_hash(hexadecimal(number))
    assert back == there


def test_the_first_bit_is_the_sign() -> None:
    assert stored(imagehash.hex_to_hash("8000000000000000")) == -(2**63)
    assert stored(imagehash.hex_to_hash("ffffffffffffffff")) == -1
    assert stored(imagehash.hex_to_hash("7fffffffffffffff")) == 2**63 - 1
    assert stored(imagehash.hex_to_hash("0000000000000001")) == 1
