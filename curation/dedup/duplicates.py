"""Groups of copies among picture files, without a workspace."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup import windows
from curation.dedup.candidates import Hashed, Radii, find_candidates
from curation.dedup.evidence import Kind, examine
from curation.dedup.groups import components
from curation.dedup.hashes import from_bytes
from curation.dedup.read_files import FaceCropper, ReadFile, ReadFiles, Unreadable
from curation.dedup.signature import FaceSignature, Signature
from curation.dedup.small import SIDE, Small
from curation.dedup.suspects import Near, in_order, near_pairs
from curation.dedup.window_radius import WindowRadius, choose_window_radius
from curation.engines import available_cores, engine_for

NO_FACE = bytes(32)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FilePair:
    """Two files that are copies, and why; distances in bits, correlations -1 to 1."""

    first: str
    second: str
    kind: Kind
    bits_of_64: int
    bits_of_256: int
    face_bits_of_64: int | None
    picture_correlation: float
    detail_correlation: float


@dataclass(frozen=True)
class FileGroup:
    """Copies of one photograph; `best` has the most pixels, then bytes, then comes first."""

    files: tuple[str, ...]
    best: str
    pairs: tuple[FilePair, ...]


@dataclass(frozen=True)
class Duplicates:
    """What was found among `files` readable files, everything in the order of the files given."""

    files: int
    groups: tuple[FileGroup, ...]
    unreadable: tuple[Unreadable, ...]
    window_radius: int


@dataclass(frozen=True, eq=False)
class Facts:
    """What stays in memory of a file; its small pictures are kept on disk, at `row`."""

    path: str
    size: tuple[int, int]
    byte_count: int
    row: int


@dataclass(frozen=True, eq=False)
class HashedFile:
    """A readable file with its hashes."""

    sha256: str
    facts: Facts
    signature: Signature
    face: FaceSignature | None


class Shelf:
    """Small pictures in a temporary file, so that memory does not grow with the files."""

    def __init__(self, count: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="evenface-small-")  # noqa: SIM115 - closed below
        shape = (max(1, count), 2, SIDE, SIDE)
        self._pictures = np.memmap(self._file, dtype=np.uint8, mode="w+", shape=shape)

    def put(self, row: int, small: Small, face: Small | None) -> None:
        """Keep the small picture of a file, and that of its face."""
        self._pictures[row, 0] = small
        if face is not None:
            self._pictures[row, 1] = face

    def small(self, facts: Facts) -> Small:
        """Return the small picture of a file."""
        return np.array(self._pictures[facts.row, 0])

    def face(self, facts: Facts) -> Small:
        """Return the small picture of its face."""
        return np.array(self._pictures[facts.row, 1])

    def close(self) -> None:
        """Give the space back."""
        del self._pictures
        self._file.close()


def find_duplicates(
    paths: Sequence[str],
    *,
    radius: int,
    window_radius: int | None = None,
    faces: FaceCropper | None = None,
    workers: int = 0,
    progress: Progress | None = None,
) -> Duplicates:
    """Read the files, and return the groups of copies among them.

    `progress` is called with what is being done, how much is done, and of how much. The outcome
    does not depend on the number of `workers`. Without a `window_radius` it is chosen by the number
    of pictures.
    """
    tell = progress or (lambda *_: None)
    shelf = Shelf(len(paths))
    try:
        read, unreadable = read_all(paths, shelf, faces, workers, tell)
        groups, window = group_files(read, shelf, radius, window_radius, tell)
        return Duplicates(len(read), groups, unreadable, window.radius)
    finally:
        shelf.close()


def read_all(
    paths: Sequence[str],
    shelf: Shelf,
    faces: FaceCropper | None,
    workers: int,
    tell: Progress,
) -> tuple[list[HashedFile], tuple[Unreadable, ...]]:
    """Read and hash the files; return the readable ones and the others, both in order."""
    stage = ReadFiles(faces)
    places = {path: row for row, path in enumerate(paths)}
    good: dict[int, HashedFile] = {}
    bad: dict[int, Unreadable] = {}
    batches = (
        list(paths[start : start + stage.batch_size])
        for start in range(0, len(paths), stage.batch_size)
    )
    with engine_for(stage, workers, len(paths)) as engine:
        for _, outcomes in engine.map(batches):
            for outcome in outcomes:
                row = places[outcome.path]
                if isinstance(outcome, Unreadable):
                    bad[row] = outcome
                else:
                    shelf.put(row, outcome.small, outcome.face_small)
                    good[row] = facts_of(outcome, row)
            tell("reading", len(good) + len(bad), len(paths))
    return [good[row] for row in sorted(good)], tuple(bad[row] for row in sorted(bad))


def facts_of(read: ReadFile, row: int) -> HashedFile:
    """Return what stays in memory of a file."""
    facts = Facts(read.path, (read.width, read.height), read.byte_count, row)
    return HashedFile(read.sha256, facts, read.signature, read.face)


def group_files(
    files: Sequence[HashedFile],
    shelf: Shelf,
    radius: int,
    window_radius: int | None,
    tell: Progress,
) -> tuple[tuple[FileGroup, ...], WindowRadius]:
    """Compare the files; return the groups of copies, and which window radius was taken."""
    first: dict[str, HashedFile] = {}
    pairs: list[FilePair] = []
    for file in files:
        original = first.setdefault(file.sha256, file)
        if original is not file:
            one, two = original.facts.path, file.facts.path
            pairs.append(FilePair(one, two, "identical", 0, 0, 0 if file.face else None, 1.0, 1.0))
    distinct = [file.facts for file in first.values()]
    hashed, window_hashes = _arrays(list(first.values()))
    chunks = [(np.arange(len(distinct)), window_hashes)] if distinct else []
    window = choose_window_radius(hashed.phash, window_hashes, window_radius)
    found = find_candidates(hashed, 0, chunks, Radii(radius, window.radius))
    # Seen from the earlier file, which stands for the smaller id of the database.
    candidates = near_pairs(hashed, in_order(found), lambda earlier, later: True)

    def look(near: Near) -> FilePair | None:
        one, two = distinct[near.earlier], distinct[near.later]
        evidence = examine(one, two, near.tries, shelf.small, shelf.face)
        if evidence is None:
            return None
        return FilePair(
            one.path,
            two.path,
            evidence.kind,
            near.distance,
            near.wide_distance,
            near.face_distance,
            evidence.picture,
            evidence.detail,
        )

    with ThreadPoolExecutor(available_cores()) as pool:
        for number, pair in enumerate(pool.map(look, candidates), start=1):
            tell("comparing", number, len(candidates))
            if pair is not None:
                pairs.append(pair)
    return _assembled([file.facts for file in files], pairs), window


def _assembled(files: Sequence[Facts], pairs: Sequence[FilePair]) -> tuple[FileGroup, ...]:
    facts = {each.path: each for each in files}
    place = {path: number for number, path in enumerate(facts)}
    by_group: dict[str, list[FilePair]] = {}
    members = components([], [(pair.first, pair.second) for pair in pairs])
    group_of = {path: group[0] for group in members for path in group}
    for pair in sorted(pairs, key=lambda pair: (place[pair.first], place[pair.second])):
        by_group.setdefault(group_of[pair.first], []).append(pair)
    groups = []
    for group in members:
        paths = sorted(group, key=place.__getitem__)
        best = min(
            paths,
            key=lambda path: (
                -facts[path].size[0] * facts[path].size[1],
                -facts[path].byte_count,
                place[path],
            ),
        )
        groups.append(FileGroup(tuple(paths), best, tuple(by_group[group[0]])))
    return tuple(sorted(groups, key=lambda group: place[group.files[0]]))


def _arrays(files: Sequence[HashedFile]) -> tuple[Hashed, NDArray[np.uint64]]:
    whole = [file.signature for file in files]
    faces = [file.face for file in files]
    hashed = Hashed(
        phash=_unsigned([each.phash for each in whole]),
        mirrored=_unsigned([each.phash_mirrored for each in whole]),
        wide=from_bytes(b"".join(each.phash256 for each in whole)).reshape(-1, 4),
        has_face=np.array([face is not None for face in faces], dtype=bool),
        face=_unsigned([face.phash if face else 0 for face in faces]),
        face_wide=from_bytes(
            b"".join(face.phash256 if face else NO_FACE for face in faces)
        ).reshape(-1, 4),
    )
    return hashed, windows.read(b"".join(each.window_hashes for each in whole))


def _unsigned(numbers: Sequence[int]) -> NDArray[np.uint64]:
    return np.array(numbers, dtype=np.int64).view(np.uint64)
