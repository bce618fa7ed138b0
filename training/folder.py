"""A folder of pictures as a dataset: gender from the names of its folders, no ages.

    DIR/female/…, DIR/male/…                        split by the pictures' content, 80/10/10
    DIR/train/female/…, DIR/test/male/…, …          split as the folders say

Copies of one picture count once, and never stand in two splits: a picture's split follows from its
bytes, and so stays when others are added. Nothing is left out in silence.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from curation.dataset.manifest import SCHEMA
from curation.errors import InputError
from curation.pictures import BadImageError, inspect
from training.decode import MAX_PIXELS
from training.loading import Faces
from training.manifest import DatasetVersion, Manifest

if TYPE_CHECKING:
    import pandas as pd

GENDERS = {
    "female": ("female", "females", "f", "woman", "women", "girl", "girls"),
    "male": ("male", "males", "m", "man", "men", "boy", "boys"),
}
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
KEPT_FIRST = ("test", "validation", "train")  # of a picture that stands in several splits
VALIDATION, TEST = 0.1, 0.1  # shares of what is split by content


@dataclass(frozen=True)
class LeftOut:
    """A file of a folder that is not trained on, and why."""

    path: str  # below the folder
    reason: str


@dataclass(frozen=True)
class FolderDataset:
    """What a folder holds: its samples, and what was left out of them."""

    manifest: Manifest
    left_out: Sequence[LeftOut]

    def notice(self) -> str:
        """Return a sentence on what was left out; empty where nothing was."""
        if not self.left_out:
            return ""
        reasons = Counter(one.reason for one in self.left_out)
        said = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        return (
            f"left out of {self.manifest.path}: {said} (the first: {self.left_out[0].path}); "
            f"{len(self.manifest.rows):,} pictures stay"
        )


@dataclass(frozen=True)
class _Picture:
    path: str  # below the folder, with slashes
    gender: str
    split: str | None  # None: to be split by content
    sha256: str
    fault: str | None  # why it is no picture


def open_folder(folder: Path, workers: int = 2) -> FolderDataset:
    """Read a folder of pictures; each is read once, and proved to be whole.

    The rows are those of a manifest: `sample_id` and `shard` are the path below the folder,
    `subject` follows from the picture's bytes. The version is named by what the folder holds.

    Raises:
        InputError: there is no such folder, its folders' names are not those of genders and
            splits, or a gender has no picture in the train or the validation split.
    """
    listed = list(_list_files(folder))
    with ThreadPoolExecutor(workers) as pool:
        pictures = list(pool.map(lambda one: _look(folder, *one), listed))
    kept, left_out = _without_copies(pictures)
    split = any(picture.split == "validation" for picture in pictures)
    tested = any(picture.split == "test" for picture in pictures)
    placed = [(picture, _split_of(picture, split, tested)) for picture in kept]
    _require_both_genders(folder, placed)
    content = "".join(f"{one.sha256} {where} {one.gender} {one.path}\n" for one, where in placed)
    digest = hashlib.sha256(content.encode()).hexdigest()
    version = DatasetVersion(name=folder.resolve().name, version=digest[:8], sha256=digest)
    return FolderDataset(Manifest(folder, version, _rows(placed), loose=True), left_out)


def _list_files(folder: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield path below the folder, gender and split of every file, sorted."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; name one with female/ and male/ in it")
    below = _folders(folder)
    splits = {path: _meaning(path.name, SPLITS) for path in below}
    if not any(splits.values()):
        yield from _list_genders(folder, folder, None)
        return
    strangers = [path.name for path, split in splits.items() if split is None]
    if strangers:
        raise InputError(
            f"{folder} has the folder {strangers[0]!r} beside those of splits; it may hold "
            "train, validation and test, or female and male"
        )
    if "train" not in splits.values():
        raise InputError(f"{folder} has no folder train; call one of {_names(below)} so")
    for path, split in splits.items():
        yield from _list_genders(folder, path, split)


def _list_genders(
    folder: Path, within: Path, split: str | None
) -> Iterator[tuple[str, str, str | None]]:
    below = _folders(within)
    genders = {path: _meaning(path.name, GENDERS) for path in below}
    strangers = [path.name for path, gender in genders.items() if gender is None]
    if strangers or not below:
        has = f"has the folder {strangers[0]!r}" if strangers else "has no folders"
        raise InputError(
            f"{within} {has}; the pictures go into the folders female and male (or women and men, "
            "woman and man, girls and boys, f and m)"
        )
    for path, gender in genders.items():
        assert gender is not None
        for file in sorted(path.rglob("*")):
            relative = file.relative_to(folder)
            if file.is_file() and not any(part.startswith(".") for part in relative.parts):
                yield relative.as_posix(), gender, split


def _folders(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


def _meaning(name: str, words: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return which of the words a folder's name stands for: `2_Women` is female."""
    letters = "".join(letter for letter in name.casefold() if letter.isalpha())
    return next((meaning for meaning, spellings in words.items() if letters in spellings), None)


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _look(folder: Path, path: str, gender: str, split: str | None) -> _Picture:
    """Read a file, hash it and prove that it is a whole picture."""
    fault = None
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        raise InputError(f"{folder / path} cannot be read: {error.strerror}") from error
    try:
        inspect(content, MAX_PIXELS)
    except BadImageError as error:
        fault = "no picture" if error.reason == "not-an-image" else f"unusable ({error.reason})"
    return _Picture(path, gender, split, hashlib.sha256(content).hexdigest(), fault)


