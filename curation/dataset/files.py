"""The files of one dataset version, and the description that names them with their hashes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from curation.errors import InputError

MANIFEST_NAME = "manifest.parquet"
DESCRIPTION_NAME = "dataset.json"
BALANCE_NAME = "balance.png"
IMAGEFOLDER = "imagefolder"
FROM_FILES = ("manifest_sha256", "files")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """Return every file of a version by its path below `folder`, but for the description."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    named.pop(DESCRIPTION_NAME, None)
    return named


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write `dataset.json`: what is given, and size and SHA-256 of every other file.

    The pictures of an ImageFolder are not listed: the index has the SHA-256 of each.
    """
    files = {
        name: {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for name, path in files_of(folder).items()
        if not is_picture(name)
    }
    whole = description | {
        "manifest_sha256": files[MANIFEST_NAME]["sha256"],
        "files": files,
    }
    (folder / DESCRIPTION_NAME).write_text(json.dumps(whole, indent=2) + "\n")


def is_picture(name: str) -> bool:
    """Tell whether a file of a version is one picture of an ImageFolder."""
    return name.startswith(f"{IMAGEFOLDER}/") and name.endswith(".jpg")


def without_files(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description as the database keeps it: without what follows from the files."""
    return {name: value for name, value in description.items() if name not in FROM_FILES}


def read_description(folder: Path) -> dict[str, Any]:
    """Return what `dataset.json` of a version says.

    Raises:
        InputError: it is missing or damaged.
    """
    path = folder / DESCRIPTION_NAME
    try:
        description = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(
            f"there is no dataset version in {folder}: it has no {path.name}"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if not isinstance(description, dict):
        raise InputError(f"{path} does not describe a dataset version")
    return description
