"""Points of predicted ages, heads and calibration on their way from a checkpoint to a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from discs import Learned
from typer.testing import CliRunner

from training.bench.predictors.ages import age_columns
from training.bench.predictors.checkpoint import CheckpointPredictor
from training.bench.predictors.onnx import OnnxPredictor
from training.bench.sample import Sample
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.choices import Estimate, Reported
from training.cli import bench
from training.export import export
from training.heads import HEADS, make_age_head
from training.inference.predictor import Predictor
from training.model import build_network

CROPS = np.random.default_rng(5).integers(0, 256, (4, 256, 256, 3), dtype=np.uint8)


def with_head(learned: Learned, kind: str, folder: Path) -> Path:
    """A checkpoint whose age head is another one, with random weights and some calibration."""
    known = load_checkpoint(learned.checkpoint)
    head = make_age_head(kind, known.gamma)
    torch.manual_seed(0)
    network = build_network(known.backbone, known.image_size, head)
    torch.nn.init.normal_(network.head.weight, std=0.02)
    network.start_from(0.5, torch.linspace(1, 80, 200), torch.ones(200))
    other = replace(
        known,
        age_head={"kind": kind, **head.dials()},
        calibration=1.4,
        view=0.7,
        state=network.state_dict(),
    )
    save_checkpoint(folder / f"{kind}.pt", other)
    return folder / f"{kind}.pt"


def judge(learned: Learned, out: Path, *options: str) -> dict[str, Any]:
    arguments = [
        "run", "--manifest", str(learned.manifest), "--checkpoint", str(learned.checkpoint),
        "--out", str(out), "--allow-leak", "copy", "--resamples", "0", *options,
    ]  # fmt: skip
    done = CliRunner().invoke(bench, arguments)
    assert done.exit_code == 0, done.output
    figures: dict[str, Any] = json.loads((out / "figures.json").read_text())
    return figures


def test_bench_takes_each_figure_at_the_point_that_is_best_for_it(
    learned: Learned, tmp_path: Path
) -> None:
    report = judge(learned, tmp_path / "by-metric")
    said = pq.read_table(tmp_path / "by-metric" / "predictions.parquet").to_pandas()
    truth = pq.read_table(learned.manifest).to_pandas().set_index("sample_id")["age"]
    true = truth.loc[said["sample_id"]].to_numpy(np.float64)
    error, relative = np.abs(said["age"] - true), np.abs(said["age_mape"] - true) / true
    assert report["figures"]["mae"]["value"] == pytest.approx(error.mean(), rel=1e-4)
    assert report["figures"]["mape"]["value"] == pytest.approx(relative.mean(), rel=1e-4)
    assert relative.mean() != pytest.approx((error / true).mean(), rel=1e-3)
    assert "MAPE: its MAPE-best point" in json.dumps(report["predictor"], ensure_ascii=False)
    models = report["predictor"]["models"]
    assert models[0]["age_head"]["kind"] == "gaussian"
    assert models[0]["calibration"] == load_checkpoint(learned.checkpoint).calibration


def test_one_point_for_all_figures_can_be_asked_for(learned: Learned) -> None:
    ages = Predictor(learned.checkpoint, "cpu").predict(CROPS).ages
    assert "age_mape" in age_columns(ages, Reported.by_metric)
    for reported, wanted in (
        (Reported.median, ages.median()),
        (Reported.mean, ages.mean()),
        (Reported.mape, ages.mape_best()),
    ):
        columns = age_columns(ages, reported)
        assert "age_mape" not in columns
        np.testing.assert_allclose(columns["age"], np.clip(wanted, 0, 130))


def test_training_leaves_a_calibration_under_which_validation_ages_are_likeliest(
    learned: Learned,
) -> None:
    from training.data import load_split
    from training.manifest import open_manifest

    checkpoint = load_checkpoint(learned.checkpoint)
    split = load_split(open_manifest(learned.manifest), "validation", 256)
    (crops,) = [batch.copy() for batch in split.crops.stream([np.arange(len(split))])]

    def likelihood(calibration: float) -> float:
        said = Predictor(replace(checkpoint, calibration=calibration), "cpu").predict(crops)
        z = (np.log(split.ages + checkpoint.gamma) - said.log_age_mean) / said.sigma
        return float(np.mean(np.log(said.sigma) + 0.5 * z**2))

    found = checkpoint.calibration
    assert found != 1.0
    assert likelihood(found) < likelihood(0.9 * found)
    assert likelihood(found) < likelihood(1.1 * found)


@pytest.mark.parametrize("kind", HEADS)
def test_every_head_answers_from_its_checkpoint(
    learned: Learned, tmp_path: Path, kind: str
) -> None:
    path = with_head(learned, kind, tmp_path)
    said = Predictor(path, "cpu").predict(CROPS)
    assert said.ages.median() == pytest.approx(said.age)
    assert (said.interval[:, 0] < said.age).all() and (said.age < said.interval[:, 1]).all()
    assert (said.sigma > 0).all()
    mape = Predictor(path, "cpu", estimate=Estimate.mape).predict(CROPS)
    np.testing.assert_allclose(mape.age, said.ages.mape_best())
    np.testing.assert_array_equal(mape.interval, said.interval)


def test_an_onnx_file_of_another_head_says_what_the_checkpoint_says(
    learned: Learned, tmp_path: Path
) -> None:
    path, onnx = with_head(learned, "dldl", tmp_path), tmp_path / "face.onnx"
    done = export(path, onnx)
    assert done.largest_difference is not None and done.largest_difference < 1e-4
    samples = [Sample(f"{row}", None) for row in range(len(CROPS))]
    ours = CheckpointPredictor({None: path}, "cpu", 8).predict(samples, list(CROPS))
    theirs = OnnxPredictor(onnx, "cpu", 8).predict(samples, list(CROPS))
    one, other = (said.frame([sample.sample_id for sample in samples]) for said in (ours, theirs))
    assert list(one.columns) == list(other.columns)
    assert "age_mape" in one and "age_q90" in one
    for column in one.columns[1:]:
        np.testing.assert_allclose(one[column], other[column], rtol=1e-3, atol=1e-3)
    rule = OnnxPredictor(onnx, "cpu", 8, Reported.mean).age_rule
    assert rule == CheckpointPredictor({None: path}, "cpu", 8, Reported.mean).age_rule
    assert rule.startswith("mean of the predicted distribution")


def test_a_checkpoint_from_before_there_were_heads_still_answers_the_same(
    learned: Learned, tmp_path: Path
) -> None:
    known: Checkpoint = replace(load_checkpoint(learned.checkpoint), calibration=1.0)
    content = torch.load(learned.checkpoint, weights_only=True)
    for name in ("age_head", "calibration", "view", "tta", "embedding_size"):
        del content[name]
    torch.save(content, tmp_path / "old.pt")
    old = Predictor(tmp_path / "old.pt", "cpu").predict(CROPS)
    new = Predictor(known, "cpu").predict(CROPS)
    np.testing.assert_array_equal(old.age, new.age)
    np.testing.assert_array_equal(old.interval, new.interval)
