"""Copies in the workspace of pictures that are to be erased, also those dedup has not seen yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from curation.database.models import Image
from curation.database.session import Database
from curation.dedup.second_look import Small, likeness, small_picture
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
        ids, keys, hashes, unhashed = [], [], [], []
        with database.session() as session:
            for row in session.execute(select(Image.id, Image.store_key, Image.phash)):
                if row.phash is None:
                    unhashed.append((row.id, row.store_key))
                else:
                    ids.append(row.id)
                    keys.append(row.store_key)
                    hashes.append(row.phash)
        self._ids, self._keys, self._unhashed = ids, keys, unhashed
        self._hashes = np.array(hashes, dtype=np.int64).view(np.uint64)

    def copies_of(
        self, pictures: Iterable[Held], radius: int, on_progress: Callable[[], None] = lambda: None
    ) -> set[str]:
        """Return the ids of images that are copies of one of `pictures`, trimmed or mirrored too.

        Candidates are near in the pHash (at most `radius` bits) to a picture or a trimmed copy of
        it; the second look of dedup, or the fine fingerprint, decides.
        """
        found: set[str] = set()
        fresh = [(name, *seen) for name, key in self._unhashed if (seen := self._look(key))]
        for picture in pictures:
            for name, one, small in fresh:
                if picture.fingerprints.matches(one, radius).any() or picture.is_copy(small):
                    found.add(name)
            for at in self._near(picture, radius):
                if self._ids[at] in found:
                    continue
                if self._ids[at] == picture.sha256 or self._is_copy(picture, at, radius):
                    found.add(self._ids[at])
            on_progress()
        return found

    def _near(self, picture: Held, radius: int) -> Iterator[int]:
        near = np.zeros(len(self._hashes), dtype=bool)
        for coarse in np.unique(picture.fingerprints.coarse):
            near |= np.bitwise_count(self._hashes ^ coarse) <= radius
        yield from np.flatnonzero(near).tolist()

    def _is_copy(self, picture: Held, at: int, radius: int) -> bool:
        seen = self._look(self._keys[at])
        if seen is None:
            return False
        one, small = seen
        return bool(picture.fingerprints.matches(one, radius).any()) or picture.is_copy(small)

    def _look(self, key: str) -> tuple[Fingerprints, Small] | None:
        pixels = read_pixels(self._store, key)
        return None if pixels is None else (fingerprint(pixels), small_picture(pixels))
