"""A manifest of posts: a CSV, JSONL or Parquet file with one row per post."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from curation.errors import InputError
from curation.sources import Notice, fields
from curation.sources.about import About
from curation.sources.post import Post
from curation.sources.tables import Row, read_rows

COLUMNS = (
    "image", "hashtags", "id", "author", "time", "url", "licence", "country", "age", "gender",
    "race", "identity",
)  # fmt: skip


class ManifestSource:
    """The posts of a manifest; the only column it must have is `image`.

    `image` is a path (absolute, or beside the manifest) or an http(s) address; JSONL and Parquet
    may hold a list. Columns that are not in `COLUMNS` are ignored and named once. Before the
    first post is yielded the whole file is checked, so an unusable row stops everything before
    anything is taken in.
    """

    kind: ClassVar[str] = "manifest"
    about: ClassVar[About] = About(
        reads="a CSV, JSONL or Parquet file with one post per row", access="own files"
    )

    def __init__(
        self, path: Path, *, name: str | None = None, notice: Notice | None = None
    ) -> None:
        self._path = path
        self._beside = path.resolve().parent
        self._name = name or str(path.resolve())
        self._notice = notice
        self._ignored: set[str] = set()
        self._checked = False

    @property
    def name(self) -> str:
        """The name given, or the file's absolute path."""
        return self._name

    def posts(self) -> Iterator[Post]:
        """Yield one post per row.

        Raises:
            InputError: the file or a row of it cannot be used; the sentence says which and why.
        """
        if not self._checked:
            self._check()
            self._checked = True
        for _, post in self._rows():
            yield post

    def _check(self) -> None:
        """Read everything once: every value is usable, and no id stands twice."""
        seen = array("Q")  # 8 bytes a row, where a set of the ids would take hundreds
        for _, post in self._rows():
            seen.append(_digest(post.external_id))
        self._refuse_doubles(seen)
        if self._ignored and self._notice:
            named = ", ".join(sorted(self._ignored))
            self._notice(f"{self._path}: ignored columns {named} (known: {', '.join(COLUMNS)})")

    def _refuse_doubles(self, seen: array[int]) -> None:
        import numpy as np

        ordered = np.sort(np.frombuffer(seen, dtype=np.uint64)) if seen else np.empty(0)
        doubled = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        if not doubled:
            return
        first: dict[str, str] = {}
        for where, post in self._rows():
            if _digest(post.external_id) not in doubled:
                continue
            if post.external_id in first:
                raise InputError(
                    f"{self._path}: {first[post.external_id]} and {where} have the same id "
                    f"{post.external_id!r}; give each row an id of its own in the column id"
                )
            first[post.external_id] = where

    def _rows(self) -> Iterator[tuple[str, Post]]:
        for where, row in read_rows(self._path):
            self._ignored.update(str(name) for name in row if name and name not in COLUMNS)
            yield where, self._post(where, row)

    def _post(self, where: str, row: Row) -> Post:
        if "image" not in row:
            named = ", ".join(str(name) for name in row) or "none"
            raise InputError(
                f"{self._path}, {where}: there is no column image (columns: {named}); "
                "it holds the path or address of the photograph"
            )

        def value(column: str, read: Callable[[Any], Any]) -> Any:
            try:
                return read(row.get(column))
            except ValueError as error:
                raise InputError(f"{self._path}, {where}: {column} {error}") from None

        media = value("image", self._places)
        if not media:
            raise InputError(f"{self._path}, {where}: image is empty")
        return Post(
            external_id=value("id", fields.text) or fields.media(row["image"])[0],
            media=media,
            hashtags=value("hashtags", fields.hashtags),
            author=value("author", fields.text),
            published_at=value("time", fields.time),
            url=value("url", fields.text),
            licence=value("licence", fields.text),
            country=value("country", fields.country),
            age=value("age", fields.age),
            gender=value("gender", fields.gender),
            race=value("race", fields.text),
            identity=value("identity", fields.text),
        )

    def _places(self, value: Any) -> tuple[str, ...]:
        """Return the pictures of a row as absolute paths and http(s) addresses."""
        return tuple(self._place(written) for written in fields.media(value))

    def _place(self, written: str) -> str:
        scheme, separator, _ = written.partition("://")
        if not separator:
            return written if written.startswith("/") else f"{self._beside}/{written}"
        if scheme.lower() not in ("http", "https") or not urlsplit(written).hostname:
            raise ValueError(f"{written!r} is neither a path nor an http(s) address")
        return written


def _digest(external_id: str) -> int:
    digest = hashlib.blake2b(external_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
