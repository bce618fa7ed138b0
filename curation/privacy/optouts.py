"""Opt-outs in bulk, as a public form collects them: a CSV file of what is to be refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from curation.errors import InputError, UsageError
from curation.privacy.wishes import Reader, Wishes
from curation.workspace import Workspace

COLUMNS = ("author", "url", "sha256", "image", "request")


def read_optouts(
    workspace: Workspace, file: Path, notice: Callable[[str], None] = lambda sentence: None
) -> dict[str | None, Wishes]:
    """Return what the rows of a CSV file ask for, put together by their `request`.

    Each row fills one or more of `author` (KIND:ID), `url` (of a post or picture), `sha256` (of a
    photograph's bytes) and `image` (a file beside the CSV, with the photograph or a copy of it).
    The whole file is read before anything is done.

    Raises:
        InputError: the file or a row cannot be used; the sentence says which and why.
    """
    readers: dict[str | None, Reader] = {}
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream, strict=True)
            _check_columns(file, rows.fieldnames or ())
            for row in rows:
                where = f"{file}, line {rows.line_num}"
                if None in row or None in row.values():
                    raise InputError(f"{where}: it has more or fewer fields than the first line")
                values = {name: (row.get(name) or "").strip() for name in COLUMNS}
                request = values.pop("request") or None
                if request not in readers:
                    readers[request] = Reader(workspace)
                _take(readers[request], file, where, values)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read as CSV: {error}") from None
    for reader in readers.values():
        for sentence in reader.notices:
            notice(sentence)
    return {request: reader.wishes for request, reader in readers.items()}


def _check_columns(file: Path, names: object) -> None:
    known = ", ".join(COLUMNS)
    given = [str(name).strip() for name in names] if isinstance(names, list) else []
    if not set(given) & set(COLUMNS):
        raise InputError(f"{file} has none of the columns {known}; its first line has to name them")
    unknown = [name for name in given if name not in COLUMNS]
    if unknown:
        raise InputError(f"{file} has the column {unknown[0]!r}; known are {known}")


def _take(reader: Reader, file: Path, where: str, values: dict[str, str]) -> None:
    if not any(values.values()):
        raise InputError(f"{where}: nothing is filled in")
    try:
        if values["author"]:
            reader.author(values["author"])
        if values["url"]:
            reader.url(values["url"])
        if values["sha256"]:
            reader.sha256(values["sha256"])
        if values["image"]:
            reader.image(values["image"], beside=file.parent)
    except UsageError as error:
        raise InputError(f"{where}: {error}") from None