def _without_copies(pictures: Sequence[_Picture]) -> tuple[list[_Picture], list[LeftOut]]:
    """Return one picture of each content, and what goes: copies, contradictions, no pictures."""
    genders: dict[str, set[str]] = {}
    for picture in pictures:
        genders.setdefault(picture.sha256, set()).add(picture.gender)
    kept: dict[str, _Picture] = {}
    left_out = []
    rank = {split: place for place, split in enumerate(KEPT_FIRST)}
    for picture in sorted(pictures, key=lambda one: (rank.get(one.split or "", 0), one.path)):
        if picture.fault is not None:
            left_out.append(LeftOut(picture.path, picture.fault))
        elif len(genders[picture.sha256]) > 1:
            left_out.append(LeftOut(picture.path, "both female and male"))
        elif picture.sha256 in kept:
            left_out.append(LeftOut(picture.path, "a copy of another"))
        else:
            kept[picture.sha256] = picture
    return sorted(kept.values(), key=lambda one: one.path), left_out


def _split_of(picture: _Picture, validated: bool, tested: bool) -> str:
    """Return the split: the folder's, or by content what no folder gives."""
    if picture.split is not None and (validated or picture.split != "train"):
        return picture.split
    place = int(hashlib.sha256(picture.sha256.encode()).hexdigest()[:13], 16) / 16**13
    if place < VALIDATION:
        return "validation"
    # With folders a test split is theirs to give; without, it is taken from the same pictures.
    without_folders = picture.split is None and not tested
    return "test" if without_folders and place < VALIDATION + TEST else "train"


def _require_both_genders(folder: Path, placed: Sequence[tuple[_Picture, str]]) -> None:
    counts = Counter((split, picture.gender) for picture, split in placed)
    for split in ("train", "validation"):
        for gender in GENDERS:
            if not counts[split, gender]:
                raise InputError(
                    f"{folder} has no {gender} picture in its {split} split "
                    f"({len(placed):,} pictures in all); add pictures, or make folders "
                    "train and validation with both genders in each"
                )


def _rows(placed: Sequence[tuple[_Picture, str]]) -> pd.DataFrame:
    rows = [
        {
            "sample_id": picture.path,
            "image_id": picture.sha256,
            "gender": picture.gender,
            "split": split,
            "weight": 1.0,
            "subject": picture.sha256[:32],
            "votes": 0,
            "shard": picture.path,
        }
        for picture, split in placed
    ]
    frame: pd.DataFrame = pa.Table.from_pylist(rows, schema=SCHEMA).to_pandas()
    return frame


def folder_manifest(folder: Path, faces: Faces, base: Path = Path("runs")) -> Manifest:
    """Return what `train fit --folder` trains on, and say on standard error what was left out.

    With `Faces.align` the largest face of each picture is aligned first, into a dataset below
    `base`, and that is what is returned; it is made once.

    Raises:
        InputError: as `open_folder` and `align_folder`.
    """
    from curation import console

    found = open_folder(folder)
    if found.left_out:
        console.err().print(found.notice(), soft_wrap=True)
    if faces is Faces.as_is:
        return found.manifest
    from training.align_folder import align_folder

    with console.progress("pictures") as progress:
        bar = progress.add_task("aligning faces", total=len(found.manifest.rows))
        done = align_folder(found, base, lambda count: progress.advance(bar, count))
    if done.faceless:
        where = done.manifest.folder / "faceless.txt"
        console.err().print(f"{done.faceless:,} pictures show no face: {where}", soft_wrap=True)
    return done.manifest
