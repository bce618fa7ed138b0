"""What worker processes do with a file that has come: prove it, take its facts, store it.

Nothing of the network or the database is imported here: a worker holds little but the decoder.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from curation.exif import read_exif
from curation.location import without_place
from curation.pictures import EXTENSIONS, BadImageError, Facts, decode, inspect
from curation.store import Store


@dataclass(frozen=True)
class Come:
    """A file to be checked: ours to move (from the spool), or somebody's to be read."""

    path: Path
    ours: bool


@dataclass(frozen=True)
class Stored:
    """A picture that is in the store."""

    image_id: str  # SHA-256 of its bytes as they came
    store_key: str
    byte_count: int
    facts: Facts
    taken_at: str | None = None  # ISO 8601
    country: str | None = None  # ISO 3166-1, two letters: what is left of the coordinates


@dataclass(frozen=True)
class Unfit:
    """A file that is not taken: a short reason, a sentence."""

    reason: str
    detail: str


class Reason(Protocol):
    """Why a picture may not be stored."""

    @property
    def reason(self) -> str:
        """A short word."""
        ...

    @property
    def detail(self) -> str:
        """A sentence."""
        ...


# Asked before bytes are stored: their SHA-256 as they came and their pixels as seen, (H, W, 3)
# uint8. Answers why they may not be, such as that their owner had them erased, or None.
Refusal = Callable[[str, NDArray[np.uint8]], Reason | None]

# Which country a place is in (latitude and longitude in degrees), if in any.
CountryOf = Callable[[float, float], str | None]


class Checker:
    """Checks files and puts them into the store; travels to worker processes.

    The id of an image is the SHA-256 of the file as it came, so that copies are known as such and
    whoever holds the file can name it. What is stored has no coordinates in it: where there were
    some, it is that file with them blanked, and its own SHA-256 is another.
    """

    name: ClassVar[str] = "fetch"
    batch_size: ClassVar[int] = 16
    parallel: ClassVar[bool] = True

    def __init__(
        self,
        store: Store,
        *,
        max_bytes: int,
        max_pixels: int,
        refusal: Refusal | None = None,
        country_of: CountryOf | None = None,
    ) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._refusal = refusal
        self._country_of = country_of

    def open(self) -> None:
        """Nothing has to be loaded."""

    def process(self, items: Sequence[Come]) -> Sequence[Stored | Unfit]:
        """Check a batch."""
        return [self._check(item) for item in items]

    def _check(self, item: Come) -> Stored | Unfit:
        try:
            return self._take(item)
        except BadImageError as error:
            return Unfit(error.reason, str(error))
        finally:
            if item.ours:
                item.path.unlink(missing_ok=True)

    def _take(self, item: Come) -> Stored | Unfit:
        content = read_file(item.path, self._max_bytes)
        if isinstance(content, Unfit):
            return content
        facts = inspect(content, self._max_pixels)
        digest = hashlib.sha256(content).hexdigest()
        if self._refusal and (why := self._refusal(digest, decode(content))) is not None:
            return Unfit(why.reason, why.detail)
        key = self._store.key("images", digest, EXTENSIONS[facts.format])
        kept = without_place(content)
        if kept is not content:
            inspect(kept, self._max_pixels)  # whatever was in the file, it must still be whole
        if item.ours and kept is content:
            self._store.adopt(key, item.path)
        else:
            self._store.put(key, kept)
        exif = read_exif(content)
        place = exif.coordinates
        country = self._country_of(*place) if self._country_of and place else None
        return Stored(digest, key, len(kept), facts, exif.taken_at, country)


def read_file(path: Path, max_bytes: int) -> bytes | Unfit:
    """Return the content of a regular file, or why it cannot be had."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe must not wait
    except (FileNotFoundError, NotADirectoryError):
        return Unfit("missing-file", f"{path} does not exist")
    except (OSError, ValueError) as error:
        return Unfit("unreadable-file", f"{path} cannot be read: {error}")
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Unfit("missing-file", f"{path} is not a regular file")
        if status.st_size > max_bytes:
            return _too_large(status.st_size, max_bytes)
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        return Unfit("unreadable-file", f"{path} cannot be read: {error}")
    finally:
        os.close(handle)
    return content if len(content) <= max_bytes else _too_large(len(content), max_bytes)


def _too_large(size: int, most: int) -> Unfit:
    return Unfit("too-large", f"{size:,} bytes or more, at most {most:,} (ingest.max_bytes)")
