"""The report of the demo: counts worked out by hand on a small workspace."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image as Picture
from typer.testing import CliRunner

from curation.cli.demo import app
from curation.database.models import Claim, Face, Image, Media, Post, Source, Verdict
from curation.database.upsert import insert_new
from curation.dataset.build import build_dataset
from curation.demo.files import TRUTH_COLUMNS, Truth, read_truth
from curation.demo.report import Accuracy, Found, dataset_folder, make_report
from curation.errors import EvenfaceError, InputError
from curation.identity import content_id
from curation.workspace import Workspace

# id, true age and gender, claimed age, defect, copy of | group, verdicts on gender, age, relevance
WORLD = [
    ("a", 7, "female", 7, "", "", "a", ("female", "yes", "yes")),
    ("b", 40, "female", 40, "", "", "b", ("female", "yes", "yes")),
    ("c", 30, "male", 30, "", "", "c", ("male", "yes", "yes")),
    ("d", 30, "female", 30, "", "", "d", ("male", "yes", "yes")),  # a wrong gender
    ("e", 5, "male", 50, "wrong_hashtag", "", "e", ("male", "too_young", "yes")),  # caught
    ("f", 60, "male", 9, "wrong_hashtag", "", "f", ("male", None, "yes")),  # undecided: kept out
    ("g", 60, "male", 9, "wrong_hashtag", "", "g", ("male", "yes", "yes")),  # missed
    ("h", 7, "female", 7, "copy_cropped", "a", "a", None),  # found
    ("i", 40, "female", 40, "copy_cropped", "b", "i", None),  # missed
    ("j", 30, "male", 30, "copy_saved", "c", "c", None),  # found
    ("k", 22, "male", 22, "", "", "b", None),  # falsely taken for b
    ("l", None, None, 3, "statue", "", "l", ("unclear", "unclear", "no")),
]


@pytest.fixture
def told(sqlite_workspace: Workspace) -> Workspace:
    """A workspace with these photographs and verdicts."""
    buffer = io.BytesIO()
    Picture.new("RGB", (256, 256), (90, 60, 30)).save(buffer, "JPEG")
    rows: dict[type, list[dict[str, object]]] = {
        model: [] for model in (Source, Post, Image, Media, Face, Verdict, Claim)
    }
    rows[Source].append({"id": "s", "kind": "test", "name": "test"})
    for name, _, _, claimed, _, _, group, verdicts in WORLD:
        key = sqlite_workspace.store.key("crops", _image(name), "jpg")
        sqlite_workspace.store.put(key, buffer.getvalue())
        rows[Post].append(
            {"id": name, "source_id": "s", "external_id": name, "author": name, "hashtags": []}
        )
        rows[Image].append(
            {"id": _image(name), "store_key": name, "format": "JPEG", "width": 9, "height": 9}
            | {"byte_count": 1, "face_count": 1, "phash": 0, "group_id": _image(group)}
            | {"kept": group == name and verdicts is not None}
        )
        rows[Media].append(
            {"id": name, "post_id": name, "position": 0, "url": name, "state": "stored"}
            | {"image_id": _image(name)}
        )
        face = content_id(_image(name), 0)
        rows[Face].append(
            {"id": face, "image_id": _image(name), "position": 0, "x1": 0.0, "y1": 0.0, "x2": 9.0}
            | {"y2": 9.0, "landmarks": [0.0] * 10, "score": 1.0, "eye_distance": 9.0}
            | {"crop_key": key}
        )
        rows[Claim].append(
            {"face_id": face, "attribute": "country", "value": "US", "origin": "source"}
            | {"confidence": 1.0}
        )
        for attribute, value in zip(
            ("gender", "age_fits", "relevant"), verdicts or (), strict=verdicts is not None
        ):
            rows[Verdict].append(
                {"face_id": face, "attribute": attribute, "value": value, "probability": 0.9}
                | {"votes": 3, "method": "majority"}
                | {"age": float(claimed) if attribute == "age_fits" else None}
            )
    with sqlite_workspace.database.session() as session:
        for model, values in rows.items():
            insert_new(session, model, values)
    lines = [",".join(TRUTH_COLUMNS)]
    for name, age, gender, claimed, defect, copied, _, _ in WORLD:
        person = f"{name},{age},{gender},White" if age else ",,,"
        lines.append(f"{name},{person},US,{claimed},{'yes' if age else 'no'},{defect},{copied}")
    truth = sqlite_workspace.root / "world" / "truth.csv"
    truth.parent.mkdir()
    truth.write_text("\n".join(lines) + "\n")
    return sqlite_workspace


@pytest.fixture
def truths(told: Workspace) -> dict[str, Truth]:
    return read_truth(told.root / "world" / "truth.csv")


def _image(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def test_verdicts_defects_and_labels_are_counted_as_by_hand(
    told: Workspace, truths: dict[str, Truth]
) -> None:
    build_dataset(told, "demo", seed=1)
    report = make_report(told, truths)
    assert report.dataset == "demo v1"
    assert report.verdicts == [
        Accuracy("age_fits", right=6, wrong=1, undecided=1),
        Accuracy("gender", right=7, wrong=1, undecided=0),
        Accuracy("relevant", right=8, wrong=0, undecided=0),
    ]
    assert report.hashtags == Found("wrong_hashtag", found=2, missed=1, elsewhere=0)
    assert report.duplicates == [
        Found("copy_cropped", found=1, missed=1),
        Found("copy_saved", found=1, missed=0),
    ]
    assert report.false_duplicates == 1
    # Two women are confirmed (a, b) and three men (c, d who is a woman, g who is not 9).
    ages, countries = sorted(report.distributions, key=lambda one: one.title)
    assert countries.rows == [("US", 2, 3, 2, 2)]
    assert sum(row[1] for row in ages.rows) == 2
    assert sum(row[2] for row in ages.rows) == 3
    gender, age = report.labels
    assert gender.right + gender.wrong == age.right + age.wrong == 4
    assert gender.wrong + age.wrong in (1, 2)


def test_the_report_needs_a_dataset(told: Workspace, truths: dict[str, Truth]) -> None:
    with pytest.raises(EvenfaceError, match="curate build-dataset NAME"):
        make_report(told, truths)


def test_a_truth_of_another_world_is_refused(told: Workspace, truths: dict[str, Truth]) -> None:
    build_dataset(told, "demo", seed=1)
    del truths["c"]
    with pytest.raises(InputError, match="does not know the post c"):
        make_report(told, truths)


def test_the_command_prints_the_tables(told: Workspace) -> None:
    build_dataset(told, "demo", seed=1)
    done = CliRunner().invoke(app, ["report", "--workspace", str(told.root)])
    assert done.exit_code == 0, done.stderr
    for words in ("taken into demo v1, by country", "verdicts on gender", "wrong hashtag"):
        assert words in done.stdout


def test_the_newest_version_of_a_dataset_is_found(told: Workspace, tmp_path: Path) -> None:
    made = build_dataset(told, "demo", seed=1)
    assert dataset_folder(told.root, "demo") == made.folder
    with pytest.raises(EvenfaceError, match="there is no dataset other"):
        dataset_folder(tmp_path, "other")
