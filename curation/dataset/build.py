"""Build a dataset version, whole or not at all: plan, draw, splits, shards, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.balance.plan import Plan
from curation.database.lock import stage_lock
from curation.database.models import DatasetVersion, Sample
from curation.database.upsert import insert_new
from curation.dataset.balance_table import BalanceTable, as_json, balance_table
from curation.dataset.balancing import NOBODY, Balanced, balance
from curation.dataset.candidates import read_candidates
from curation.dataset.figures import draw_balance
from curation.dataset.files import (
    BALANCE_NAME,
    DESCRIPTION_NAME,
    MANIFEST_NAME,
    file_sha256,
    write_description,
)
from curation.dataset.index import INDEX_NAME, write_index
from curation.dataset.manifest import SCHEMA, SCHEMA_VERSION, SPLITS, write_manifest
from curation.dataset.people import Evidence, SubjectCounts, assign_subjects
from curation.dataset.shards import shard_names, write_shards
from curation.dataset.splits import released_tests, split_of
from curation.errors import EvenfaceError, StoreError
from curation.identity import content_id
from curation.workspace import Workspace


@dataclass(frozen=True)
class Build:
    """What a build came to: the version, whether it is new, the plan and the samples per split."""

    name: str
    number: int
    folder: Path
    is_new: bool
    candidates: int
    samples: int
    plan: Plan
    table: BalanceTable
    per_split: dict[str, int]
    subjects: SubjectCounts

    @property
    def manifest(self) -> Path:
        """The manifest's path."""
        return self.folder / MANIFEST_NAME


def build_dataset(
    workspace: Workspace,
    name: str,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    identities: Path | None = None,
    identity_weights: Path | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    relax: bool = False,
) -> Build:
    """Write the next version of dataset `name`, unless the last one already holds the same.

    With `relax`, targets that cannot be met give way by the least that is possible.

    Two builds of the same candidates with the same settings give the same bytes. The version's
    folder appears under its name when everything in it is written, and the database knows it
    only then. `identities` is a CSV file that says who is who, `identity_weights` the weights of
    a network that compares faces (see `curation.dataset.people`).

    Raises:
        EvenfaceError: there is nobody to draw from, or nothing that the targets let be taken.
        SettingsError: a balance target cannot be used.
        InputError: the file of identities or of weights cannot be used.
        StoreError: a crop is missing, or the disk is full.
    """
    settings = workspace.settings.dataset.model_dump() | {"seed": seed}
    settings["balance"] = workspace.settings.balance.model_dump(exclude_defaults=True)
    with stage_lock(workspace.database, "build-dataset"):
        with workspace.database.session() as session:
            candidates = read_candidates(session)
            before = _last_version(session, name, seed)
            in_test = released_tests(session, name)
        evidence = Evidence(identities, identity_weights, settings["likeness"])
        subjects = assign_subjects(
            workspace.database, candidates, workspace.store.read, evidence, notice, on_progress
        )
        balanced = _balanced(workspace, candidates, seed, before, relax)
        plan = balanced.plan
        drawn = balanced.draw(seed, workspace.settings.balance, before)
        frozen = set(candidates["subject"][candidates["sample_id"].isin(in_test)])
        table = balance_table(balanced, drawn)
        samples = _samples(drawn, settings, frozen)
        fingerprint = _fingerprint(samples, settings)
        with workspace.database.session() as session:
            known = session.execute(
                select(DatasetVersion).where(
                    DatasetVersion.name == name, DatasetVersion.fingerprint == fingerprint
                )
            ).scalar_one_or_none()
            number = known.number if known else _next_number(session, name)
        while known is None and _is_another(workspace.datasets / name / f"v{number}", fingerprint):
            number += 1
        folder = workspace.datasets / name / f"v{number}"
        is_new = not folder.exists()
        if is_new:
            figures = plan.as_dict() | {"table": as_json(table)}
            description = _describe(samples, figures, name, number, settings, fingerprint, subjects)
            _write(workspace, folder, samples, table, description, on_progress)
        elif not (folder / MANIFEST_NAME).exists():
            raise StoreError(
                f"{folder} has lost its {MANIFEST_NAME}; move what is left of it away, "
                "and this command writes the same version again"
            )
        if known is None:
            with workspace.database.session() as session:
                _register(session, folder, name, number, fingerprint, settings, candidates, samples)
    counts = samples["split"].value_counts()
    return Build(
        name=name,
        number=number,
        folder=folder,
        is_new=is_new,
        candidates=len(candidates),
        samples=len(samples),
        plan=plan,
        table=table,
        per_split={split: int(counts.get(split, 0)) for split in SPLITS},
        subjects=subjects,
    )


