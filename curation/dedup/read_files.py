"""Picture files for `curate duplicates`: found below the paths given, read, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from curation.dedup.hashes import reduction_for
from curation.dedup.signature import (
    FaceSignature,
    Signature,
    face_of,
    face_signatures,
    signatures,
)
from curation.dedup.small import Small, small_picture
from curation.errors import InputError
from curation.pictures import BadImageError, decode, dimensions, luminance

MAX_PIXELS = 200_000_000
# Files in folders that are taken for pictures; a file that is named itself is always tried.
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
) | {".heic", ".heif", ".avif"}  # not read, but told of
FACE_SIDE = 640  # pixels of the shorter side that are enough to find a main face


class FaceCropper(Protocol):
    """Finds and aligns the main face of a picture; travels to worker processes."""

    def open(self) -> None:
        """Load what it needs, once in each process."""
        ...

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return the aligned crop of an (H, W, 3) RGB picture, or None."""
        ...


@dataclass(frozen=True, eq=False)
class ReadFile:
    """A picture file, its hashes, and the small pictures for second looks."""

    path: str
    sha256: str
    width: int
    height: int
    byte_count: int
    signature: Signature
    small: Small
    face: FaceSignature | None
    face_small: Small | None


@dataclass(frozen=True)
class Unreadable:
    """A file that is no usable picture: a short reason, and a sentence."""

    path: str
    reason: str
    detail: str


class ReadFiles:
    """Reads and hashes files in batches, in any of the engines; `faces` is None for none."""

    name: ClassVar[str] = "duplicates"
    batch_size: ClassVar[int] = 16
    parallel: ClassVar[bool] = True

    def __init__(self, faces: FaceCropper | None) -> None:
        self._faces = faces

    def open(self) -> None:
        """Keep to one core; load the face detector where one is wanted."""
        import cv2

        cv2.setNumThreads(1)
        if self._faces is not None:
            self._faces.open()

    def process(self, items: Any) -> Sequence[ReadFile | Unreadable]:
        """Return one outcome per path."""
        return [self._read(path) for path in items]

    def _read(self, path: str) -> ReadFile | Unreadable:
        try:
            content = Path(path).read_bytes()
            width, height = dimensions(content, MAX_PIXELS)
            grey = luminance(content, MAX_PIXELS, reduction=reduction_for(width, height))
            crop = self._crop(content, min(width, height))
        except BadImageError as error:
            return Unreadable(path, error.reason, str(error))
        except OSError as error:
            return Unreadable(path, "unreadable", error.strerror or str(error))
        face = crop if crop is None else face_of(crop)
        return ReadFile(
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            width=width,
            height=height,
            byte_count=len(content),
            signature=signatures([grey])[0],
            small=small_picture(grey),
            face=None if crop is None else face_signatures([crop])[0],
            face_small=None if face is None else small_picture(face),
        )

    def _crop(self, content: bytes, side: int) -> NDArray[np.uint8] | None:
        if self._faces is None:
            return None
        fitting = [part for part in (8, 4, 2) if side >= part * FACE_SIDE]
        return self._faces(decode(content, MAX_PIXELS, reduction=fitting[0] if fitting else 1))


def picture_files(paths: Iterable[Path]) -> list[str]:
    """Return the files meant, each once: files as named, folders' pictures in order of names.

    Raises:
        InputError: a path does not exist, or there is nothing to compare.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in SUFFIXES and file.is_file()
            )
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"{path} does not exist; name files or folders with pictures")
    if not found:
        raise InputError(
            "there are no pictures in what was named "
            f"(in folders, files with the endings {', '.join(sorted(SUFFIXES))} are taken)"
        )
    return list(dict.fromkeys(str(path) for path in found))
