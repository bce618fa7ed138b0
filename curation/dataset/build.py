"""Build a dataset version, whole or not at all: pool, plan, draw, splits, files, rows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.balance.age_bins import bin_labels, parse_bins, refine
from curation.balance.plan import Plan
from curation.database.lock import stage_lock
from curation.database.models import DatasetVersion
from curation.dataset.ahead import ahead
from curation.dataset.balance_table import BalanceTable, as_json, balance_table
from curation.dataset.balancing import NOBODY, Balanced, balance
from curation.dataset.files import MANIFEST_NAME, read_description
from curation.dataset.history import History, read_history
from curation.dataset.manifest import SCHEMA_VERSION, ManifestWriter, count_samples
from curation.dataset.people import Evidence, SubjectCounts
from curation.dataset.pool import Pool, open_pool
from curation.dataset.record import read_agreement, read_funnel
from curation.dataset.release import draft, register, write_files
from curation.dataset.samples import Samples, drawn_samples
from curation.dataset.splits import chances, first_of_each, split_subjects
from curation.errors import EvenfaceError, InputError, SettingsError, StoreError
from curation.identity import content_id
from curation.settings import BalanceSettings
from curation.workspace import Workspace

STRATA = ("country", "gender")
EPOCH = "SOURCE_DATE_EPOCH"  # reproducible-builds.org: what a build takes for the time


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
    layouts: Sequence[str] = (),
) -> Build:
    """Write the next version of dataset `name`, unless the last one already holds the same.

    `notice` gets each sentence that the user should read. With `relax`, targets that cannot be met
    give way by the least that is possible. `layouts` are written beside the shards (see
    `curation.dataset.layouts`).

    Two builds of the same candidates with the same settings give the same bytes. The version's
    folder appears under its name when everything in it is written, and the database knows it
    only then. Memory holds some numbers per candidate; all else streams. `identities` is a CSV
    file that says who is who, `identity_weights` the weights of a network that compares faces (see
    `curation.dataset.people`).

    Raises:
        EvenfaceError: there is nobody to draw from, or nothing that the targets let be taken.
        SettingsError: a balance target cannot be used.
        InputError: the file of identities or of weights cannot be used.
        StoreError: a crop is missing, or the disk is full.
    """
    settings = recorded_settings(workspace, seed, layouts)
    evidence = Evidence(identities, identity_weights, settings["likeness"])
    dataset = workspace.datasets / name
    with stage_lock(workspace.database, "build-dataset"), draft(dataset) as (beside, work):
        with open_pool(workspace, evidence, notice, on_progress, work) as pool:
            with workspace.database.session() as session:
                history = read_history(session, pool, name, seed)
            balanced = _balanced(workspace, pool, seed, history, relax, notice)
            taken = balanced.draw(seed, workspace.settings.balance)
            plan, table = balanced.plan, balance_table(balanced, taken)
            rows = balanced.candidates["row"].to_numpy()[taken]
            weights = balanced.weights[taken].astype(np.float32)
            del balanced, taken  # which take much memory
            samples = _samples(pool, rows, weights, history, settings, work)
        version = _write_manifest(workspace, beside, samples, name, settings)
        folder = dataset / f"v{version.number}"
        is_new = not folder.exists()
        if is_new:
            told = plan.as_dict() | {"table": as_json(table)}
            description = _describe(workspace, samples, told, name, version, settings, pool)
            description |= count_samples(beside / MANIFEST_NAME)
            write_files(beside, samples, description, workspace.store, on_progress)
            beside.rename(folder)
        elif not (folder / MANIFEST_NAME).exists():
            raise StoreError(
                f"{folder} has lost its {MANIFEST_NAME}; `curate dataset rebuild {name} "
                f"{folder.name}` writes it again"
            )
        if not version.known:
            with workspace.database.session() as session:
                register(session, folder, len(pool), samples)
    return Build(
        name=name,
        number=version.number,
        folder=folder,
        is_new=is_new,
        candidates=len(pool),
        samples=len(samples),
        plan=plan,
        table=table,
        per_split=dict(samples.counts),
        subjects=pool.counts,
    )


def recorded_settings(workspace: Workspace, seed: int, layouts: Sequence[str]) -> dict[str, Any]:
    """Return everything that a version depends on beside the candidates, as its row keeps it."""
    settings = workspace.settings.dataset.model_dump() | {"seed": seed}
    settings["balance"] = workspace.settings.balance.model_dump(exclude_defaults=True)
    settings["papers"] = workspace.settings.papers.model_dump(exclude_defaults=True)
    settings["layouts"] = sorted(set(layouts))
    return settings


def _balanced(
    workspace: Workspace,
    pool: Pool,
    seed: int,
    history: History,
    relax: bool,
    notice: Callable[[str], None],
) -> Balanced:
    if not len(pool):
        raise EvenfaceError(NOBODY)
    candidates = pool.frame.assign(row=np.arange(len(pool), dtype=np.int32), before=history.before)
    balanced = balance(candidates, workspace.settings.balance, seed, workspace.root)
    for sentence in balanced.notices:
        notice(sentence)
    if balanced.plan.relaxed and not relax:
        raise EvenfaceError(
            f"the targets cannot be met: {balanced.plan.relaxed[0]}"
            f"{_and_more(len(balanced.plan.relaxed) - 1)}; `curate balance` shows the nearest "
            "dataset there is, and --relax builds it"
        )
    return balanced


def _and_more(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _samples(
    pool: Pool,
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    history: History,
    settings: dict[str, Any],
    work: Path,
) -> Samples:
    """Give whoever was drawn a split and a shard, and write them down in their order."""
    subject, place = np.unique(pool.frame["subject"].to_numpy()[rows], return_inverse=True)
    first = rows[first_of_each(place, len(subject))]
    splits = split_subjects(
        chances(pool.subjects.take(pa.array(subject)), settings["seed"]),
        strata(pool.frame[["age", *STRATA]].iloc[first], settings["balance"]),
        history.splits[subject],
        settings["validation"],
        settings["test"],
    )
    return drawn_samples(work, pool, rows, splits[place], weights, settings["shard_size"])


def strata(people: pd.DataFrame, settings: dict[str, Any]) -> NDArray[np.int64]:
    """Return the stratum of each person, (N,): country, then gender, then bin of `age_bins`."""
    bins = refine(parse_bins(BalanceSettings(**settings).age_bins))
    labels = [str(one) for one in bins]
    age = pd.Index(labels).get_indexer(pd.Index(bin_labels(people["age"], bins)))
    country, gender = (people[name].cat.codes.to_numpy(np.int64) + 1 for name in STRATA)
    genders = int(gender.max(initial=0)) + 1
    return np.asarray((country * genders + gender) * len(labels) + age, np.int64)


@dataclass(frozen=True)
class _Version:
    """Which version the samples are; whether the database knows it."""

    number: int
    fingerprint: str
    known: bool


def _write_manifest(
    workspace: Workspace, beside: Path, samples: Samples, name: str, settings: dict[str, Any]
) -> _Version:
    """Write the manifest; its rows and the settings say which version it is."""
    with ManifestWriter(beside / MANIFEST_NAME, name) as writer:
        for table in ahead(samples.tables()):
            writer.add(table)
        content = writer.content()
        fingerprint = content_id(SCHEMA_VERSION, json.dumps(settings, sort_keys=True), content)
        with workspace.database.session() as session:
            known = session.execute(
                select(DatasetVersion).where(
                    DatasetVersion.name == name, DatasetVersion.fingerprint == fingerprint
                )
            ).scalar_one_or_none()
            number = known.number if known else _next_number(session, name)
        while known is None and _is_another(workspace.datasets / name / f"v{number}", fingerprint):
            number += 1
        writer.name(number)
    return _Version(number, fingerprint, known is not None)


def _next_number(session: Session, name: str) -> int:
    last = session.execute(
        select(func.max(DatasetVersion.number)).where(DatasetVersion.name == name)
    ).scalar()
    return (last or 0) + 1


def _is_another(folder: Path, fingerprint: str) -> bool:
    """Tell a version that this database does not know from one a killed build left whole."""
    try:
        return bool(read_description(folder).get("fingerprint") != fingerprint)
    except InputError:
        return folder.exists()


def _describe(
    workspace: Workspace,
    samples: Samples,
    plan: dict[str, Any],
    name: str,
    version: _Version,
    settings: dict[str, Any],
    pool: Pool,
) -> dict[str, Any]:
    with workspace.database.session() as session:
        recorded = {
            "funnel": read_funnel(session, len(pool), len(samples)),
            "agreement": read_agreement(session),
        }
        previous = session.execute(
            select(DatasetVersion.description)
            .where(DatasetVersion.name == name, DatasetVersion.number < version.number)
            .order_by(DatasetVersion.number.desc())
            .limit(1)
        ).scalar()
    return {
        "name": name,
        "version": version.number,
        "schema": SCHEMA_VERSION,
        "fingerprint": version.fingerprint,
        "issued": today().isoformat(),
        "previously_issued": (previous or {}).get("issued"),
        "settings": settings,
        "subjects_joined": pool.counts.as_json(),
        "plan": plan,
        **recorded,
    }


def today() -> date:
    """Return the day of issue in UTC: that of `SOURCE_DATE_EPOCH` where it is set.

    Raises:
        SettingsError: it is no number of seconds.
    """
    given = os.environ.get(EPOCH)
    if given is None:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(given), UTC).date()
    except (ValueError, OverflowError, OSError):
        raise SettingsError(f"{EPOCH} is {given!r}, which is no number of seconds") from None
