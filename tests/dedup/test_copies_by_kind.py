"""Crops, frames, captions, mirrored and turned copies are found, and told by their kind."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from copies import Picture, face_id, groups, jpeg, photograph, put, shrunk
from copies import dedup as run_dedup
from sqlalchemy import select

from curation.database.models import DuplicatePair
from curation.dedup.hashes import packed, phashes
from curation.dedup.small import frame, small_picture
from curation.dedup.windows import COUNT, IN_FRAME, WINDOWS, placement, window_hashes
from curation.store import Store
from curation.workspace import Workspace


def cropped(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    return picture[height // 6 :, : width * 5 // 6]


def framed(picture: Picture) -> Picture:
    return np.pad(picture, ((30, 30), (30, 30), (0, 0)), constant_values=255)


def captioned(picture: Picture) -> Picture:
    below = np.pad(picture, ((0, 40), (0, 0), (0, 0)), constant_values=255)
    place = (10, below.shape[0] - 12)
    cv2.putText(below, "happy birthday", place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return below


def mirrored(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def rotated(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height)), np.uint8)


def same(picture: Picture) -> Picture:
    return picture


def half(picture: Picture) -> Picture:
    return shrunk(picture, 0.5)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("re-encoded", same),
        ("resized", half),
        ("cropped", cropped),
        ("cropped", framed),
        ("cropped", captioned),
        ("mirrored", mirrored),
        ("rotated", rotated),
    ],
    ids=["saved again", "halved", "cropped", "framed", "captioned", "mirrored", "turned"],
)
def test_a_copy_is_found_and_its_kind_and_evidence_are_stored(
    sqlite_workspace: Workspace, kind: str, change: Callable[[Picture], Picture]
) -> None:
    original = put(sqlite_workspace, jpeg(photograph(11)))
    copy = put(sqlite_workspace, jpeg(change(photograph(11)), quality=80))
    for seed in range(12, 18):
        put(sqlite_workspace, jpeg(photograph(seed)))
    run_dedup(sqlite_workspace)
    assert groups(sqlite_workspace) == {frozenset({original, copy})}
    with sqlite_workspace.database.session() as session:
        pair = session.scalars(select(DuplicatePair)).one()
        assert pair.kind == kind
        assert pair.correlation >= 0.75
        assert pair.picture_correlation >= 0.95
        assert 0 <= pair.wide_distance <= 256


@pytest.mark.parametrize("first", ["original", "copy"])
def test_a_crop_is_found_whichever_of_the_two_came_first(
    sqlite_workspace: Workspace, first: str
) -> None:
    pictures = {"original": photograph(11), "copy": cropped(photograph(11))}
    ids = [put(sqlite_workspace, jpeg(pictures.pop(first)))]
    run_dedup(sqlite_workspace)
    ids += [put(sqlite_workspace, jpeg(picture)) for picture in pictures.values()]
    run_dedup(sqlite_workspace)
    assert groups(sqlite_workspace) == {frozenset(ids)}


def test_without_windows_a_crop_is_a_picture_of_its_own(sqlite_workspace: Workspace) -> None:
    put(sqlite_workspace, jpeg(photograph(11)), face=False)
    put(sqlite_workspace, jpeg(cropped(photograph(11))), face=False)
    run_dedup(sqlite_workspace, window_radius=-1)
    assert groups(sqlite_workspace) == set()


def test_a_face_that_moved_into_another_picture_is_found_by_its_crop(
    sqlite_workspace: Workspace,
) -> None:
    first = put(sqlite_workspace, jpeg(photograph(11)))
    second = put(sqlite_workspace, jpeg(photograph(12)))
    crops = dict.fromkeys((first, second), sqlite_workspace.store.folder)
    assert all(crops.values())

    keys = [Store.key("crops", face_id(image), "jpg") for image in (first, second)]
    content = sqlite_workspace.store.read(keys[0])
    sqlite_workspace.store.delete(keys[1])
    sqlite_workspace.store.put(keys[1], content)
    run_dedup(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        pair = session.scalars(select(DuplicatePair)).one()
        assert (pair.kind, pair.face_distance) == ("same-face", 0)
        assert pair.distance > 10


def test_every_window_has_the_hash_of_what_it_shows() -> None:
    small = small_picture(photograph(3))
    hashes = window_hashes(small)
    assert len(hashes) == COUNT == len(WINDOWS) + 1
    for number, ((left, width), (top, height)) in enumerate(WINDOWS):
        picture = cv2.resize(small, (1280, 1280), interpolation=cv2.INTER_CUBIC)
        rows = slice(round(1280 * top), round(1280 * (top + height)))
        columns = slice(round(1280 * left), round(1280 * (left + width)))
        shown = cv2.resize(picture[rows, columns], (32, 32), interpolation=cv2.INTER_AREA)
        frequencies = cv2.dct(shown.astype(np.float32))[:8, :8]
        # imagehash's transform has no weights of its own for the first row and column.
        frequencies[0] *= np.sqrt(2)
        frequencies[:, 0] *= np.sqrt(2)
        bits = (frequencies > np.median(frequencies)).ravel()
        expected = int("".join("1" if bit else "0" for bit in bits), 2)
        assert (expected ^ int(hashes[number])).bit_count() <= 6


def test_a_frame_is_seen_and_what_it_encloses_has_the_hash_of_the_picture() -> None:
    plain, with_frame = small_picture(photograph(3)), small_picture(framed(photograph(3)))
    top, bottom, left, right = frame(with_frame)
    # The frame takes 30 of 320 and of 300 pixels at each edge.
    assert abs(top - 12) <= 1
    assert abs(bottom - 116) <= 1
    assert abs(left - 12.8) <= 1
    assert abs(right - 115.2) <= 1
    whole = window_hashes(with_frame)[IN_FRAME]
    assert placement(IN_FRAME, with_frame)[0, 0] == pytest.approx((right - left) / 128)
    distance = np.bitwise_count(whole ^ packed(phashes([plain]))[0, 0])
    assert distance <= 6
