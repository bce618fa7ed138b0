"""Known answers from a file: a CSV with a face, or a picture, in each row."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import Face, Gold
from curation.database.session import Database
from curation.database.upsert import upsert
from curation.errors import InputError
from curation.moderation.asked import choices
from curation.settings import ModerationSettings

EVER = datetime(1970, 1, 1, tzinfo=UTC)  # what a file says was known before anybody answered


def read_gold(file: Path, asked: Mapping[str, Sequence[str]]) -> Sequence[Mapping[str, str]]:
    """Read a CSV with the column `face` or `image`, and one for each question that is known.

    Raises:
        InputError: the file cannot be read, has other columns, or an answer that nobody can give.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            columns = list(reader.fieldnames or [])
            if not {"face", "image"} & set(columns):
                raise InputError(
                    f"{file} has no column face or image; its first line names the columns, "
                    f"such as face,{','.join(asked)}"
                )
            if unknown := [name for name in columns if name not in ("face", "image", *asked)]:
                raise InputError(
                    f"{file} has a column {unknown[0]!r}, which is no question; "
                    f"there are {', '.join(asked)}"
                )
            rows = [{key: (value or "").strip() for key, value in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    for number, row in enumerate(rows, 2):
        for attribute, values in asked.items():
            if row.get(attribute) and row[attribute] not in values:
                raise InputError(
                    f"{file}, line {number}: {row[attribute]!r} is no answer to {attribute}; "
                    f"there are {', '.join(values)}"
                )
        if not any(row.get(attribute) for attribute in asked):
            raise InputError(f"{file}, line {number} has no answer to any question")
    return rows


def import_gold(database: Database, file: Path, settings: ModerationSettings) -> int:
    """Take the known answers of a file; return how many faces have them now.

    They go before what grew from votes. Answers of moderators from before count as well.

    Raises:
        InputError: the file cannot be used, or names a face that is not here.
    """
    asked = choices(settings)
    rows = read_gold(file, asked)
    with database.session() as session:
        known: list[dict[str, Any]] = []
        for number, row in enumerate(rows, 2):
            face = _face_of(session, row)
            if face is None:
                named = row.get("face") or row.get("image") or "nothing"
                raise InputError(
                    f"{file}, line {number}: {named} is no face of this workspace; face takes the "
                    "id of a face, image the SHA-256 of a picture"
                )
            known += [
                {"face_id": face, "attribute": name, "value": row[name]}
                | {"origin": "file", "state": "ready", "since": EVER}
                for name in asked
                if row.get(name)
            ]
        upsert(session, Gold, known, update=["value", "origin", "since"])
    return len({row["face_id"] for row in known})


def _face_of(session: Session, row: Mapping[str, str]) -> str | None:
    if row.get("face"):
        return session.scalars(select(Face.id).where(Face.id == row["face"])).one_or_none()
    wanted = Face.image_id == (row.get("image") or "").lower()
    return session.scalars(select(Face.id).where(wanted, Face.position == 0)).one_or_none()
