"""`bench run`: every figure again, from the shards and the predictor alone."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from discs import SIZES, Learned, Row, write_dataset
from PIL import Image
from sklearn import metrics as sklearn_metrics
from typer.testing import CliRunner

from training.bench.bins import ADIENCE_BINS
from training.bench.protocols.manifest import ManifestProtocol
from training.cli import bench
from training.inference.predictor import Predictor


def run(*arguments: object) -> Any:
    # Discs of one size and colour are copies of each other, so what is tested was trained on.
    allowed = ("--device", "cpu", "--allow-leak", "copy")
    return CliRunner().invoke(bench, ["run", *map(str, arguments), *allowed])


def test_every_figure_is_what_the_predictions_give(learned: Learned, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = run(
        "--dataset", "manifest", "--manifest", learned.manifest,
        "--checkpoint", learned.checkpoint, "--out", out,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads(out.read_text())
    rows = [row for row in pq.read_table(learned.manifest).to_pylist() if row["split"] == "test"]
    crops = []
    with tarfile.open(learned.manifest.parent / "shards/test-000000.tar") as archive:
        for row in rows:
            member = archive.extractfile(f"{row['sample_id']}.jpg")
            assert member is not None
            crops.append(np.asarray(Image.open(io.BytesIO(member.read()))))
    said = Predictor(learned.checkpoint, "cpu").predict(np.stack(crops))
    age = np.array([row["age"] for row in rows])
    female = np.array([row["gender"] == "female" for row in rows])
    blind = report["baseline"]["figures"]
    figures = {name: figure["value"] for name, figure in report["figures"].items()}
    # OpenCV and Pillow may differ by a grey level per pixel, hence the tolerance.
    assert figures["gender_accuracy"] == pytest.approx(
        np.mean((said.female_probability > 0.5) == female)
    )
    assert figures["mae"] == pytest.approx(
        sklearn_metrics.mean_absolute_error(age, said.age), abs=0.05
    )
    relative = sklearn_metrics.mean_absolute_percentage_error(age, said.ages.mape_best())
    assert figures["mape"] == pytest.approx(relative, rel=0.02)
    bins_off = np.abs(ADIENCE_BINS.assign(age) - ADIENCE_BINS.assign(said.age))
    assert figures["exact_bin_nearest"] == pytest.approx(np.mean(bins_off == 0), abs=0.034)
    assert figures["one_off_bin_nearest"] == pytest.approx(np.mean(bins_off <= 1), abs=0.034)
    assert report["figures"]["mae"]["n"] == SIZES["test"]
    assert report["test_set"]["samples"] == SIZES["test"]
    assert report["test_set"]["data"]["dataset"] == "discs"

    train = [row for row in pq.read_table(learned.manifest).to_pylist() if row["split"] == "train"]
    median = float(np.median([row["age"] for row in train]))
    share = np.mean([row["gender"] == "female" for row in train])
    assert blind["mae"]["value"] == pytest.approx(np.mean(np.abs(age - median)))
    assert blind["gender_accuracy"]["value"] == pytest.approx(np.mean(female == (share >= 0.5)))
    assert figures["mae"] < blind["mae"]["value"]


def test_running_twice_gives_the_same_bytes(learned: Learned, tmp_path: Path) -> None:
    for name in ("first.json", "second.json"):
        common = ("--manifest", learned.manifest, "--checkpoint", learned.checkpoint)
        assert run(*common, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_the_table_names_its_rule_its_numbers_and_its_baseline(learned: Learned) -> None:
    done = run("--manifest", learned.manifest, "--checkpoint", learned.checkpoint, "--published")
    text = " ".join(done.stdout.replace("│", " ").replace("┃", " ").split())
    assert "gender accuracy" in text
    assert "nearest bin" in text
    assert str(SIZES["test"]) in text
    assert "always" in text
    assert "not comparable" in text
    assert "Rekognition" in text


def test_samples_carry_what_the_manifest_knows(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0].update(age=None, gender=None, country=None, race="Indian")

    manifest = write_dataset(tmp_path, {"test": 2}, change)
    protocol = ManifestProtocol(manifest)
    first, second = protocol.samples()
    assert (first.age, first.gender, first.country, first.race) == (None, None, None, "Indian")
    assert second.gender in ("female", "male")
    assert second.country == "FR"
    assert second.picture is not None
    assert second.picture.pixels().shape == (256, 256, 3)
    assert protocol.baseline() is None


def test_without_a_train_split_the_baseline_is_the_checkpoints(
    learned: Learned, tmp_path: Path
) -> None:
    manifest = write_dataset(tmp_path / "only-test", {"test": 4})
    out = tmp_path / "bench.json"
    done = run("--manifest", manifest, "--checkpoint", learned.checkpoint, "--out", out)
    assert done.exit_code == 0
    assert json.loads(out.read_text())["baseline"]["name"].startswith("always")


def test_unknown_labels_are_left_out_and_age_zero_is_counted(
    learned: Learned, tmp_path: Path
) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["age"] = 0.0
        rows[1].update(age=None, gender=None)

    manifest = write_dataset(
        tmp_path / "gaps", {"train": 3, "test": 6}, lambda rows: change(rows[3:])
    )
    out = tmp_path / "bench.json"
    done = run("--manifest", manifest, "--checkpoint", learned.checkpoint, "--out", out)
    assert "MAPE leaves out ages of 0 (here 1)" in " ".join(done.stdout.split())
    figures = json.loads(out.read_text())["figures"]
    assert figures["mape"]["n"] == 4
    assert figures["mape"]["excluded"] == 1
    assert figures["mae"]["n"] == figures["gender_accuracy"]["n"] == 5
