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

from curation.database.columns import Read
from curation.database.growing import Growing
from curation.database.keys import Keys, KeysInParts, Lookup, keys_of, places_in_order
from curation.database.models import Media, Post, Source
from curation.dataset.relations import Images
from curation.dataset.spill import Spill
from curation.dataset.subjects import Relation
from curation.dataset.words import Words

TEXT = pa.string()
LINKS = pa.schema([("post_id", TEXT), ("source_url", TEXT)])


@dataclass(frozen=True)
class Posted:
    """All posts: `sources` are the kinds of their sources, `links` has ids and addresses."""

    sources: Words
    licences: Words
    links: Spill


@dataclass(frozen=True)
class FirstPosts:
    """Of each image, (images,) int32, the row of its first post by id, and a number of its author.

    Both are -1 where there is none, or nobody is known.
    """

    rows: NDArray[np.int32]
    authors: NDArray[np.int32]


@dataclass(frozen=True)
class _Posts:
    """The posts in the order in which they were read: keys of their ids, marks of people."""

    lookup: Lookup
    authors: NDArray[np.int32]
    identities: NDArray[np.int32]


def posts() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads every post, in no order."""
    return select(Post.id, Post.author, Post.identity, Post.source_id, Post.licence, Post.url)


def pictures() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads every stored picture of every post, in no order."""
    return select(Media.post_id, Media.image_id).where(Media.image_id.is_not(None))


def read_posted(
    read: Read, images: Images, folder: Path
) -> tuple[Posted, FirstPosts, list[Relation]]:
    """Read every picture of every post; ids and addresses go into a file of `folder`.

    Returns:
        The posts, which of them carries an image first, and whom they tie: photographs of one
        author, photographs of one identity.
    """
    sources, licences = Words(), Words()
    links = Spill(folder / "posts.arrow", LINKS)
    found = _posts(read, sources, licences, links)
    carried, carriers = Growing(np.int32), Growing(np.int32)
    for post_ids, image_ids in read(pictures(), (TEXT, TEXT)):
        image, post = images.lookup.find(image_ids), found.lookup.find(post_ids)
        known = (image >= 0) & (post >= 0)
        carried.add(image[known])
        carriers.add(post[known])
    image, post = carried.whole(), carriers.whole()
    relations = [
        _relation(name, images.photograph[image], marks[post])
        for name, marks in (("author", found.authors), ("identity", found.identities))
    ]
    rows = _first(image, post, len(images.kept), links)
    authors = np.append(found.authors, np.int32(-1))[rows]  # -1 is the last
    return Posted(sources, licences, links), FirstPosts(rows, authors), relations


def _posts(read: Read, sources: Words, licences: Words, links: Spill) -> _Posts:
    kinds = {
        name: kind
        for batch in read(select(Source.id, Source.kind), (TEXT, TEXT))
        for name, kind in zip(*(column.to_pylist() for column in batch), strict=True)
    }
    keys, authors, identities = KeysInParts(), Growing(np.uint64), Growing(np.uint64)
    with links.writer() as writer:
        for post, author, identity, source, licence, url in read(posts(), (TEXT,) * 6):
            keys.add(post)
            authors.add(_marks(author))
            identities.add(_marks(identity))
            sources.add(_renamed(source, kinds))
            licences.add(licence)
            writer.add([post, url])
    return _Posts(keys.lookup(), _numbered(authors.whole()), _numbered(identities.whole()))


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


def _numbered(marks: Keys) -> NDArray[np.int32]:
    """Return a number from 0 for each mark, the same for the same; -1 for none."""
    numbers = np.full(len(marks), -1, np.int32)
    known = marks != 0
    numbers[known] = np.unique(marks[known], return_inverse=True)[1]
    return numbers


def _relation(name: str, photographs: NDArray[np.int32], marks: NDArray[np.int32]) -> Relation:
    known = marks >= 0
    return Relation(name, photographs[known], marks[known])


def _first(
    image: NDArray[np.int32], post: NDArray[np.int32], count: int, links: Spill
) -> NDArray[np.int32]:
    """Return the smallest post, by its id, of each of `count` images; -1 for none.

    `image` and `post` are the two of each picture.
    """
    first: NDArray[np.int32] = np.full(count, -1, np.int32)
    several = np.bincount(image, minlength=count)[image] > 1
    first[image[~several]] = post[~several]
    image, post = image[several], post[several]
    ones, others = _order_of(post, links)
    # The smallest is written last, and stays.
    order = np.lexsort((others, ones))[::-1]
    first[image[order]] = post[order]
    return first


def _order_of(posts_wanted: NDArray[np.int32], links: Spill) -> tuple[Keys, Keys]:
    """Return two words per post that are ordered as the ids are."""
    rows, at = np.unique(posts_wanted, return_inverse=True)
    ones, others = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.uint64)
    start = 0
    for batch in links.batches(["post_id"]) if len(rows) else ():
        first, last = np.searchsorted(rows, (start, start + len(batch)))
        ids = batch.column(0).take(pa.array(rows[first:last] - start))
        ones[first:last], others[first:last] = places_in_order(ids)
        start += len(batch)
    return ones[at], others[at]
