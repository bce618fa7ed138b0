"""The papers of a version: valid by their own rules, true by the rows, the same every time."""

from __future__ import annotations

import gc
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pyarrow.parquet as pq
import pytest
from confirmed import Confirmed, add_confirmed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from curation.database.models import Annotation, Moderator, Project, Task, Vote
from curation.database.upsert import insert_new
from curation.dataset.build import build_dataset
from curation.dataset.layouts import picture_path
from curation.dataset.manifest import SCHEMA, read_manifest
from curation.dataset.record import _agreement, read_agreement
from curation.errors import SettingsError
from curation.workspace import Workspace, open_workspace

# The 22 fields of the Data Provenance Standards 1.0.0, as their JSON schema names them. Two of
# them have two sides each, one has three.
FIELDS = {
    "source": "version title id location issuer description",
    "provenance": "source origin origin-geography date previous-date generation-period "
    "generation-method format",
    "use": "classification consents privacy-indicators processing-included|processing-excluded "
    "storage-allowed|storage-forbidden license intended-purpose copyright|patent|trademark",
}
PAPERS = {"issuer": "Example Institute", "contact": "faces@example.org", "consent": "c.html"}


@pytest.fixture
def version(
    sqlite_workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A version in all layouts, whose issuer has told who they are."""
    for name, value in PAPERS.items():
        monkeypatch.setenv(f"EVENFACE_PAPERS__{name.upper()}", value)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    add_confirmed(sqlite_workspace, pool)
    layouts = ("imagefolder", "huggingface")
    return build_dataset(open_workspace(), "faces", seed=1, layouts=layouts).folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, which the library uses
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the library leaves closing to the end
def test_croissant_is_valid_without_a_warning_and_loads_every_record(
    version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlcroissant
    from mlcroissant._src.operation_graph.operations import extract

    # The library keeps what it unpacks under a shard's relative path: other versions' crops too.
    monkeypatch.setattr(extract, "EXTRACT_PATH", type(extract.EXTRACT_PATH)(tmp_path / "unpacked"))
    dataset = mlcroissant.Dataset(str(version / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("croissant/1.1")
    assert dataset.metadata.data_annotation_platform == ["Label Studio"]
    manifest = read_manifest(version / "manifest.parquet")
    rows = list(dataset.records("samples"))
    assert [row["samples/sample_id"].decode() for row in rows] == list(manifest["sample_id"])
    assert [float(row["samples/age"]) for row in rows] == list(manifest["age"])
    assert {name.partition("/")[2] for name in rows[0]} == set(SCHEMA.names)
    crops = {
        row["crops-by-sample/sample_id"].decode(): row["crops-by-sample/image"]
        for row in dataset.records("crops-by-sample")
    }
    assert set(crops) == set(manifest["sample_id"])
    assert {crop.size for crop in crops.values()} == {(256, 256)}
    crops.clear()
    gc.collect()  # while the warnings of files left open are ignored


def test_provenance_has_the_fields_of_the_standard_and_what_the_issuer_told(version: Path) -> None:
    told = json.loads((version / "provenance.json").read_text())
    fields = [field for group in FIELDS.values() for field in group.split()]
    assert len(fields) == 22
    for group, names in FIELDS.items():
        assert set(told[group]) == set(names.replace("|", " ").split())
    assert told["source"]["issuer"] == [{"name": PAPERS["issuer"], "address": [PAPERS["contact"]]}]
    assert told["use"]["consents"] == ["c.html"]
    assert told["provenance"]["date"] == "2023-11-14"
    countries = {place["country"] for place in told["provenance"]["origin-geography"]}
    assert countries == {"US", "BR", "IN"}


def test_the_datasheet_says_what_the_rows_say_and_shows_its_plots(version: Path) -> None:
    text = (version / "DATASHEET.md").read_text()
    manifest = read_manifest(version / "manifest.parquet")
    for section in ("Motivation", "Composition", "Collection process", "Uses", "Distribution"):
        assert f"## {section}" in text
    for split, count in Counter(manifest["split"]).items():
        assert f"| {split} | {count} | {count / len(manifest):.1%} |" in text
    women = Counter(manifest["split"][manifest["gender"] == "female"])
    per_split = Counter(manifest["split"])
    shares = [f"{women[split] / per_split[split]:.1%}" for split in per_split]
    assert f"| female | {sum(women.values())} | {' | '.join(shares)} |" in text
    assert f"| CC BY 4.0 | {len(manifest)} |" in text
    assert PAPERS["contact"] in text
    plots = [line.split("](")[1].rstrip(")") for line in text.splitlines() if line[:2] == "!["]
    assert len(plots) >= 3
    for name in plots:
        with Picture.open(version / name) as plot:
            assert min(plot.size) > 100


def test_an_imagefolder_and_parquet_files_hold_the_crops_as_they_are(
    version: Path, pool: list[Confirmed]
) -> None:
    from torchvision.datasets import ImageFolder

    manifest = read_manifest(version / "manifest.parquet")
    crops = {face.face_id: face.crop for face in pool}
    for row in manifest.itertuples():
        path = picture_path(row.split, row.gender, row.sample_id)
        assert (version / "imagefolder" / path).read_bytes() == crops[row.sample_id]
    seen = ImageFolder(str(version / "imagefolder" / "train"))
    train = manifest[manifest["split"] == "train"]
    assert Counter(seen.classes[label] for _, label in seen.samples) == Counter(train["gender"])
    for split, rows in manifest.groupby("split"):
        [path] = (version / "huggingface" / "data").glob(f"{split}-*.parquet")
        table = pq.read_table(path)
        assert table["sample_id"].to_pylist() == list(rows["sample_id"])
        assert [one["bytes"] for one in table["image"].to_pylist()] == [
            crops[sample] for sample in rows["sample_id"]
        ]
        features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
        assert features["image"] == {"_type": "Image"}
        assert set(features) == set(table.column_names)


def test_a_day_of_issue_that_is_none_is_refused(
    sqlite_workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_confirmed(sqlite_workspace, pool)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(SettingsError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        build_dataset(sqlite_workspace, "faces", seed=1)


VOTES = st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=5), min_size=2, max_size=20)


@settings(deadline=None)
@given(VOTES)
def test_alpha_is_that_of_the_krippendorff_package(votes: list[list[int]]) -> None:
    faces = Counter(len(answers) for answers in votes)
    squares: Counter[int] = Counter()
    for answers in votes:
        squares[len(answers)] += sum(count**2 for count in Counter(answers).values())
    totals = Counter(str(answer) for answers in votes for answer in answers)
    groups = [(n, faces[n], squares[n], n * n * faces[n]) for n in faces]
    found = _agreement(groups, totals)["alpha"]
    if len(totals) == 1:
        assert found is None
        return
    table = np.full((5, len(votes)), np.nan)
    for unit, answers in enumerate(votes):
        table[: len(answers), unit] = answers
    alpha = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert found == pytest.approx(alpha, abs=1e-5)


def test_agreement_counts_present_votes_of_two_moderators_or_more(workspace: Workspace) -> None:
    faces = [Confirmed(number) for number in range(3)]
    add_confirmed(workspace, faces)
    now = datetime.now(UTC)
    said = [("female", "female"), ("female", "male"), ("male",)]
    rows: dict[Any, list[dict[str, Any]]] = {Task: [], Annotation: [], Vote: []}
    for face, answers in zip(faces, said, strict=True):
        task = f"t{face.number}"
        rows[Task].append(
            {"id": task, "project_id": "p", "face_id": face.face_id, "claimed_age": 30.0}
            | {"remote_id": face.number, "stale": False}
        )
        for number, answer in enumerate((*answers, "male")):
            state = "superseded" if number == len(answers) else "current"
            rows[Annotation].append(
                {"id": f"{task}-{number}", "task_id": task, "moderator_id": f"m{number}"}
                | {"remote_id": face.number * 10 + number, "created_at": now, "updated_at": now}
                | {"state": state}
            )
            vote = {"annotation_id": f"{task}-{number}", "attribute": "gender", "value": answer}
            rows[Vote].append(vote)
    with workspace.database.session() as session:
        project = {"id": "p", "server": "s", "questions": "1", "remote_id": 1}
        insert_new(session, Project, [project])
        people = [{"id": f"m{number}", "status": "active"} for number in range(3)]
        insert_new(session, Moderator, people)
        for model, values in rows.items():
            insert_new(session, model, values)
        found = read_agreement(session)["gender"]
    assert (found["faces"], found["votes"], found["agreement"]) == (2, 4, 0.5)
    assert found["values"] == {"female": 3, "male": 1}
    assert found["alpha"] == 0.0  # 1 - (2/4) / (6/12), by hand
