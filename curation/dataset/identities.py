"""Identities that the user states for faces or images, in a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from curation.database.columns import Read
from curation.database.models import Face, Image
from curation.dataset.relations import Photographs, relation
from curation.dataset.subjects import Relation
from curation.errors import InputError

COLUMNS = ("face", "image", "identity")
IDS_PER_STATEMENT = 5_000  # SQLite takes statements of a million characters
LONGEST = 64  # characters of an id
TEXT = pa.string()


@dataclass(frozen=True)
class Stated:
    """One row: the id of a face or of an image, and who it shows."""

    kind: str  # "face" or "image"
    id: str
    identity: str


def given_relation(
    path: Path, read: Read, photographs: Photographs, notice: Callable[[str], None]
) -> Relation:
    """Read the file and return whom it says each photograph shows.

    Only the main face of an image counts, since only that one goes into a dataset. Nothing of the
    file is kept.

    Raises:
        InputError: the file cannot be used, a row of it is incomplete, or it names nothing that
            is in the workspace.
    """
    rows = list(_read(path))
    groups = {
        "image": _groups(read, "image", rows),
        "face": _groups(read, "face", rows),
    }
    known = [row for row in rows if row.id in groups[row.kind]]
    if not known:
        raise InputError(
            f"{path} names no face and no image of this workspace; a face's id is `sample_id` in "
            "a manifest, an image's is `image_id`, the SHA-256 of its file"
        )
    if len(known) < len(rows):
        notice(f"{path}: {len(rows) - len(known):,} of {len(rows):,} rows name nothing known")
    numbers = photographs.numbers([groups[row.kind][row.id] for row in known])
    identities = pa.chunked_array([[row.identity for row in known]], pa.string())
    return relation("given identity", numbers, identities)


def _read(path: Path) -> Iterator[Stated]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            if "identity" not in columns or not {"face", "image"} & set(columns):
                raise InputError(
                    f"{path} has the columns {', '.join(columns) or 'none'}; it needs identity, "
                    "and face or image"
                )
            for row in reader:
                yield _stated(path, reader.line_num, row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read as CSV: {reason}") from None


def _stated(path: Path, line: int, row: dict[str, str]) -> Stated:
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    kind = "face" if values["face"] else "image"
    if not values["identity"] or not values[kind]:
        missing = "identity" if not values["identity"] else "face or image"
        raise InputError(f"{path}, line {line}: {missing} is empty")
    return Stated(kind, values[kind].lower(), values["identity"])


def _groups(read: Read, kind: str, rows: list[Stated]) -> dict[str, str]:
    """Return the photograph of each id that is known; one that was not compared has none yet."""
    ids = sorted({row.id for row in rows if row.kind == kind and _may_be(row.id)})
    column = Image.id if kind == "image" else Face.id
    statement = select(column, Image.group_id).select_from(Image)
    if kind == "face":
        statement = statement.join(Face, Face.image_id == Image.id).where(Face.position == 0)
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        chunk = ids[start : start + IDS_PER_STATEMENT]
        for ids_found, groups in read(statement.where(column.in_(chunk)), (TEXT, TEXT)):
            groups = pc.fill_null(groups, "").to_pylist()
            found |= zip(ids_found.to_pylist(), groups, strict=True)
    return found


def _may_be(text: str) -> bool:
    """Tell whether this may be an id; what is none has no place in a statement."""
    return len(text) <= LONGEST and text.isascii() and text.isalnum()
