"""The samples of a version in their order, as files: what manifest, shards and tables are made of.

A sample is a row of the manifest and two columns more: where its crop lies in the store, and the
post that its licence and address come from. All of them are never in memory at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.dataset.ahead import ahead
from curation.dataset.manifest import SCHEMA, SPLITS
from curation.dataset.pool import Pool
from curation.dataset.scattered import Scattered
from curation.dataset.spill import Spill

COLUMNS = pa.schema(
    [
        *(pa.field(field.name, field.type) for field in SCHEMA),
        pa.field("crop_key", pa.string()),
        pa.field("post_id", pa.string()),
    ]
)

NUMBERS = ("age", "age_probability", "gender_probability")  # of the pool's frame


class Samples:
    """The samples of a version: one file per split, each sorted by sample id."""

    def __init__(self, folder: Path) -> None:
        self._spills = [Spill(folder / f"{split}.arrow", COLUMNS) for split in SPLITS]
        self.counts = dict.fromkeys(SPLITS, 0)

    def __len__(self) -> int:
        """Return how many samples there are."""
        return sum(self.counts.values())

    def tables(self) -> Iterator[pa.Table]:
        """Yield the samples, some thousands at a time, in the order of the manifest."""
        for spill, count in zip(self._spills, self.counts.values(), strict=True):
            if count:
                for batch in spill.batches():
                    yield pa.Table.from_batches([batch])

    def fill(self, rows: Iterator[tuple[dict[str, pa.Array], NDArray[np.int8]]]) -> None:
        """Write the samples: columns but `split`, and the place of each row's split in `SPLITS`.

        `rows` come sorted by sample id.
        """
        with ExitStack() as open_files:
            writers = [open_files.enter_context(spill.writer()) for spill in self._spills]
            for columns, splits in rows:
                for number, writer in enumerate(writers):
                    mask = splits == number
                    count = int(mask.sum())
                    if not count:
                        continue
                    chosen = pa.array(mask)
                    part = {name: column.filter(chosen) for name, column in columns.items()}
                    part["split"] = pa.repeat(pa.scalar(SPLITS[number]), count)
                    writer.add([part[name] for name in COLUMNS.names])
                    self.counts[SPLITS[number]] += count


def drawn_samples(
    folder: Path,
    pool: Pool,
    rows: NDArray[np.integer],
    splits: NDArray[np.int8],
    weights: NDArray[np.float32],
    shard_size: int,
) -> Samples:
    """Write the candidates in `rows` of the pool (ascending), with split and weight of each."""
    samples = Samples(folder)
    samples.fill(ahead(_drawn(pool, folder, rows, splits, weights, shard_size)))
    return samples


def shard_names(
    splits: NDArray[np.int8], size: int, seen: NDArray[np.int64] | None = None
) -> pa.StringArray:
    """Return the shard of each sample: samples of a split, in their order, `size` to a shard.

    `seen` (splits,) int64 counts the samples that came before, and is counted on.
    """
    seen = np.zeros(len(SPLITS), np.int64) if seen is None else seen
    numbers = np.zeros(len(splits), np.int64)
    for split in range(len(SPLITS)):
        mask = splits == split
        count = int(mask.sum())
        numbers[mask] = (np.arange(count) + seen[split]) // size
        seen[split] += count
    codes, at = np.unique(numbers * len(SPLITS) + splits, return_inverse=True)
    names = [shard_name(code % len(SPLITS), code // len(SPLITS)) for code in codes.tolist()]
    return pa.array(names, pa.string()).take(pa.array(at))


def shard_name(split: int, number: int) -> str:
    """Return the path of a shard relative to the manifest."""
    return f"shards/{SPLITS[split]}-{number:06d}.tar"


def _drawn(
    pool: Pool,
    folder: Path,
    rows: NDArray[np.integer],
    splits: NDArray[np.int8],
    weights: NDArray[np.float32],
    shard_size: int,
) -> Iterator[tuple[dict[str, pa.Array], NDArray[np.int8]]]:
    links = _links(pool, folder, rows)
    seen = np.zeros(len(SPLITS), np.int64)
    first = 0
    for (there, faces), (posted, addresses) in zip(
        pool.faces.shelves(), links.shelves(), strict=True
    ):
        end = int(there.max(initial=-1)) + 1
        last = first + int(np.searchsorted(pool.place[rows[first:]], end))
        here = rows[first:last]
        if len(here):
            place = pool.place[here]
            part = _of_pool(pool, here)
            part |= _at(faces, np.searchsorted(there, place))
            at = np.searchsorted(posted, place)
            found = np.append(posted, -1)[at] == place
            part |= _at(addresses, np.where(found, at, -1))
            part["weight"] = pa.array(weights[first:last], pa.float32())
            chosen = splits[first:last]
            part["shard"] = shard_names(chosen, shard_size, seen)
            yield part, chosen
        first = last


def _links(pool: Pool, folder: Path, rows: NDArray[np.integer]) -> Scattered:
    """Write the post's id and address of whoever was drawn in the order of the faces."""
    links = Scattered(folder / "links", pool.posts.links.schema, pool.faces.count)
    rows = rows[np.argsort(pool.first_post[rows], kind="stable")]  # as the posts lie in their file
    posts = pool.first_post[rows]
    start = 0
    with links.writer() as writer:
        for batch in pool.posts.links.batches():
            first, last = np.searchsorted(posts, (start, start + len(batch)))
            found = _at(batch, posts[first:last] - start)
            writer.add(pool.place[rows[first:last]], list(found.values()))
            start += len(batch)
    return links


def _of_pool(pool: Pool, rows: NDArray[np.integer]) -> dict[str, pa.Array]:
    """Return what memory holds of these candidates (ascending), as columns of the manifest."""
    first = int(rows[0])
    some = pool.frame.iloc[first : int(rows[-1]) + 1]
    columns = {
        name: pa.array(some[name].to_numpy()[rows - first], from_pandas=True) for name in NUMBERS
    }
    ids = pa.array(some["sample_id"].array).cast(pa.string())
    columns["sample_id"] = _flat(ids).take(pa.array(rows - first))
    columns |= {name: words.at(rows) for name, words in pool.words.items()}
    columns["gender_origin"] = pa.repeat(pa.scalar("moderator"), len(rows))
    columns["votes"] = pa.array(pool.votes[rows])
    columns["subject"] = pool.subjects.take(pa.array(some["subject"].to_numpy()[rows - first]))
    posts = pool.first_post[rows]
    columns["source"] = pool.posts.sources.at(posts)
    columns["licence"] = pool.posts.licences.at(posts)
    return columns


def _at(batch: pa.RecordBatch, rows: NDArray[np.integer]) -> dict[str, pa.Array]:
    """Return the columns of a batch at these rows, nothing at row -1."""
    found = batch.take(pa.array(rows, mask=rows < 0))
    return dict(zip(found.schema.names, found.columns, strict=True))


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column
