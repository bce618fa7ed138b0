"""Copies in the workspace of pictures that are to be erased, also those dedup has not seen yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from curation.database.models import Image
from curation.database.session import Database
from curation.dedup.hashes import phash
from curation.dedup.second_look import likeness
from curation.dedup.small import Small, small_picture
from curation.errors import StoreError
from curation.pictures import BadImageError, decode
from curation.privacy.fingerprints import Fingerprints, fingerprint, fingerprints_of_copies
from curation.store import Store

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Held:
    """A picture at hand: the SHA-256 of its bytes, its fingerprints, and small luminances."""

    sha256: str
    fingerprints: Fingerprints
    small: Small
    mirrored: Small

    def is_copy(self, small: Small) -> bool:
        """Return whether another small picture shows the same photograph, mirrored or not."""
        return (
            likeness(self.small, small).same_photograph
            or likeness(self.mirrored, small).same_photograph
        )


def held(sha256: str, pixels: Picture) -> Held:
    """Return a picture, (H, W, 3) uint8 RGB, as it is compared."""
    small = small_picture(pixels)
    mirrored = np.ascontiguousarray(small[:, ::-1])
    return Held(sha256, fingerprints_of_copies(pixels), small, mirrored)


def read_pixels(store: Store, key: str) -> Picture | None:
    """Return a stored picture, (H, W, 3) uint8 RGB; None where it is gone or damaged."""
    try:
        return decode(store.read(key))
    except (StoreError, BadImageError):
        return None


class Pool:
    """All images of a workspace, to look for copies of pictures among them."""

    def __init__(self, database: Database, store: Store) -> None:
        self._store = store
        self._images: list[tuple[str, str]] = []  # id, place in the store
        hashes: list[int] = []
        with database.session() as session:
            rows = session.execute(select(Image.id, Image.store_key, Image.phash)).all()
        for image_id, key, coarse in rows:
            if coarse is None:  # dedup has not hashed it yet
                pixels = read_pixels(store, key)
                if pixels is None:
                    continue
                coarse = phash(pixels)
            self._images.append((image_id, key))
            hashes.append(coarse)
        self._hashes = np.array(hashes, dtype=np.int64).view(np.uint64)

    def copies_of(self, picture: Held, radius: int) -> set[str]:
        """Return the ids of images that are copies of a picture, trimmed or mirrored too.

        Candidates are near in the pHash (at most `radius` bits) to it or to a trimmed copy of it;
        the second look of dedup, or the fine fingerprint, decides.
        """
        near = np.zeros(len(self._hashes), dtype=bool)
        for coarse in np.unique(picture.fingerprints.coarse):
            near |= np.bitwise_count(self._hashes ^ coarse) <= radius
        candidates = [self._images[at] for at in np.flatnonzero(near).tolist()]
        return {
            image_id
            for image_id, key in candidates
            if image_id == picture.sha256 or self._is_copy(picture, key, radius)
        }

    def _is_copy(self, picture: Held, key: str, radius: int) -> bool:
        pixels = read_pixels(self._store, key)
        if pixels is None:
            return False
        if picture.fingerprints.matches(fingerprint(pixels), radius).any():
            return True
        return picture.is_copy(small_picture(pixels))