def _balanced(
    workspace: Workspace, candidates: pd.DataFrame, seed: int, before: set[str], relax: bool
) -> Balanced:
    if candidates.empty:
        raise EvenfaceError(NOBODY)
    balanced = balance(candidates, workspace.settings.balance, seed, workspace.root, before)
    if balanced.plan.relaxed and not relax:
        raise EvenfaceError(
            f"the targets cannot be met: {balanced.plan.relaxed[0]}"
            f"{_and_more(len(balanced.plan.relaxed) - 1)}; `curate balance` shows the nearest "
            "dataset there is, and --relax builds it"
        )
    return balanced


def _and_more(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _last_version(session: Session, name: str, seed: int) -> set[str]:
    """Return the samples of the dataset's last version with this seed; another draws anew."""
    last = (
        select(DatasetVersion.id)
        .where(DatasetVersion.name == name, DatasetVersion.seed == seed)
        .order_by(DatasetVersion.number.desc())
        .limit(1)
    )
    chosen = select(Sample.face_id).where(Sample.dataset_id.in_(last))
    return set(session.scalars(chosen))


def _samples(samples: pd.DataFrame, settings: dict[str, Any], frozen: set[str]) -> pd.DataFrame:
    samples["split"] = [
        "test"
        if subject in frozen
        else split_of(subject, settings["seed"], settings["validation"], settings["test"])
        for subject in samples["subject"]
    ]
    order = samples["split"].map(SPLITS.index)
    samples = samples.assign(_order=order).sort_values(["_order", "sample_id"], ignore_index=True)
    samples["shard"] = list(shard_names(list(samples["split"]), settings["shard_size"]))
    samples["weight"] = 1.0
    return samples.drop(columns="_order").astype(object).where(lambda frame: frame.notna(), None)


def _fingerprint(samples: pd.DataFrame, settings: dict[str, Any]) -> str:
    return content_id(
        SCHEMA_VERSION, json.dumps(settings, sort_keys=True), samples.to_json(orient="values")
    )


def _next_number(session: Session, name: str) -> int:
    last = session.execute(
        select(func.max(DatasetVersion.number)).where(DatasetVersion.name == name)
    ).scalar()
    return (last or 0) + 1


def _is_another(folder: Path, fingerprint: str) -> bool:
    """Tell a version that this database does not know from one a killed build left whole."""
    try:
        description = json.loads((folder / DESCRIPTION_NAME).read_text())
    except (OSError, ValueError):
        return folder.exists()
    return bool(description.get("fingerprint") != fingerprint)


def _write(
    workspace: Workspace,
    folder: Path,
    samples: pd.DataFrame,
    table: BalanceTable,
    description: dict[str, Any],
    on_progress: Callable[[int, int], None],
) -> None:
    beside = folder.with_name(f".{folder.name}.partial")
    rows = samples.to_dict("records")
    try:
        shutil.rmtree(beside, ignore_errors=True)  # what a killed build left
        beside.mkdir(parents=True)
        written = write_shards(
            beside, rows, workspace.store.read, lambda done: on_progress(done, len(rows))
        )
        write_index(beside / INDEX_NAME, written)
        write_manifest(
            beside / MANIFEST_NAME,
            ({name: row[name] for name in SCHEMA.names} for row in rows),
            description["name"],
            description["version"],
        )
        draw_balance(table, beside / BALANCE_NAME)
        write_description(beside, description)
        beside.rename(folder)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error


def _describe(
    samples: pd.DataFrame,
    figures: dict[str, Any],
    name: str,
    number: int,
    settings: dict[str, Any],
    fingerprint: str,
    subjects: SubjectCounts,
) -> dict[str, Any]:
    per_shard = samples["shard"].value_counts().sort_index()
    return {
        "name": name,
        "version": number,
        "schema": SCHEMA_VERSION,
        "fingerprint": fingerprint,
        "settings": settings,
        "samples": len(samples),
        "subjects": int(samples["subject"].nunique()),
        "subjects_joined": subjects.as_json(),
        "splits": {split: int((samples["split"] == split).sum()) for split in SPLITS},
        "plan": figures,
        "shards": {str(shard): int(count) for shard, count in per_shard.items()},
    }


def _register(
    session: Session,
    folder: Path,
    name: str,
    number: int,
    fingerprint: str,
    settings: dict[str, Any],
    candidates: pd.DataFrame,
    samples: pd.DataFrame,
) -> None:
    version = DatasetVersion(
        id=content_id("dataset", name, number),
        name=name,
        number=number,
        fingerprint=fingerprint,
        seed=settings["seed"],
        settings=settings,
        candidates=len(candidates),
        samples=len(samples),
        path=f"{folder.parent.name}/{folder.name}",
        manifest_sha256=file_sha256(folder / MANIFEST_NAME),
    )
    session.add(version)
    session.flush()
    insert_new(
        session,
        Sample,
        (
            {
                "dataset_id": version.id,
                "face_id": row["sample_id"],
                "split": row["split"],
                "shard": row["shard"],
                "subject": row["subject"],
            }
            for row in samples.to_dict("records")
        ),
    )
