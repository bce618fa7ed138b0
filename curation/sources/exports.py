"""What the sources of exports on disk share: their files, in order, and JSON out of them."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curation.errors import InputError
from curation.sources import Notice
from curation.sources.folder import EXTENSIONS

MAX_JSON = 64_000_000  # bytes; an export writes some kilobytes per post


class ExportFolder:
    """A folder that another program wrote: its place, its name as a source, and notices."""

    def __init__(
        self, folder: Path, *, name: str | None = None, notice: Notice | None = None
    ) -> None:
        """Check what was given; the folder is read by `posts`.

        Raises:
            InputError: there is no such folder.
        """
        if not folder.is_dir():
            what = "is a file, not a folder" if folder.is_file() else "does not exist"
            raise InputError(f"the folder {folder} {what}")
        self.root = folder.resolve()
        self._name = name or str(self.root)
        self._notice = notice

    @property
    def name(self) -> str:
        """The name given, or the folder's absolute path."""
        return self._name

    def say(self, sentence: str) -> None:
        """Give a notice; once the folder was read whole, no more."""
        if self._notice:
            self._notice(sentence)

    def said_all(self) -> None:
        """Be silent when the same posts are read again."""
        self._notice = None


def folders_of_files(root: Path) -> Iterator[list[Path]]:
    """Yield the files of every folder from `root` down, sorted; hidden ones are left out.

    Raises:
        InputError: a folder cannot be read.
    """
    waiting, entered = [root], set()
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise InputError(f"the folder {folder} cannot be read: {error.strerror}") from None
        if (status.st_dev, status.st_ino) in entered:
            continue  # a link led back here
        entered.add((status.st_dev, status.st_ino))
        waiting += reversed([path for path in paths if path.is_dir()])
        if files := [path for path in paths if path.is_file()]:
            yield files


def is_picture(path: Path) -> bool:
    """Whether the name is that of an image file."""
    return path.suffix.lower() in EXTENSIONS


def read_json(path: Path) -> Any:
    """Return what a `.json` or `.json.xz` file holds.

    Raises:
        ValueError: it cannot be read or is not JSON, as half a sentence.
    """
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            content = file.read(MAX_JSON + 1)
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"cannot be read ({error})") from None
    if len(content) > MAX_JSON:
        raise ValueError(f"holds more than {MAX_JSON:,} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None
