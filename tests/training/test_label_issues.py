"""Label errors: wrong labels planted in a drawn dataset are found, and little else."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from discs import TINY, Row, write_dataset
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import HuberRegressor
from sklearn.model_selection import GroupKFold, cross_val_predict
from typer.testing import CliRunner

from training.cli import train
from training.manifest import open_manifest
from training.out_of_fold import FoldDone, predict_out_of_fold

GENDERS, AGES = range(0, 200, 20), range(7, 200, 20)  # rows whose labels are made wrong


def plant(rows: list[Row]) -> None:
    for row in GENDERS:
        rows[row]["gender"] = "male" if rows[row]["gender"] == "female" else "female"
    for row in AGES:
        rows[row]["age"] = 5.0 if rows[row]["age"] > 40 else 78.0
    for pair in range(0, 200, 2):  # two pictures of each person
        rows[pair + 1]["subject"] = rows[pair]["subject"]


@dataclass(frozen=True)
class Planted:
    manifest: Path
    predictions: Path
    out: Path
    said: str

    def table(self) -> pd.DataFrame:
        return pd.read_parquet(self.out / "issues.parquet")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Simple models of small pictures, out of fold by subject, stand in for the networks."""
    folder = tmp_path_factory.mktemp("planted")
    manifest = write_dataset(folder / "dataset", {"train": 200}, plant)
    rows = pd.read_parquet(manifest)
    pixels = small_pictures(folder / "dataset" / rows["shard"][0], list(rows["sample_id"]))
    split = {"cv": GroupKFold(4), "groups": rows["subject"], "n_jobs": 1}
    flat = pixels.reshape(len(pixels), -1)
    forest = RandomForestClassifier(30, random_state=0)
    chances = cross_val_predict(forest, flat, rows["gender"], method="predict_proba", **split)
    disc = np.sqrt((pixels.min(axis=2) > 160).mean(axis=1, keepdims=True)) * 100
    ages = cross_val_predict(HuberRegressor(), disc, rows["age"], **split).clip(0)
    error = np.median(np.abs(ages - rows["age"])) * 1.48  # years
    predictions = folder / "said.csv"
    about = {
        "sample_id": rows["sample_id"],
        "female_probability": chances[:, 0],
        "log_age_mean": np.log(ages + 5),
        "log_age_sigma": error / (ages + 5),
        "log_age_gamma": 5.0,
    }
    pd.DataFrame(about).to_csv(predictions, index=False)
    done = run(manifest, "--predictions", predictions, "--out", folder / "out", "--tiles", 20)
    return Planted(manifest, predictions, folder / "out", done)


def small_pictures(shard: Path, sample_ids: list[str]) -> np.ndarray:
    with tarfile.open(shard) as archive:
        members = (archive.extractfile(f"{name}.jpg").read() for name in sample_ids)  # type: ignore[union-attr]
        small = [Image.open(io.BytesIO(one)).reduce(16) for one in members]
    return np.stack([np.asarray(one, dtype=float).reshape(-1, 3) for one in small])


def run(*arguments: object) -> str:
    done = CliRunner().invoke(train, ["label-issues", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def refused(*arguments: object) -> str:
    done = CliRunner().invoke(train, ["label-issues", *map(str, arguments)])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    return done.output


@pytest.mark.parametrize(("attribute", "rows"), [("gender", GENDERS), ("age", AGES)])
def test_planted_wrong_labels_are_found_and_few_true_ones_accused(
    planted: Planted, attribute: str, rows: range
) -> None:
    wrong = {f"train{row:05d}" for row in rows}
    table = planted.table()
    found = set(table[table["issue"] & (table["attribute"] == attribute)]["sample_id"])
    recall, precision = len(found & wrong) / len(wrong), len(found & wrong) / len(found)
    assert recall >= 0.9
    assert precision >= 0.75


def test_labels_are_ranked_the_doubtful_first_and_name_their_dataset(planted: Planted) -> None:
    table = planted.table()
    assert list(table["rank"]) == list(range(1, 401))  # 200 genders and 200 ages
    assert table["issue"].is_monotonic_decreasing
    doubtful = table[table["issue"]]
    for _, part in doubtful.groupby("attribute"):
        assert part["quality"].is_monotonic_increasing
    assert list(doubtful["attribute"][:4]) == ["age", "gender", "age", "gender"]
    worst = doubtful.iloc[0]
    assert worst["label"] != worst["suggested"]
    metadata = pq.read_schema(planted.out / "issues.parquet").metadata
    assert metadata[b"evenface.dataset"] == b"discs"
    assert (
        metadata[b"evenface.manifest_sha256"].decode()
        == open_manifest(planted.manifest).version.sha256
    )
    assert f"{len(doubtful[doubtful['attribute'] == 'age'])} of 200 labels" in planted.said


def test_the_contact_sheet_shows_the_most_doubtful_faces(planted: Planted) -> None:
    with Image.open(planted.out / "issues.png") as sheet:
        assert sheet.format == "PNG"
        pixels = np.asarray(sheet)
    assert pixels.shape[1] > 10 * 128
    # The first tile is the first sample's picture: its disc stands out from the ground.
    assert pixels[8:136, 8:136].std() > 10
    assert (pixels[136:180, 8:136] < 100).any()  # the words below it


def test_each_sample_is_judged_by_a_network_that_never_saw_its_subject(tmp_path: Path) -> None:
    manifest = open_manifest(write_dataset(tmp_path / "dataset", {"train": 20}, pair_subjects))
    settings = replace(TINY, epochs=1, image_size=32, batch_size=8)
    done: list[FoldDone] = []
    said = predict_out_of_fold(manifest, settings, 2, tmp_path / "out", done.append)
    assert list(said["sample_id"]) == list(manifest.rows["sample_id"])
    assert said[["female_probability", "log_age_mean", "log_age_sigma"]].notna().all(axis=None)
    for fold in ("0", "1"):
        trained = pd.read_parquet(tmp_path / "out" / f"fold-{fold}" / "manifest.parquet")
        seen = set(trained[trained["split"] != "test"]["subject"])
        judged = said[said["fold"] == fold]["sample_id"]
        assert not seen & set(manifest.rows.set_index("sample_id").loc[judged]["subject"])
    assert [one.trained for one in done] == [True, True]

    (tmp_path / "out" / "fold-1" / "fold.json").unlink()  # as if killed before it was whole
    done.clear()
    again = predict_out_of_fold(manifest, settings, 2, tmp_path / "out", done.append)
    assert [one.trained for one in done] == [False, True]
    pd.testing.assert_frame_equal(said, again)


def pair_subjects(rows: list[Row]) -> None:
    """Two pictures to a subject, with one gender each: no split can then lack a gender."""
    for pair in range(0, len(rows), 2):
        rows[pair + 1]["subject"] = rows[pair]["subject"]
        rows[pair]["gender"], rows[pair + 1]["gender"] = "female", "male"


def test_what_cannot_be_judged_is_said_in_one_sentence(planted: Planted, tmp_path: Path) -> None:
    assert "there is no manifest" in refused(tmp_path / "gone.parquet")
    strangers = tmp_path / "strangers.csv"
    strangers.write_text("sample_id,age\nnobody,3\n")
    output = refused(planted.manifest, "--predictions", strangers)
    assert "no label of" in output
    assert "no gender is both labelled and predicted" in output
    assert "fewer --folds" in refused(planted.manifest, "--folds", 500, "--weights", "none")
