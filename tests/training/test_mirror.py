"""A network with `mirror` judges a face together with its mirror image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from discs import TINY, Learned, write_dataset
from numpy.typing import NDArray
from test_embeddings import write_npy

from training.bench.predictors.onnx import OnnxPredictor
from training.bench.sample import Sample
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.checks import load_splits
from training.choices import Reported
from training.evaluate import validate
from training.export import export
from training.fit import fit
from training.inference.predictor import Predictor
from training.manifest import open_manifest
from training.settings import FitSettings

Floats = NDArray[Any]

CROPS = np.random.default_rng(8).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
MIRRORED = np.ascontiguousarray(CROPS[:, :, ::-1])


@pytest.fixture(scope="module")
def mirrored(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mirror") / "model.pt"
    save_checkpoint(path, replace(load_checkpoint(learned.checkpoint), mirror=True))
    return path


def logits(checkpoint: Path | Checkpoint, crops: Floats) -> Floats:
    said = Predictor(checkpoint, "cpu").predict(crops)
    share = said.female_probability
    return np.stack([np.log(share / (1 - share)), said.log_age_mean, np.log(said.sigma)])


def test_it_gives_the_mean_of_what_the_plain_network_says_of_both(
    learned: Learned, mirrored: Path
) -> None:
    one, other = logits(learned.checkpoint, CROPS), logits(learned.checkpoint, MIRRORED)
    assert np.abs(one - other).max() > 1e-3  # else there were nothing to average
    np.testing.assert_allclose(logits(mirrored, CROPS), (one + other) / 2, atol=1e-5)


def test_it_says_the_same_of_a_face_and_of_its_mirror_image(mirrored: Path) -> None:
    np.testing.assert_allclose(logits(mirrored, CROPS), logits(mirrored, MIRRORED), atol=1e-5)


def test_it_learns_from_single_looks(mirrored: Path) -> None:
    network = load_checkpoint(mirrored).network().train()
    seen = []
    network.backbone.register_forward_hook(lambda *_: seen.append(1))
    network(torch.zeros(2, 3, 32, 32))
    assert len(seen) == 1


def test_an_onnx_file_has_both_looks_inside(mirrored: Path, tmp_path: Path) -> None:
    export(mirrored, tmp_path / "face.onnx")
    predictor = OnnxPredictor(tmp_path / "face.onnx", "cpu", 8, Reported.median)
    samples = [Sample(str(number), None) for number in range(len(CROPS))]
    said = predictor.predict(samples, list(CROPS))
    asked = Predictor(mirrored, "cpu").predict(CROPS)
    np.testing.assert_allclose(said.female_probability, asked.female_probability, atol=1e-4)
    np.testing.assert_allclose(said.age, asked.age, rtol=1e-3)


def test_fit_writes_it_down_and_validates_by_it(learned: Learned, tmp_path: Path) -> None:
    plain = fit(learned.manifest, replace(TINY, epochs=1), tmp_path / "plain")
    both = fit(learned.manifest, replace(TINY, epochs=1, mirror=True), tmp_path / "both")
    one, other = load_checkpoint(plain.checkpoint), load_checkpoint(both.checkpoint)
    assert (one.mirror, other.mirror) == (False, True)
    assert all(torch.equal(one.state[name], other.state[name]) for name in one.state)
    assert plain.best.validation_loss != both.best.validation_loss


def test_stage_1_is_validated_and_calibrated_by_both_looks(
    learned: Learned, tmp_path: Path
) -> None:
    trained = str(learned.checkpoint)  # random weights see hardly any difference
    settings = replace(TINY, weights=trained, epochs=0, epochs_head=3, head_views=1, mirror=True)
    made = load_checkpoint(fit(learned.manifest, settings, tmp_path / "run").checkpoint)
    _, validation = load_splits(open_manifest(learned.manifest), settings)
    both, one = (
        validate(known.network(), validation, settings, torch.device("cpu")).calibration
        for known in (made, replace(made, mirror=False))
    )
    assert made.calibration == pytest.approx(both, rel=1e-3)
    assert made.calibration != pytest.approx(one, rel=1e-3)


def test_embeddings_have_no_mirror_image(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "dataset", {"train": 16, "validation": 8, "test": 4})
    ids = [str(row["sample_id"]) for row in pq.read_table(manifest).to_pylist()]
    vectors = np.random.default_rng(1).normal(0, 1, (len(ids), 8)).astype(np.float32)
    settings = FitSettings(
        embeddings=str(write_npy(tmp_path / "faces.npy", ids, vectors)),
        epochs=1,
        batch_size=8,
        mirror=True,
        device="cpu",
    )
    assert not load_checkpoint(fit(manifest, settings, tmp_path / "run").checkpoint).mirror
