"""What came out against what is true: verdicts, hashtags, duplicates, and the balance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import DatasetVersion, Face, Image, Media, Post, Verdict
from curation.dataset.manifest import read_manifest
from curation.dataset.pool import open_pool
from curation.demo.files import Truth
from curation.demo.moderators import right_answers
from curation.errors import EvenfaceError, InputError
from curation.moderation.questions import BY_ATTRIBUTE
from curation.workspace import Workspace

AGE_GROUPS = ((0, 3), (3, 7), (7, 13), (13, 20), (20, 33), (33, 48), (48, 60), (60, 130))


@dataclass(frozen=True)
class Accuracy:
    """Verdicts on one attribute: how many are right, wrong, and undecided."""

    attribute: str
    right: int
    wrong: int
    undecided: int


@dataclass(frozen=True)
class Found:
    """How many of the known defects of one kind were found, missed, or never came that far."""

    kind: str
    found: int
    missed: int
    elsewhere: int = 0


@dataclass(frozen=True)
class Distribution:
    """Counts before and after balancing: one row per country or age group."""

    title: str
    rows: list[tuple[str, int, int, int, int]]  # name, women, men, women taken, men taken


@dataclass(frozen=True)
class DemoReport:
    """All tables of `curate demo report`."""

    dataset: str
    distributions: list[Distribution]
    verdicts: list[Accuracy]
    hashtags: Found
    duplicates: list[Found]
    false_duplicates: int
    labels: list[Accuracy]  # of the samples in the dataset


def make_report(workspace: Workspace, truths: Mapping[str, Truth]) -> DemoReport:
    """Compare the workspace with the truth of its posts (by the source's own post id).

    Raises:
        EvenfaceError: no dataset version was built yet.
        InputError: the workspace holds posts that the truth does not know.
    """
    with open_pool(workspace) as pool:
        candidates = pool.frame
    with workspace.database.session() as session:
        version = session.scalars(
            select(DatasetVersion).order_by(DatasetVersion.name, DatasetVersion.number.desc())
        ).first()
        if version is None:
            raise EvenfaceError("there is no dataset yet; run `curate build-dataset NAME` first")
        samples = read_manifest(workspace.datasets / version.path / "manifest.parquet")
        of_image = _truth_of_images(session, truths)
        of_face = {
            face: of_image[image]
            for face, image in session.execute(select(Face.id, Face.image_id)).all()
            if image in of_image
        }
        return DemoReport(
            dataset=f"{version.name} v{version.number}",
            distributions=[
                _distribution("country", candidates, samples, lambda row: str(row["country"])),
                _distribution("age", candidates, samples, lambda row: _age_group(row["age"])),
            ],
            verdicts=_judge_verdicts(session, of_face),
            hashtags=_judge_hashtags(session, of_face, truths),
            duplicates=_judge_duplicates(session, truths),
            false_duplicates=_false_duplicates(session, of_image),
            labels=_judge_labels(samples, of_face),
        )


def _truth_of_images(session: Session, truths: Mapping[str, Truth]) -> dict[str, Truth]:
    rows = session.execute(
        select(Media.image_id, Post.external_id)
        .join(Post, Post.id == Media.post_id)
        .where(Media.image_id.is_not(None))
        .order_by(Post.external_id)
    ).all()
    of_image = {}
    for image, post in rows:
        if post not in truths:
            raise InputError(
                f"the truth file does not know the post {post} of this workspace; "
                "a report is made only of the world that `curate demo world` wrote"
            )
        of_image[str(image)] = truths[post]
    return of_image


def _judge_verdicts(session: Session, of_face: Mapping[str, Truth]) -> list[Accuracy]:
    counts: dict[str, Counter[str]] = {}
    # Only for `age_fits` a verdict has an age: the one that was claimed.
    rows = session.execute(
        select(Verdict.attribute, Verdict.face_id, Verdict.value, Verdict.age).where(
            Verdict.attribute.in_(BY_ATTRIBUTE)
        )
    ).all()
    for attribute, face, value, claimed in rows:
        right = right_answers(of_face[face], claimed or 0.0)[attribute]
        outcome = "undecided" if value is None else "right" if value == right else "wrong"
        counts.setdefault(attribute, Counter())[outcome] += 1
    return [
        Accuracy(attribute, count["right"], count["wrong"], count["undecided"])
        for attribute, count in sorted(counts.items())
    ]


def _judge_hashtags(
    session: Session, of_face: Mapping[str, Truth], truths: Mapping[str, Truth]
) -> Found:
    """Count the wrong hashtags that the moderators' verdicts caught."""
    wrong = sum(truth.defect == "wrong_hashtag" for truth in truths.values())
    rows = session.execute(
        select(Verdict.face_id, Verdict.value).where(Verdict.attribute == "age_fits")
    ).all()
    judged = [value for face, value in rows if of_face[face].defect == "wrong_hashtag"]
    missed = judged.count("yes")
    return Found("wrong_hashtag", len(judged) - missed, missed, wrong - len(judged))


def _judge_duplicates(session: Session, truths: Mapping[str, Truth]) -> list[Found]:
    """Count the copies that stand in one group with their original, per kind of copy."""
    group = dict(
        session.execute(
            select(Post.external_id, Image.group_id)
            .join(Media, Media.post_id == Post.id)
            .join(Image, Image.id == Media.image_id)
        ).all()
    )
    outcomes: dict[str, Counter[str]] = {}
    for truth in truths.values():
        if truth.copy_of is None or truth.defect is None:
            continue
        own, original = group.get(truth.id), group.get(truth.copy_of)
        known = own is not None and original is not None
        outcome = "elsewhere" if not known else "found" if own == original else "missed"
        outcomes.setdefault(truth.defect, Counter())[outcome] += 1
    return [
        Found(kind, count["found"], count["missed"], count["elsewhere"])
        for kind, count in sorted(outcomes.items())
    ]


def _false_duplicates(session: Session, of_image: Mapping[str, Truth]) -> int:
    """Count the images that were put aside as copies of a picture they do not show."""
    originals: dict[str, set[str]] = {}
    rows = session.execute(
        select(Image.group_id, Image.id).where(Image.group_id.is_not(None))
    ).all()
    for group, image in rows:
        truth = of_image[image]
        originals.setdefault(str(group), set()).add(truth.copy_of or truth.id)
    return sum(len(pictures) - 1 for pictures in originals.values())


def _judge_labels(samples: pd.DataFrame, of_face: Mapping[str, Truth]) -> list[Accuracy]:
    """Judge gender and age of the samples of the dataset."""
    right: Counter[str] = Counter()
    for face, gender, age in zip(
        samples["sample_id"], samples["gender"], samples["age"], strict=True
    ):
        truth = of_face[face]
        right["gender"] += truth.gender == gender
        right["age"] += right_answers(truth, float(age))["age_fits"] == "yes"
    return [
        Accuracy(name, right[name], len(samples) - right[name], 0) for name in ("gender", "age")
    ]


def _distribution(
    title: str,
    before: pd.DataFrame,
    after: pd.DataFrame,
    group: Callable[[pd.Series], str],
) -> Distribution:
    counted = [
        Counter(zip(frame.apply(group, axis=1), frame["gender"], strict=True))
        for frame in (before, after)
    ]
    totals: Counter[str] = Counter()
    for (name, _), number in counted[0].items():
        totals[name] += number
    names: Sequence[str] = [name for name, _ in totals.most_common()]
    if title == "age":
        names = [name for name in map(_group_name, AGE_GROUPS) if name in totals]
    rows = [
        (
            name,
            counted[0][name, "female"],
            counted[0][name, "male"],
            counted[1][name, "female"],
            counted[1][name, "male"],
        )
        for name in names
    ]
    return Distribution(title, rows)


def _age_group(age: float) -> str:
    return next(_group_name(limits) for limits in AGE_GROUPS if limits[0] <= age < limits[1])


def _group_name(limits: tuple[int, int]) -> str:
    low, high = limits
    return f"{low} and over" if high >= 130 else f"{low} to {high - 1}"


def dataset_folder(workspace: Path, name: str) -> Path:
    """Return the folder of the newest version of a dataset in a workspace.

    Raises:
        EvenfaceError: there is none.
    """
    folders = [path.parent for path in (workspace / "datasets" / name).glob("v*/dataset.json")]
    if not folders:
        raise EvenfaceError(f"there is no dataset {name}; run `curate build-dataset {name}`")
    return max(
        folders, key=lambda folder: json.loads((folder / "dataset.json").read_text())["version"]
    )
