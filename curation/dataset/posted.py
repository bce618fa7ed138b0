"""What posts say of the images they carry: who posted them, whom they show, under which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from curation.database.columns import read_columns
from curation.database.keys import Keys, keys_of, places_in_order
from curation.database.models import Media, Post, Source
from curation.dataset.relations import Images, relation_of_keys
from curation.dataset.spill import Spill
from curation.dataset.subjects import Relation
from curation.dataset.words import Words

TEXT = pa.string()
LINKS = pa.schema([("post_id", TEXT), ("source_url", TEXT)])


@dataclass(frozen=True)
class Posted:
    """All posts of all images that were compared.

    A row is one picture of one post. `first` (images,) int32 is the row of each image with its
    first post, by id; -1 where there is none. `authors` (rows,) uint64 are keys of who posted
    each, 0 for nobody known; `sources` are the kinds of sources. `links` has ids and addresses.
    """

    relations: list[Relation]
    first: NDArray[np.int32]
    authors: Keys
    sources: Words
    licences: Words
    links: Spill


def carried_images() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads every picture of every post, in no order."""
    return (
        select(
            Media.image_id,
            Post.author,
            Post.identity,
            Post.id,
            Post.source_id,
            Post.licence,
            Post.url,
        )
        .join(Post, Post.id == Media.post_id)
        .where(Media.image_id.is_not(None))
    )


def read_posted(session: Session, images: Images, folder: Path) -> Posted:
    """Read every picture of every post; ids and addresses go into a file of `folder`."""
    kinds = {row.id: row.kind for row in session.execute(select(Source.id, Source.kind))}
    links, sources, licences = Spill(folder / "posts.arrow", LINKS), Words(), Words()
    rows: list[NDArray[np.int32]] = []
    authors: list[Keys] = []
    identities: list[Keys] = []
    order: list[tuple[Keys, Keys]] = []
    with links.writer() as writer:
        for image, author, identity, post, source, licence, url in read_columns(
            session, carried_images(), (TEXT,) * 7
        ):
            rows.append(images.lookup.find(image))
            authors.append(_marks(author))
            identities.append(_marks(identity))
            order.append(places_in_order(post))
            sources.add(_renamed(source, kinds))
            licences.add(licence)
            writer.add([post, url])
    if not rows:
        nothing = np.zeros(0, np.uint64)
        unposted = np.full(len(images.kept), -1, np.int32)
        return Posted([], unposted, nothing, sources, licences, links)
    row, author = np.concatenate(rows), np.concatenate(authors)
    photographs = np.where(row >= 0, images.photograph[row], -1).astype(np.int32)
    relations = [
        relation_of_keys("author", photographs, author),
        relation_of_keys("identity", photographs, np.concatenate(identities)),
    ]
    ones, others = (np.concatenate(words) for words in zip(*order, strict=True))
    first = _first(row, ones, others, len(images.kept))
    return Posted(relations, first, author, sources, licences, links)


def _renamed(names: pa.Array, to: Mapping[str, str]) -> pa.Array:
    encoded = names.dictionary_encode()
    return pa.array([to[name] for name in encoded.dictionary.to_pylist()], TEXT).take(
        encoded.indices
    )


def _marks(names: pa.Array) -> Keys:
    """Return a key per name, 0 for none.

    Two of a million names share their 64 bits with a chance of 3e-8, which would take two people
    for one: they would share a split.
    """
    keys = keys_of(names)[0]
    return np.where(names.is_null().to_numpy(zero_copy_only=False), np.uint64(0), keys)


def _first(row: NDArray[np.int32], ones: Keys, others: Keys, count: int) -> NDArray[np.int32]:
    """Return, per image, the place in `row` of its smallest post."""
    first: NDArray[np.int32] = np.full(count, -1, np.int32)
    known = np.flatnonzero(row >= 0)
    several = np.bincount(row[known], minlength=count)[row[known]] > 1
    alone = known[~several]
    first[row[alone]] = alone
    rivals = known[several]
    # The smallest is written last, and stays.
    rivals = rivals[np.lexsort((others[rivals], ones[rivals]))[::-1]]
    first[row[rivals]] = rivals
    return first
