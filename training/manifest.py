"""A dataset version as training and bench see it: which one it is, where it lies, its rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.dataset.manifest import read_manifest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DatasetVersion:
    """Which dataset a model was trained or tested on."""

    name: str
    version: str
    sha256: str  # of the manifest file, hexadecimal

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


@dataclass(frozen=True)
class Manifest:
    """A dataset on disk: where it is, which version it is, and its rows.

    It is a manifest with its shards; or, with `loose`, a folder of pictures, `path`, whose rows
    have in `shard` the picture's own path below it.
    """

    path: Path
    version: DatasetVersion
    rows: pd.DataFrame
    loose: bool = False

    @property
    def folder(self) -> Path:
        """The folder that the paths in `shard` are relative to."""
        return self.path if self.loose else self.path.parent

    def split(self, name: str) -> pd.DataFrame:
        """Return the rows of one split, renumbered from 0, in manifest order."""
        return self.rows[self.rows["split"] == name].reset_index(drop=True)


def open_manifest(path: Path) -> Manifest:
    """Read the manifest at `path`.

    Raises:
        InputError: it is missing, is no manifest, or holds a value that cannot be.
    """
    rows = read_manifest(path)
    version = DatasetVersion(
        name=str(rows.attrs["dataset"]),
        version=str(rows.attrs["version"]),
        sha256=file_sha256(path),
    )
    return Manifest(path=path, version=version, rows=rows)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
