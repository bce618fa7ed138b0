"""Rules of the house, held against the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED_WITH_TRAINING = (
    "curation.errors",
    "curation.console",
    "curation.pictures",
    "curation.faces.align",
    "curation.faces.detector",
    "curation.dataset.manifest",
    "curation.dedup.hashes",
    "curation.dedup.join",
    "curation.dedup.second_look",
    "curation.dedup.small",
)
# Pure functions and facts, which any room may use: they know neither tables nor stages.
PURE = ("curation.dedup.hashes", "curation.dedup.join", "curation.sources.countries")
ROOMS = (
    "balance",
    "dataset",
    "dedup",
    "faces",
    "hashtags",
    "ingest",
    "moderation",
    "privacy",
    "sources",
)
# Who may use which other room; every other meeting is in the tables. Erasure reaches into rooms,
# and rooms ask at its door: by pseudonym and tombstone.
NEIGHBOURS = {
    ("dataset", "balance"),
    ("ingest", "hashtags"),
    ("ingest", "sources"),
    ("ingest", "privacy"),
    ("moderation", "privacy"),
    ("privacy", "dataset"),
    ("privacy", "dedup"),
    ("privacy", "moderation"),
    ("privacy", "sources"),
}


def _imports(package: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, node.module
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def test_curation_never_imports_training() -> None:
    assert [found for found in _imports("curation") if found[1].startswith("training")] == []


def test_training_knows_curation_only_by_manifest_faces_and_the_console() -> None:
    # seen in `from curation.faces import align`
    packages = {"curation.faces", "curation.dataset", "curation.dedup"}
    others = [
        found
        for found in _imports("training")
        if found[1].startswith("curation.")
        and not found[1].startswith(SHARED_WITH_TRAINING)
        and found[1] not in packages
    ]
    assert others == []


def test_rooms_meet_in_the_tables_and_not_in_each_other() -> None:
    meetings = {
        (room, name.split(".")[1])
        for room in ROOMS
        for _, name in _imports(f"curation/{room}")
        if name.startswith("curation.")
        and name.split(".")[1] in ROOMS
        and not name.startswith(PURE)
    }
    assert {(one, other) for one, other in meetings if one != other} <= NEIGHBOURS


def test_rooms_ask_privacy_for_pseudonyms_and_tombstones_only() -> None:
    asked = {
        name
        for room in ROOMS
        if room != "privacy"
        for _, name in _imports(f"curation/{room}")
        if name.startswith("curation.privacy.")
    }
    doors = ("pseudonym", "author_pseudonym", "moderator_pseudonym", "tombstones")
    assert {name.split(".")[2] for name in asked} <= set(doors)


def test_the_label_studio_sdk_is_imported_in_one_module_only() -> None:
    users = {
        path.name for path, name in _imports("curation") if name.startswith("label_studio_sdk")
    }
    assert users <= {"label_studio_connection.py"}


@pytest.mark.parametrize("module", ["curation.cli", "training.cli"])
def test_the_command_line_starts_without_heavy_imports(module: str) -> None:
    heavy = ("torch", "pandas", "sqlalchemy", "label_studio_sdk", "numba", "pydantic", "cv2", "ray")
    program = f"import sys, {module}; print(' '.join(m for m in {heavy!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
