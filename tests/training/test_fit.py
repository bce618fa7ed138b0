"""Training: it learns what the pictures say, the same way each time, and leaves a readable run."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from discs import SIZES, TINY, Learned, Row
from PIL import Image
from small import SMALL, use_small_network

from curation.errors import SettingsError, TrainingError
from training.checkpoint import load_checkpoint
from training.fit import fit
from training.settings import FitSettings

QUICK = replace(SMALL, epochs=2, batch_size=16)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What every run of a network does, a small one does as well; `learned` is a real one."""
    use_small_network(monkeypatch)


def test_a_network_learns_what_the_pictures_say(learned: Learned) -> None:
    best = learned.result.best
    assert best.gender_n == best.age_n == SIZES["validation"]
    assert best.gender_accuracy >= 0.95  # chance is about 0.5
    assert best.mae < 10  # always answering the middle of 0 … 80 years gives 20
    losses = [float(row["train_loss"]) for row in read_log(learned.folder)]
    assert losses[-1] < losses[0] - 1


def test_a_run_leaves_settings_log_and_curves(learned: Learned) -> None:
    rows = read_log(learned.folder)
    assert [int(row["epoch"]) for row in rows] == list(range(1, (TINY.epochs or 0) + 1))
    assert {row["stage"] for row in rows} == {"all"}
    best = min(rows, key=lambda row: float(row["validation_loss"]))
    assert int(best["epoch"]) == learned.result.best.epoch
    run = json.loads((learned.folder / "run.json").read_text())
    assert run["dataset"]["name"] == "discs"
    assert run["settings"]["learning_rate"] == TINY.learning_rate
    assert run["samples"] == {"train": SIZES["train"], "validation": SIZES["validation"]}
    with Image.open(learned.folder / "curves.png") as curves:
        assert curves.width > 800
        assert len(np.unique(np.asarray(curves.convert("L")))) > 20


def read_log(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_the_same_seed_gives_the_same_weights_and_another_seed_gives_others(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset()
    first = fit(manifest, QUICK, tmp_path / "first").checkpoint
    torch.rand(3)  # what the caller draws in between must not matter
    second = fit(manifest, QUICK, tmp_path / "second").checkpoint
    other = fit(manifest, replace(QUICK, seed=1), tmp_path / "other").checkpoint
    weights = [load_checkpoint(path).state for path in (first, second, other)]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not torch.equal(weights[0]["head.weight"], weights[2]["head.weight"])


def test_the_number_of_decoding_threads_does_not_change_the_weights(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset()
    one = fit(manifest, replace(QUICK, workers=1), tmp_path / "one").checkpoint
    four = fit(manifest, replace(QUICK, workers=4), tmp_path / "four").checkpoint
    a, b = load_checkpoint(one).state, load_checkpoint(four).state
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_training_leaves_the_random_state_of_its_caller_alone(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(4)
    torch.manual_seed(5)
    fit(make_dataset(), replace(QUICK, epochs=1), tmp_path / "run")
    assert torch.equal(torch.rand(4), expected)


def test_stage_one_moves_the_head_and_nothing_else(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset()
    settings = replace(QUICK, epochs_head=1, epochs=0)
    once = load_checkpoint(fit(manifest, settings, tmp_path / "once").checkpoint).state
    more = replace(settings, epochs_head=4)
    longer = load_checkpoint(fit(manifest, more, tmp_path / "longer").checkpoint).state
    assert not torch.equal(once["head.weight"], longer["head.weight"])
    rest = [key for key in once if not key.startswith("head.")]
    assert any("running_mean" in key for key in rest)
    assert all(torch.equal(once[key], longer[key]) for key in rest)


def test_both_stages_are_logged_in_turn(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    settings = replace(QUICK, epochs_head=1, epochs=2)
    fit(make_dataset(), settings, tmp_path / "run")
    assert [row["stage"] for row in read_log(tmp_path / "run")] == ["head", "all", "all"]


def test_a_dataset_without_genders_still_trains_ages(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    def forget_genders(rows: list[Row]) -> None:
        for row in rows:
            row["gender"] = row["gender_probability"] = None

    result = fit(make_dataset(change=forget_genders), QUICK, tmp_path / "run")
    assert result.best.gender_n == 0
    assert result.best.age_n == 6
    assert result.best.mae > 0


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_batch(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    settings = replace(QUICK, learning_rate=1e30, epochs=4)
    with pytest.raises(TrainingError, match=r"the loss is \w+ in batch 1 of 1, epoch \d of stage"):
        fit(make_dataset(), settings, tmp_path / "run")


def test_a_run_that_stops_early_leaves_no_model_of_an_earlier_one(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset()
    assert fit(manifest, QUICK, tmp_path / "run").checkpoint.exists()
    with pytest.raises(TrainingError):
        fit(manifest, replace(QUICK, learning_rate=1e30, epochs=4), tmp_path / "run")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["settings"]["learning_rate"] == 1e30
    assert len(read_log(tmp_path / "run")) < 4
    assert not (tmp_path / "run" / "curves.png").exists()


def test_ctrl_c_keeps_the_best_model_so_far(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import fit as fit_module

    real, calls = fit_module.validate, []

    def validate_then_interrupt(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fit_module, "validate", validate_then_interrupt)
    result = fit(make_dataset(), replace(QUICK, epochs=5), tmp_path / "run")
    assert result.interrupted
    assert result.epochs == 2
    assert load_checkpoint(result.checkpoint).backbone == SMALL.backbone
    assert (tmp_path / "run" / "curves.png").exists()


def test_defaults_follow_the_first_weights_and_the_size_of_the_dataset() -> None:
    scratch = FitSettings(weights="none").plan(samples=500)
    pretrained = FitSettings(weights="imagenet").plan(samples=50_000)
    assert (scratch.epochs_head, pretrained.epochs_head) == (0, 100)
    assert (scratch.batch_size, pretrained.batch_size) == (16, 32)
    assert scratch.learning_rate > pretrained.learning_rate
    own = FitSettings(weights="none", epochs_head=2, batch_size=5).plan(samples=500)
    assert (own.epochs_head, own.batch_size) == (2, 5)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"epochs": 0, "epochs_head": 0}, "--epochs"),
        ({"learning_rate": 0.0}, "--learning-rate"),
        ({"gamma": 0.0}, "--gamma"),
        ({"gamma": math.nan}, "--gamma"),
        ({"gender_weight": -1.0}, "--gender-weight"),
    ],
)
def test_settings_that_no_training_can_use_are_named(settings: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        FitSettings(**settings).plan(samples=10)
