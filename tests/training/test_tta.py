"""A finished network's answer is the mean over the views of a face that `tta` names."""

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
from torch import nn
from typer.testing import CliRunner

from training.bench.predictors.onnx import OnnxPredictor
from training.bench.sample import Sample
from training.checkpoint import load_checkpoint, save_checkpoint
from training.checks import load_splits
from training.choices import Reported
from training.cli import train
from training.evaluate import validate
from training.export import export
from training.fit import fit
from training.heads import make_age_head
from training.inference.predictor import Predictor
from training.manifest import open_manifest
from training.model import FaceNetwork
from training.settings import FitSettings
from training.tta import Tta, views_of

Floats = NDArray[Any]

CROPS = np.random.default_rng(8).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
MIRRORED = np.ascontiguousarray(CROPS[:, :, ::-1])
BOTH = pytest.mark.parametrize("tta", [Tta.mirror, Tta.ten_crop])


def with_views(learned: Learned, path: Path, tta: Tta) -> Path:
    save_checkpoint(path, replace(load_checkpoint(learned.checkpoint), tta=tta))
    return path


def logits(checkpoint: Path, crops: Floats) -> Floats:
    said = Predictor(checkpoint, "cpu").predict(crops)
    share = said.female_probability
    return np.stack([np.log(share / (1 - share)), said.log_age_mean, np.log(said.sigma)])


def moved(image: Floats, down: int, right: int) -> Floats:
    """Return what lies `down` and `right` of each pixel; what is beyond the edge is its edge."""
    rows = np.clip(np.arange(image.shape[-2]) + down, 0, image.shape[-2] - 1)
    columns = np.clip(np.arange(image.shape[-1]) + right, 0, image.shape[-1] - 1)
    return image[..., rows, :][..., columns]


def test_ten_crops_are_the_centre_the_corners_and_their_mirror_images() -> None:
    image = np.random.default_rng(1).random((2, 3, 64, 64), dtype=np.float32)
    views = [view.numpy() for view in views_of(torch.from_numpy(image), Tta.ten_crop)]
    wanted = [image, *(moved(image, down, right) for down in (-2, 2) for right in (-2, 2))]
    wanted = [one for view in wanted for one in (view, view[..., ::-1])]
    assert len(views) == len(wanted) == 10
    for view, one in zip(views, wanted, strict=True):
        np.testing.assert_array_equal(view, one)


def test_a_mirrored_crop_gives_the_other_half_of_the_mean(learned: Learned, tmp_path: Path) -> None:
    mirror = with_views(learned, tmp_path / "mirror.pt", Tta.mirror)
    one, other = logits(learned.checkpoint, CROPS), logits(learned.checkpoint, MIRRORED)
    assert np.abs(one - other).max() > 1e-3  # else there were nothing to average
    np.testing.assert_allclose(logits(mirror, CROPS), (one + other) / 2, atol=1e-5)


@BOTH
def test_it_says_the_same_of_a_face_and_of_its_mirror_image(
    learned: Learned, tmp_path: Path, tta: Tta
) -> None:
    checkpoint = with_views(learned, tmp_path / "model.pt", tta)
    np.testing.assert_allclose(logits(checkpoint, CROPS), logits(checkpoint, MIRRORED), atol=1e-5)


@BOTH
def test_the_answer_is_the_mean_of_the_answers_to_the_views(
    learned: Learned, tmp_path: Path, tta: Tta
) -> None:
    network = load_checkpoint(with_views(learned, tmp_path / "model.pt", tta)).network()
    plain = load_checkpoint(learned.checkpoint).network()
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        said = network(images)
        views = [plain(view) for view in views_of(images, tta)]
    mean = torch.stack([view.age for view in views]).mean(0)
    torch.testing.assert_close(said.age, mean)
    assert (views[0].age - mean).abs().max() > 1e-4


