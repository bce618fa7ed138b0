"""Checkpoints: complete, whole, and safe to load."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from discs import TINY, Learned

from curation.errors import InputError
from curation.faces.align import TEMPLATE
from training.checkpoint import load_checkpoint, save_checkpoint
from training.files import write_atomically
from training.inference.predictor import Predictor
from training.manifest import file_sha256


def test_a_checkpoint_says_everything_needed_to_use_it(learned: Learned) -> None:
    checkpoint = load_checkpoint(learned.checkpoint)
    assert checkpoint.backbone == TINY.backbone
    assert checkpoint.gamma == TINY.gamma
    assert checkpoint.image_size == TINY.image_size
    assert len(checkpoint.mean) == len(checkpoint.std) == 3
    np.testing.assert_array_equal(checkpoint.template, TEMPLATE)
    assert checkpoint.dataset.name == "discs"
    assert checkpoint.dataset.version == "3"
    assert checkpoint.dataset.sha256 == file_sha256(learned.manifest)
    assert checkpoint.settings["seed"] == TINY.seed
    assert checkpoint.metrics["mae"] == learned.result.best.mae
    assert checkpoint.versions["torch"] == torch.__version__
    assert checkpoint.baseline.majority_gender in ("female", "male")


def test_a_checkpoint_written_again_predicts_the_same_to_the_last_bit(
    learned: Learned, tmp_path: Path
) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (5, 256, 256, 3), dtype=np.uint8)
    again = tmp_path / "deep" / "again.pt"
    save_checkpoint(again, load_checkpoint(learned.checkpoint))
    first = Predictor(learned.checkpoint, "cpu").predict(crops)
    second = Predictor(again, "cpu").predict(crops)
    np.testing.assert_array_equal(first.female_probability, second.female_probability)
    np.testing.assert_array_equal(first.age, second.age)
    np.testing.assert_array_equal(first.interval, second.interval)


def test_a_file_that_is_no_checkpoint_is_refused(learned: Learned, tmp_path: Path) -> None:
    whole = learned.checkpoint.read_bytes()
    contents = {
        "empty.pt": b"",
        "text.pt": b"hello",
        "cut.pt": whole[: len(whole) // 2],
        "pickle.pt": pickle.dumps({"a": 1}),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name} is not a checkpoint"):
            load_checkpoint(tmp_path / name)


def test_a_state_dict_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "state.pt")
    with pytest.raises(InputError, match=r"state\.pt is not a checkpoint of this version"):
        load_checkpoint(tmp_path / "state.pt")


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no checkpoint .*absent\.pt"):
        load_checkpoint(tmp_path / "absent.pt")


class Bomb:
    """Unpickling it would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_loading_a_strangers_file_runs_no_code(tmp_path: Path) -> None:
    torch.save({"format": Bomb(tmp_path / "exploded")}, tmp_path / "bomb.pt")
    with pytest.raises(InputError, match="not a checkpoint"):
        load_checkpoint(tmp_path / "bomb.pt")
    assert not (tmp_path / "exploded").exists()


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            write_atomically(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["model.pt"]
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_checkpoint_whose_weights_fit_another_backbone_is_refused(
    learned: Learned, tmp_path: Path
) -> None:
    wrong = replace(load_checkpoint(learned.checkpoint), backbone="resnet18")
    save_checkpoint(tmp_path / "wrong.pt", wrong)
    with pytest.raises(InputError, match="do not fit backbone resnet18"):
        Predictor(tmp_path / "wrong.pt", "cpu")
