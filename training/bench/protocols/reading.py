"""What protocols share when they read a dataset as it is distributed: tables, folders, refusals."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from curation.errors import InputError
from training.bench.protocols.registry import PROTOCOLS

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def root_of(name: str, root: Path | None, *needed: str) -> Path:
    """Return the folder of the dataset `name`, in which all of `needed` exist.

    Raises:
        InputError: the folder or something in it is missing; says where to get it.
    """
    entry = PROTOCOLS[name]
    assert root is not None  # the registry says that it is needed
    if not root.is_dir():
        raise InputError(f"there is no folder {root}; {entry.source}")
    missing = [part for part in needed if not (root / part).exists()]
    if missing:
        raise InputError(
            f"{root} lacks {missing[0]}, so it is no {name} ({entry.layout}); {entry.source}"
        )
    return root


def rows_of(
    path: Path, columns: Sequence[str], delimiter: str = ","
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with a heading, each with its line number, values trimmed.

    Raises:
        InputError: it cannot be read, lacks a column, or a row has too few cells.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, delimiter=delimiter)
            lacking = [name for name in columns if name not in (reader.fieldnames or [])]
            if lacking:
                raise InputError(f"{path} lacks the column {lacking[0]}")
            for row in reader:
                short = [name for name in columns if row[name] is None]
                if short:
                    raise InputError(f"{path}, line {reader.line_num}: there is no {short[0]}")
                yield reader.line_num, {name: row[name].strip() for name in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def pictures_below(folder: Path) -> list[Path]:
    """Return the picture files below `folder`, by their names, in the order of their paths."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURES and path.is_file() and not path.name.startswith(".")
    )


def counted(numbers: dict[str, int]) -> str:
    """Return counts as text: "0-2: 2,519, 4-6: 2,163"."""
    return ", ".join(f"{name}: {number:,}" for name, number in numbers.items())
