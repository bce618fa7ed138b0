"""Stage 1: the head alone, on kept features, until validation stops improving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from discs import Row
from small import SMALL, read_log, small_network, use_small_network

from curation.errors import InputError
from training import head_stage
from training.augment import plain_views, render
from training.checkpoint import load_checkpoint
from training.data import load_split
from training.device import pick_device
from training.distributed import Processes
from training.epoch_log import EpochLog
from training.fit import fit
from training.heads import make_age_head
from training.lr_range import RangeTest, draw_range_test, propose, smooth
from training.manifest import open_manifest
from training.model import IMAGENET_MEAN, IMAGENET_STD
from training.reliability import Reliability
from training.settings import Augment, FitSettings

HEAD_ONLY = replace(SMALL, epochs=0, epochs_head=40, head_views=2, learning_rate_head=0.5)


def test_the_stage_stops_when_validation_does_and_keeps_the_best_head(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    looks: list[int] = []
    real = head_stage.features_of

    def counted(*arguments: object) -> object:
        looks.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(head_stage, "features_of", counted)
    manifest = make_dataset({"train": 40, "validation": 12})
    settings = replace(HEAD_ONLY, patience_head=3)
    result = fit(manifest, settings, tmp_path / "run")
    assert len(looks) == 3  # two views of all in one batch each, one look at validation
    losses = [float(line.split(",")[6]) for line in read_log(tmp_path / "run")[1:]]
    best = int(np.argmin(losses))
    assert result.best.epoch == best + 1
    assert len(losses) == min(best + 4, 40)
    # The network in the folder is the best one: judged again it has the logged loss.
    state = load_checkpoint(result.checkpoint).state
    network = small_network()("small", 16, make_age_head("gaussian", 5.0))
    network.load_state_dict(state)
    split = load_split(open_manifest(manifest), "validation", 18)
    crops = torch.from_numpy(np.stack([split.crops.read(row) for row in range(12)]))
    images = render(crops, plain_views(12), 16, IMAGENET_MEAN, IMAGENET_STD)
    with torch.no_grad():
        said = network.eval()(images)
    nll = 0.5 * (
        said.age[:, 1]
        + (torch.log(split.targets.age + 5) - said.age[:, 0]) ** 2 / said.age[:, 1].exp()
    )
    bce = torch.nn.functional.binary_cross_entropy_with_logits(
        said.gender_logit, split.targets.female
    )
    assert float(nll.mean() + bce) == pytest.approx(losses[best], abs=2e-3)  # features in halves


def test_kept_features_are_those_of_the_backbone_as_it_is(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset({"train": 10, "validation": 4})
    network = small_network()("small", 16, make_age_head("gaussian", 5.0))
    split = load_split(open_manifest(manifest), "train", 18)

    class Bare:
        settings: FitSettings = replace(HEAD_ONLY, augment=Augment.none)
        crew, device, train = Processes(), pick_device("cpu"), split

    run = Bare()
    run.network = network  # type: ignore[attr-defined]
    kept = head_stage.view_features(run, 2, tmp_path / "features.npy")  # type: ignore[arg-type]
    crops = torch.from_numpy(np.stack([split.crops.read(row) for row in range(10)]))
    with torch.no_grad():
        images = render(crops, plain_views(10), 16, IMAGENET_MEAN, IMAGENET_STD)
        expected = network.eval().backbone(images).numpy()
    assert kept.shape == (2, 10, 24)
    for view in kept:
        assert view.astype(np.float32) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_no_patience_left_ends_stage_two_as_well(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    settings = replace(SMALL, epochs=60, patience=2, learning_rate=0.2)
    result = fit(make_dataset(), settings, tmp_path / "run")
    assert result.epochs == result.best.epoch + 2 < 60


def label_away(split: str, gender: str | None) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        for row in rows:
            if row["split"] == split:
                row["gender"] = gender
                row["gender_probability"] = None

    return change


@pytest.mark.parametrize(
    ("split", "gender", "words"),
    [
        ("train", None, "has no gender in its train split, but in the other"),
        ("validation", None, "has no gender in its validation split"),
        ("train", "male", "no sample of gender 'female' in its train split"),
        ("validation", "female", "no sample of gender 'male' in its validation split"),
    ],
)
def test_labels_and_classes_that_a_split_lacks_are_named(
    make_dataset: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    split: str,
    gender: str | None,
    words: str,
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset(change=label_away(split, gender))
    with pytest.raises(InputError, match=words):
        fit(manifest, SMALL, tmp_path / "run")
    if gender:
        result = fit(manifest, replace(SMALL, epochs=1, gender_weight=0.0), tmp_path / "run")
        assert result.best.mae > 0


def test_proposed_rates_are_where_the_loss_starts_and_stops_to_fall() -> None:
    exponents = np.linspace(-6, 0, 121)
    # Level 1 up to 1e-4, falling in a straight line to 0 at 1e-2, rising from 1e-1 on.
    curve = np.clip(1 - (exponents + 4) / 2, 0, 1) + np.clip(exponents + 1, 0, None) * 5
    low, high = propose(10**exponents, curve)
    assert np.log10(low) == pytest.approx(-3.8, abs=0.051)
    assert np.log10(high) == pytest.approx(-2.2, abs=0.051)
    from curation.errors import TrainingError

    with pytest.raises(TrainingError, match="does not fall at any rate"):
        propose(10**exponents, exponents)


def test_smoothing_is_free_of_the_bias_of_its_start() -> None:
    assert smooth([3.0, 3.0, 3.0]) == pytest.approx([3.0, 3.0, 3.0])
    assert smooth([1.0, 2.0], beta=0.5) == pytest.approx([1.0, 5 / 3])


def test_the_range_curve_is_a_picture_on_a_log_axis() -> None:
    from io import BytesIO

    from PIL import Image

    rates, losses = np.geomspace(1e-5, 1, 30), np.linspace(2, 1, 30)
    found = RangeTest(rates, losses, losses, 1e-4, 1e-2)
    with Image.open(BytesIO(draw_range_test(found))) as picture:
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert len(colours) > 20


def test_fit_takes_the_rates_of_its_own_range_test(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset({"train": 40, "validation": 8})
    settings = replace(SMALL, auto_lr=True, epochs=2, learning_rate=None)
    fit(manifest, settings, tmp_path / "run")
    rows = (tmp_path / "run" / "lr-range.csv").read_text().splitlines()
    assert rows[0] == "learning_rate,loss,smoothed"
    rates = [float(row.split(",")[0]) for row in rows[1:]]
    factors = np.diff(np.log(rates))
    assert factors == pytest.approx(np.full(len(factors), factors[0]), rel=1e-6)
    logged = [float(line.split(",")[2]) for line in read_log(tmp_path / "run")[1:]]
    assert rates[0] < max(logged) <= rates[-1]
    assert (tmp_path / "run" / "lr-range.png").exists()


def test_an_epochs_log_is_the_mean_over_its_batches() -> None:
    from training.bench.metrics import Figure
    from training.evaluate import Validation

    covered = np.full(9, 0.8)
    found = Validation(0.5, Figure(0.9, 10), Figure(4.0, 8), 1.0, Reliability(covered, covered))
    log = EpochLog.of(3, "all", 0.1, [[1.0, 0.5, 0.5], [3.0, 2.5, 0.5]], found, 100.0)
    assert (log.train_loss, log.train_age_loss, log.train_gender_loss) == (2.0, 1.5, 0.5)
