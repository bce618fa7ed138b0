"""How long a million photographs take to become subjects, and how much memory; against the truth.

Run: python benchmarks/subjects.py [COUNT]
Made people have photographs, accounts and stated identities: an account has posted 1 to 12
photographs, one person in five has two accounts, which a copy posted by both or an identity stated
for both ties together. Ids are as in the database (64 and 32 hexadecimal digits), and the relations
are made from them as `curate build-dataset` makes them. The subjects found must be the people made.
Half of the photographs were released before, so names are kept as well.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.dataset.relations import relation
from curation.dataset.subjects import Released, components, subject_names


def made(count: int) -> tuple[pa.StringArray, list[pa.ChunkedArray], np.ndarray]:
    """Return photographs, the columns (photograph, author, identity), and who each shows."""
    rng = np.random.default_rng(1)
    names = pa.array(sorted(hashlib.sha256(b"%d" % n).hexdigest() for n in range(count)))
    accounts = np.repeat(np.arange(count), rng.integers(1, 13, count))[:count]
    number = int(accounts[-1]) + 1
    person = np.arange(number)  # of each account
    doubled = rng.permutation(number)[: number // 5 * 2].reshape(2, -1)
    person[doubled[1]] = doubled[0]
    # Half of the second accounts are tied by a copy, half by an identity stated for both.
    first = np.searchsorted(accounts, np.arange(number))
    copied, stated = np.array_split(doubled, 2, axis=1)
    rows = np.concatenate([np.arange(count), first[copied[0]], first[stated].ravel()])
    authors = np.concatenate([accounts, copied[1], accounts[first[stated].ravel()]])
    identities = np.full(len(rows), -1)
    identities[-stated.size :] = np.tile(np.arange(stated.shape[1]), 2)
    shuffled = rng.permutation(count)  # the ids say nothing
    columns = [
        names.take(pa.array(shuffled[rows])),
        pc.binary_join_element_wise(pa.array([f"{a:032x}" for a in authors.tolist()]), ""),
        pa.array([f"{i:032x}" if i >= 0 else None for i in identities.tolist()]),
    ]
    shows = np.empty(count, np.int64)
    shows[shuffled] = person[accounts]
    return names, [pa.chunked_array([column]) for column in columns], shows


def main() -> None:
    """Make people, find subjects, compare."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    photographs, (groups, authors, identities), shows = made(count)
    started = time.perf_counter()
    numbers = pc.index_in(groups, value_set=photographs).to_numpy()
    relations = [relation("author", numbers, authors), relation("identity", numbers, identities)]
    found = components(count, relations)
    joined = time.perf_counter()
    half = np.arange(0, count, 2)
    kept = pa.array([f"{label:032x}" for label in np.unique(found.labels[half]).tolist()])
    codes = np.unique(found.labels[half], return_inverse=True)[1]
    named_from = time.perf_counter()
    names = subject_names(found.labels, photographs, Released(half, codes, kept), np.arange(count))
    finished = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = np.unique(np.stack([found.labels, shows]), axis=1).shape[1]
    right = pairs == len(np.unique(found.labels)) == len(np.unique(shows)) == len(set(names))
    sys.stdout.write(
        f"{count:,} photographs, {len(groups):,} posts: {len(set(names)):,} subjects "
        f"(joined by {found.joined}), {'all' if right else 'NOT all'} as they were made\n"
        f"relations and components {joined - started:.1f} s, names {finished - named_from:.1f} s; "
        f"peak {peak / 1024:,.0f} MB, the made columns among it\n"
    )
    sys.exit(not right)


if __name__ == "__main__":
    main()
