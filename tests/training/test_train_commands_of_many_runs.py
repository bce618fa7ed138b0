"""`train lr-range`, `cross-validate`, `tune`, and `fit` on a folder: what a user sees."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import torch
from discs import draw, jpeg
from numpy.random import default_rng
from small import small_network, use_small_network
from test_training_commands import refused
from typer.testing import CliRunner

from training.cli import train

ROOT = Path(__file__).parents[2]
SMALL = ("--backbone", "small", "--weights", "none", "--image-size", "16", "--device", "cpu")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_network(monkeypatch)
    monkeypatch.setattr("training.checkpoint.build_network", small_network())


def typed(*arguments: object) -> Any:
    return CliRunner().invoke(train, [str(argument) for argument in arguments])


def test_the_range_test_says_its_rates_and_draws_them(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset({"train": 40, "validation": 8})
    result = typed("lr-range", manifest, *SMALL, "--out", tmp_path / "lr.png", "--steps", 120)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("minimum ")
    assert (tmp_path / "lr.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "lr.csv").exists()
    result = typed("lr-range", manifest, *SMALL, "--lowest", 1, "--highest", 0.1)
    refused(result, 2, "--lowest")


def test_cross_validation_ends_in_figures_with_their_spread(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset({"train": 30, "validation": 10})
    # So few people that validation may have one gender only, which matters to no age.
    command = (
        "cross-validate", manifest, *SMALL, "--gender-weight", 0, "--epochs", 1,
        "--folds", 2, "--seeds", 1,
    )  # fmt: skip
    result = typed(*command, "--out", tmp_path / "cv")
    assert result.exit_code == 0, result.output
    gender, age, cells = result.stdout.splitlines()
    assert gender.startswith("gender accuracy")
    assert age.startswith("MAE of age")
    assert "95 % interval" in gender
    assert cells.startswith("2 cells")
    refused(typed(*command, "--folds", 60), 2, "40 subjects for 60 folds")


def test_tuning_ends_in_the_command_to_type(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_dataset({"train": 16, "validation": 8})
    command = ("tune", manifest, *SMALL, "--epochs", 1, "--out", tmp_path / "tuning")
    result = typed(*command, "--trials", 2, "--only", "learning-rate")
    assert result.exit_code == 0, result.output
    last = result.stdout.splitlines()[-1]
    assert last.startswith(f"train fit {manifest} --learning-rate ")
    monkeypatch.setenv("WORLD_SIZE", "2")
    refused(typed(*command), 2, "without torchrun")
    monkeypatch.delenv("WORLD_SIZE")
    monkeypatch.setitem(sys.modules, "optuna", None)
    refused(typed(*command), 2, "pip install 'evenface[training]'")


def test_a_folder_of_women_and_men_is_enough_for_the_gender(tmp_path: Path) -> None:
    random = default_rng(1)
    for gender in ("female", "male"):
        for split, count in (("train", 8), ("validation", 4)):
            place = tmp_path / "faces" / split / gender
            place.mkdir(parents=True)
            for number in range(count):
                picture = draw(float(random.uniform(0, 80)), gender, random)
                (place / f"{number}.jpg").write_bytes(jpeg(picture))
    result = typed(
        "fit", "--folder", tmp_path / "faces", *SMALL, "--epochs", 2, "--out", tmp_path / "run"
    )
    assert result.exit_code == 0, result.output
    assert "gender accuracy" in result.stdout
    assert "MAE" not in result.stdout
    refused(typed("fit", *SMALL), 2, "--folder DIR")


def test_missing_tensorboard_is_said_in_a_sentence(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    result = typed("fit", make_dataset(), *SMALL, "--tensorboard", "--out", tmp_path / "run")
    refused(result, 2, "--tensorboard needs the package tensorboard", "evenface[training]")


@pytest.mark.skipif(torch.cuda.is_available(), reason="says so only where there is no CUDA")
def test_the_benchmark_of_a_card_says_that_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = spec_from_file_location("train_step", ROOT / "benchmarks" / "train_step.py")
    assert spec is not None and spec.loader is not None
    benchmark = module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert benchmark.main(["--device", "cuda"]) == 1
    said = capsys.readouterr().out
    assert said == "there is no CUDA device here; leave --device out to measure the CPU\n"
