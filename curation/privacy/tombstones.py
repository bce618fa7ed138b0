"""Tombstones: what was erased, or opted out before it came, and may not (re)turn.

Of an author, post, address, image, face or moderator a tombstone keeps a keyed hash, which is
enough to recognise it and says nothing to anybody without the workspace's secret. Pictures have to
be compared, so their perceptual hashes (`curation.privacy.fingerprints`) are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import Tombstone
from curation.identity import content_id
from curation.privacy.addresses import canonical, is_web
from curation.privacy.fingerprints import Fingerprints, fingerprint, from_texts
from curation.privacy.pseudonyms import pseudonym
from curation.stages import Rejected
from curation.workspace import Workspace

Kind = Literal["author", "post", "url", "image", "face", "moderator"]
KINDS: tuple[Kind, ...] = ("author", "post", "url", "image", "face", "moderator")
PICTURE = "picture"

ERASED = Rejected("erased", "it was erased from this workspace, and may not return")
ERASED_COPY = Rejected("erased", "it is a copy of a picture that was erased, and may not return")


def erased_value(secret: bytes, kind: Kind, identity: str) -> str:
    """Return the value of the tombstone of `identity`, 32 hexadecimal digits.

    `identity` is: the pseudonym of an author or moderator; the id of a post or face; the address
    of an url; the SHA-256 of an image's bytes.
    """
    return pseudonym(secret, f"erased {kind}", canonical(identity) if kind == "url" else identity)


@dataclass(frozen=True, eq=False)
class Tombstones:
    """All tombstones of a workspace at one moment; travels to worker processes.

    `radius` is how many of 64 bits the pHash of a copy may differ in.
    """

    secret: bytes
    exact: frozenset[tuple[str, str]]  # (kind, value)
    pictures: Fingerprints
    radius: int

    def __len__(self) -> int:
        return len(self.exact) + len(self.pictures)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds that there are: a kind without a tombstone costs no hashing."""
        return frozenset(kind for kind, _ in self.exact)

    def holds(self, kind: Kind, identity: str) -> bool:
        """Return whether there is a tombstone of this thing."""
        if kind not in self.kinds:
            return False
        return (kind, erased_value(self.secret, kind, identity)) in self.exact

    def author(self, pseudonym: str) -> bool:
        """Return whether this author, by pseudonym, was erased."""
        return self.holds("author", pseudonym)

    def moderator(self, pseudonym: str) -> bool:
        """Return whether this moderator, by pseudonym, was erased."""
        return self.holds("moderator", pseudonym)

    def url(self, address: str) -> bool:
        """Return whether this web address was erased; a path of a file never is."""
        return is_web(address) and self.holds("url", address)

    def post(self, post_id: str, *, author: str | None = None, url: str | None = None) -> bool:
        """Return whether a post may not come in: by its id, its author's pseudonym, its address."""
        return (
            self.holds("post", post_id)
            or (author is not None and self.author(author))
            or (url is not None and self.url(url))
        )

    def refusal(self, sha256: str, pixels: NDArray[np.uint8]) -> Rejected | None:
        """Return why a picture may not come in, or None.

        `sha256` of its bytes in hexadecimal; `pixels` (H, W, 3) uint8 RGB as seen, hashed only
        where pictures were erased.
        """
        if self.holds("image", sha256):
            return ERASED
        return ERASED_COPY if self.copy(pixels) else None

    def copy(self, pixels: NDArray[np.uint8]) -> bool:
        """Return whether `pixels`, (H, W, 3) uint8 RGB, are a copy of an erased picture."""
        if not len(self.pictures):
            return False
        return bool(self.pictures.matches(fingerprint(pixels), self.radius).any())


def load_tombstones(session: Session, secret: bytes, radius: int) -> Tombstones:
    """Read all tombstones."""
    exact, pictures = set(), []
    for row in session.execute(select(Tombstone.kind, Tombstone.value)):
        if row.kind == PICTURE:
            pictures.append(row.value)
        else:
            exact.add((row.kind, row.value))
    return Tombstones(secret, frozenset(exact), from_texts(pictures), radius)


def read_tombstones(workspace: Workspace) -> Tombstones:
    """Read all tombstones of a workspace, as its settings have copies recognised."""
    with workspace.database.session() as session:
        return load_tombstones(session, workspace.secret, workspace.settings.dedup.radius)


def tombstone_row(kind: str, value: str, erasure_id: str) -> dict[str, Any]:
    """Return the row of one tombstone."""
    return {
        "id": content_id("tombstone", kind, value),
        "kind": kind,
        "value": value,
        "erasure_id": erasure_id,
    }


def exact_rows(
    secret: bytes, kind: Kind, identities: Iterable[str], erasure_id: str
) -> list[dict[str, Any]]:
    """Return the rows of the tombstones of these things."""
    values = sorted({erased_value(secret, kind, identity) for identity in identities})
    return [tombstone_row(kind, value, erasure_id) for value in values]
