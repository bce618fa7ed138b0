"""What can be wrong with any test set: files missing, copies, contradictions, split subjects."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.bench.protocols import Finding
from training.bench.sample import Sample

EXAMPLES = 5


def check_samples(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield what is wrong with the samples and their picture files."""
    yield from subjects_across_folds(samples)
    yield from missing_files(samples)
    yield from identical_files(samples)


def subjects_across_folds(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield one finding if subjects stand in several folds."""
    folds: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        if sample.subject is not None and sample.fold is not None:
            folds[sample.subject].add(sample.fold)
    shared = sorted(subject for subject, found in folds.items() if len(found) > 1)
    if shared:
        yield Finding(
            kind="subject in two folds",
            count=len(shared),
            detail="the same people stand in several folds, so a model was trained on those it "
            "is tested on",
            examples=tuple(shared[:EXAMPLES]),
        )


def missing_files(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield findings for samples without a picture, and for pictures that are not there."""
    without = [sample.sample_id for sample in samples if sample.picture is None]
    if without:
        yield Finding(
            kind="no picture at hand",
            count=len(without),
            detail="these samples have labels only; predictions files can be judged on them",
            examples=tuple(without[:EXAMPLES]),
            harmful=False,
        )
    missing = [sample.sample_id for sample in samples if not _exists(sample)]
    if missing:
        yield Finding(
            kind="missing file",
            count=len(missing),
            detail="the picture files of these samples are missing; they count as unreadable",
            examples=tuple(missing[:EXAMPLES]),
        )


def identical_files(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield findings for byte-identical pictures: as such, in several folds, with other labels."""
    groups = [group for group in _groups(samples) if len(group) > 1]
    copies = sum(len(group) - 1 for group in groups)
    if copies:
        yield Finding(
            kind="byte-identical pictures",
            count=copies,
            detail=f"pictures stand there more than once, in {len(groups):,} groups",
            examples=_examples(groups),
            harmful=False,
        )
    across = [group for group in groups if len({sample.fold for sample in group}) > 1]
    if across:
        yield Finding(
            kind="byte-identical in two folds",
            count=len(across),
            detail="the same picture stands in several folds",
            examples=_examples(across),
        )
    against = [group for group in groups if len({_labels(sample) for sample in group}) > 1]
    if against:
        yield Finding(
            kind="contradictory labels",
            count=len(against),
            detail="the same picture is labelled differently",
            examples=_examples(against),
        )


def _groups(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Return samples with the same bytes; only files of equal size are read."""
    sizes: dict[int, list[tuple[Path, Sample]]] = defaultdict(list)
    for sample in samples:
        path = _file(sample)
        if path is not None and path.is_file():
            sizes[path.stat().st_size].append((path, sample))
    groups: dict[str, list[Sample]] = defaultdict(list)
    for same in sizes.values():
        if len(same) > 1:
            for path, sample in same:
                groups[_sha256(path)].append(sample)
    return list(groups.values())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _file(sample: Sample) -> Path | None:
    if sample.picture is None or not isinstance(sample.picture.source, Path):
        return None
    return sample.picture.source


def _exists(sample: Sample) -> bool:
    path = _file(sample)
    return path is None or path.is_file()


def _labels(sample: Sample) -> tuple[object, ...]:
    return sample.age, sample.age_interval, sample.gender, sample.race, _box(sample)


def _box(sample: Sample) -> object:
    """Return the face's box: two faces of one picture may well differ."""
    return None if sample.picture is None else sample.picture.box


def _examples(groups: Sequence[Sequence[Sample]]) -> tuple[str, ...]:
    return tuple(
        " = ".join(sample.sample_id for sample in group[:3]) for group in groups[:EXAMPLES]
    )