def test_it_learns_from_single_views() -> None:
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4))
    network = FaceNetwork(backbone, 4, make_age_head("gaussian", 5.0, 0.0)).train()
    network.tta = Tta.ten_crop
    seen: list[int] = []
    backbone.register_forward_hook(lambda *_: seen.append(1))
    network(torch.zeros(2, 3, 32, 32))
    assert len(seen) == 1
    network.eval()(torch.zeros(2, 3, 32, 32))
    assert len(seen) == 11


@BOTH
def test_an_onnx_file_has_all_views_inside(learned: Learned, tmp_path: Path, tta: Tta) -> None:
    checkpoint = with_views(learned, tmp_path / "model.pt", tta)
    export(checkpoint, tmp_path / "face.onnx")
    predictor = OnnxPredictor(tmp_path / "face.onnx", "cpu", 8, Reported.median)
    samples = [Sample(str(number), None) for number in range(len(CROPS))]
    said = predictor.predict(samples, list(CROPS))
    asked = Predictor(checkpoint, "cpu").predict(CROPS)
    np.testing.assert_allclose(said.female_probability, asked.female_probability, atol=1e-4)
    np.testing.assert_allclose(said.age, asked.age, rtol=1e-3)


def test_epochs_are_compared_by_one_view_and_the_result_is_calibrated_by_all(
    learned: Learned, tmp_path: Path
) -> None:
    trained = str(learned.checkpoint)  # random weights hardly tell the views apart
    settings = replace(TINY, weights=trained, epochs=1, epochs_head=1, tta=Tta.ten_crop)
    plain = fit(learned.manifest, replace(settings, tta=Tta.none), tmp_path / "plain")
    ten = fit(learned.manifest, settings, tmp_path / "ten")
    assert plain.best.validation_loss == ten.best.validation_loss
    one, other = load_checkpoint(plain.checkpoint), load_checkpoint(ten.checkpoint)
    assert (one.tta, other.tta) == (Tta.none, Tta.ten_crop)
    assert all(torch.equal(one.state[name], other.state[name]) for name in one.state)
    _, validation = load_splits(open_manifest(learned.manifest), settings)
    found = validate(other.network(), validation, settings, torch.device("cpu"))
    assert other.calibration == pytest.approx(found.calibration, rel=1e-4)
    assert other.metrics["validation_loss"] == pytest.approx(found.loss, rel=1e-4)
    assert other.metrics["mae"] == pytest.approx(found.mae.value, rel=1e-4)
    assert other.calibration != pytest.approx(one.calibration, rel=1e-4)


def test_fit_says_how_the_network_fares_by_all_views(learned: Learned, tmp_path: Path) -> None:
    said = CliRunner().invoke(
        train,
        ["fit", str(learned.manifest), "--backbone", "resnet18", "--weights", "none", "--epochs",
         "1", "--image-size", "32", "--device", "cpu", "--tta", "mirror", "--out",
         str(tmp_path / "run")],
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    assert "by all views (mirror): validation loss" in said.output


def test_checkpoints_from_before_the_choice_keep_their_mirror_image(
    learned: Learned, tmp_path: Path
) -> None:
    content = torch.load(learned.checkpoint, weights_only=True)
    del content["tta"]
    torch.save({**content, "mirror": True}, tmp_path / "old.pt")
    assert load_checkpoint(tmp_path / "old.pt").tta is Tta.mirror
    torch.save({**content, "mirror": False}, tmp_path / "older.pt")
    assert load_checkpoint(tmp_path / "older.pt").tta is Tta.none


def test_embeddings_have_one_view(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "dataset", {"train": 16, "validation": 8, "test": 4})
    ids = [str(row["sample_id"]) for row in pq.read_table(manifest).to_pylist()]
    vectors = np.random.default_rng(1).normal(0, 1, (len(ids), 8)).astype(np.float32)
    settings = FitSettings(
        embeddings=str(write_npy(tmp_path / "faces.npy", ids, vectors)),
        epochs=1,
        batch_size=8,
        tta=Tta.ten_crop,
        device="cpu",
    )
    assert load_checkpoint(fit(manifest, settings, tmp_path / "run").checkpoint).tta is Tta.none
