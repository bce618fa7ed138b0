"""Copies of an erased picture are recognised, however they were saved again; others are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from dedup.copies import Picture, jpeg, photograph, shrunk

from curation.pictures import decode
from curation.privacy.fingerprints import (
    Fingerprints,
    fingerprint,
    fingerprints_of_copies,
    from_texts,
)

RADIUS = 10
REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "faces"


def again(picture: Picture, quality: int) -> Picture:
    return decode(jpeg(picture, quality))


def trimmed(picture: Picture, top: float, bottom: float, left: float, right: float) -> Picture:
    height, width = picture.shape[:2]
    return picture[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]


def brighter(picture: Picture) -> Picture:
    return np.clip(picture * 1.15 + 8, 0, 255).astype(np.uint8)


def larger(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=2.5, fy=2.5), np.uint8)


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "saved badly": lambda picture: again(picture, 35),
    "half the size": lambda picture: shrunk(picture, 0.5),
    "a third, saved badly": lambda picture: again(shrunk(picture, 0.34), 55),
    "enlarged": larger,
    "brighter": brighter,
    "mirrored": lambda picture: picture[:, ::-1],
    "mirrored and smaller": lambda picture: shrunk(np.ascontiguousarray(picture[:, ::-1]), 0.6),
    "trimmed by 3 % all round": lambda picture: trimmed(picture, *(0.03,) * 4),
    "trimmed by 7 % all round, saved badly": lambda picture: again(
        np.ascontiguousarray(trimmed(picture, *(0.07,) * 4)), 50
    ),
    "trimmed by 8 % below": lambda picture: trimmed(picture, 0, 0.08, 0, 0),
    "trimmed by 4 % at the left": lambda picture: trimmed(picture, 0, 0, 0.04, 0),
}


@cache
def kept(seed: int) -> Fingerprints:
    """What an erased portrait leaves behind."""
    return fingerprints_of_copies(photograph(seed))


def matches(kept: Fingerprints, newcomer: Picture) -> bool:
    return bool(kept.matches(fingerprint(np.ascontiguousarray(newcomer)), RADIUS).any())


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_recognised(kind: str) -> None:
    for seed in range(6):
        picture = photograph(seed)
        assert matches(kept(seed), COPIES[kind](picture)), seed


def test_portraits_of_others_are_not_taken_for_copies() -> None:
    erased = [kept(seed) for seed in range(6)]
    others = [fingerprint(photograph(seed)) for seed in range(6, 30)]
    assert not any(one.matches(other, RADIUS).any() for one in erased for other in others)


def test_fingerprints_survive_being_written_down() -> None:
    one = kept(1)
    read = from_texts([one.to_text(), fingerprint(photograph(2)).to_text()])
    assert len(read) == len(one) + 1
    assert (read.coarse[: len(one)] == one.coarse).all()
    assert (read.fine[: len(one)] == one.fine).all()
    with pytest.raises(ValueError, match="bytes"):
        from_texts(["abcd"])


def test_real_copies_are_recognised_and_no_real_stranger_is_refused() -> None:
    if not REAL.is_dir():
        pytest.skip(f"real photographs are not at {REAL}")
    files = (
        sorted((REAL / "utkface").glob("*.jpg"))[:150]
        + sorted((REAL / "fairface").glob("*.jpg"))[:150]
    )
    pictures = [decode(path.read_bytes()) for path in files]
    seen = [fingerprint(picture) for picture in pictures]
    coarse_alone = refused = 0
    for number, picture in enumerate(pictures[::3]):
        one = fingerprints_of_copies(picture)
        saved = again(shrunk(picture, 0.6), 50)
        assert matches(one, saved)
        for at, other in enumerate(seen):
            if at == 3 * number:
                continue
            coarse_alone += bool((np.bitwise_count(one.coarse ^ other.coarse[0]) <= RADIUS).any())
            refused += bool(one.matches(other, RADIUS).any())
    assert coarse_alone > 0  # the 64 bits alone would refuse innocent people
    assert refused == 0
