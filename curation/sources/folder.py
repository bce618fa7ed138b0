"""Photographs on disk: every image file below a folder is one post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from curation.errors import InputError
from curation.sources import Notice, fields
from curation.sources.about import About
from curation.sources.post import Post

READ = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
NOT_READ = (".heic", ".heif", ".avif")  # taken all the same, so that they are set aside by name
EXTENSIONS = frozenset((*READ, *NOT_READ))

_HASHTAG_IN_NAME = re.compile(r"#([^\s#,.]+)")


class FolderSource:
    """The image files below a folder, in sorted order.

    A post's hashtags are the names of the folders that it lies in, the words that start with `#`
    in its file name, and `hashtags` given for all. Hidden files and folders (`.name`) are left
    out; links to folders are followed, each real folder is entered once.
    """

    kind: ClassVar[str] = "folder"
    about: ClassVar[About] = About(
        reads="image files below a folder, hashtags from their names", access="own files"
    )

    def __init__(
        self,
        folder: Path,
        *,
        name: str | None = None,
        hashtags: Sequence[str] = (),
        country: str | None = None,
        licence: str | None = None,
        notice: Notice | None = None,
    ) -> None:
        """Check what was given; the folder is read by `posts`.

        Raises:
            InputError: there is no such folder, or an option cannot be used.
        """
        if not folder.is_dir():
            what = "is a file, not a folder" if folder.is_file() else "does not exist"
            raise InputError(f"the folder {folder} {what}")
        self._root = folder.resolve()
        self._name = name or str(self._root)
        self._notice = notice
        self._hashtags = fields.hashtags(list(hashtags))
        self._licence = licence or None
        try:
            self._country = fields.country(country)
        except ValueError as error:
            raise InputError(f"--country: {error}") from None

    @property
    def name(self) -> str:
        """The name given, or the folder's absolute path."""
        return self._name

    def posts(self) -> Iterator[Post]:
        """Yield one post per image file; its id is its path below the folder.

        Raises:
            InputError: a folder cannot be read.
        """
        left_out = 0
        for path in _files(self._root, set()):
            if path.suffix.lower() not in EXTENSIONS:
                left_out += 1
                continue
            relative = path.relative_to(self._root)
            try:
                external_id = relative.as_posix().encode().decode()
            except UnicodeEncodeError:
                raise InputError(
                    f"the file name {str(path)!r} is not valid Unicode; rename the file"
                ) from None
            yield Post(
                external_id=external_id,
                media=(str(path),),
                hashtags=self._hashtags_of(relative),
                country=self._country,
                licence=self._licence,
            )
        if left_out and self._notice:
            self._notice(f"files in {self._root} that are no images by their names: {left_out:,}")
            self._notice = None

    def _hashtags_of(self, relative: Path) -> tuple[str, ...]:
        words: list[str] = []
        for folder in relative.parts[:-1]:
            # "7th birthday" is one hashtag; "party #turning7 #family" are those two.
            words += _HASHTAG_IN_NAME.findall(folder) or ["".join(re.split(r"[\s,;]+", folder))]
        words += _HASHTAG_IN_NAME.findall(relative.stem)
        return fields.hashtags([*words, *self._hashtags])


def _files(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        identity = folder.stat()
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be read: {error.strerror}") from None
    if (identity.st_dev, identity.st_ino) in entered:
        return  # a link led back here
    entered.add((identity.st_dev, identity.st_ino))
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, entered)
        elif path.is_file() or path.is_symlink():  # a broken link is reported as missing
            yield path
