"""Which versions of a dataset there are, and the one that is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from curation.database.models import DatasetVersion
from curation.database.models.released import version_label
from curation.errors import InputError
from curation.workspace import Workspace


@dataclass(frozen=True)
class Version:
    """One version as the database has it."""

    id: str
    name: str
    number: int
    patch: int
    candidates: int
    samples: int
    path: str
    manifest_sha256: str
    description: dict[str, Any] | None
    built_at: Any

    @property
    def label(self) -> str:
        """How it is called after the name: "v3", or "v3.1"."""
        return f"v{version_label(self.number, self.patch)}"


def versions(workspace: Workspace, name: str | None = None) -> list[Version]:
    """Return all versions of all datasets, or of one, by name and number."""
    statement = select(DatasetVersion).order_by(DatasetVersion.name, DatasetVersion.number)
    if name is not None:
        statement = statement.where(DatasetVersion.name == name)
    with workspace.database.session() as session:
        return [
            Version(
                id=row.id,
                name=row.name,
                number=row.number,
                patch=row.patch,
                candidates=row.candidates,
                samples=row.samples,
                path=row.path,
                manifest_sha256=row.manifest_sha256,
                description=row.description,
                built_at=row.built_at,
            )
            for row in session.scalars(statement)
        ]


def find_version(workspace: Workspace, name: str, label: str | None = None) -> Version:
    """Return the version with this label ("v3", "3", "3.1"), the newest where none is given.

    A version that an erasure replaced is found by its number: it is its present patch.

    Raises:
        InputError: there is none, or the patch named is another than the present one.
    """
    there = versions(workspace, name)
    if not there:
        known = ", ".join(dict.fromkeys(one.name for one in versions(workspace))) or "none"
        raise InputError(f"there is no dataset {name}; datasets are: {known}")
    if label is None:
        return there[-1]
    said = re.fullmatch(r"v?(\d+)(?:\.(\d+))?", label)
    for one in there:
        if said and one.number == int(said[1]):
            if said[2] is None or int(said[2]) == one.patch:
                return one
            raise InputError(f"{name} v{label.removeprefix('v')} is not there; {one.label} is")
    raise InputError(
        f"there is no {name} {label}; versions are: {', '.join(one.label for one in there)}"
    )
