"""A batch worked on in parts, by one process or by two, teaches what the whole batch does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from discs import Row
from small import SMALL, end_of, in_child, read_log, small_network, use_small_network
from torch import Tensor

from curation.errors import SettingsError, TrainingError
from training.checkpoint import load_checkpoint
from training.data import Split, load_split
from training.distributed import Processes
from training.fit import fit
from training.heads import make_age_head
from training.manifest import open_manifest
from training.settings import Augment, FitSettings, Precision
from training.state import Position
from training.step import Trainer

# Without batch normalisation, and with the same picture in every part: what is left is the sum.
PLAIN = replace(SMALL, augment=Augment.none, gradient_clip=0.0)
SIZES = {"train": 16, "validation": 6}


def uneven(rows: list[Row]) -> None:
    """Let parts carry different weights, and lack labels."""
    for number, row in enumerate(rows):
        row["weight"] = 0.5 + number % 3
        if number % 4 == 1:
            row["age"] = row["age_probability"] = None
        if number in (0, 2, 3):
            row["gender"] = row["gender_probability"] = None


def trainer(split: Split, settings: FitSettings, norm: str = "group") -> Trainer:
    torch.manual_seed(3)
    network = small_network(norm)("small", 16, make_age_head("gaussian", 5.0))
    return Trainer(
        network, split, settings, settings.plan(len(split)), torch.device("cpu"), Processes()
    )


def gradient(split: Split, settings: FitSettings, norm: str = "group") -> tuple[Tensor, float]:
    """The gradient of the first batch, and its loss."""
    stepped, position = trainer(split, settings, norm), Position()
    rows = next(stepped.batches(position))
    stepped.step(position, rows)
    stepped.take_stock(position)
    parameters = stepped.network.parameters()
    flat = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    return flat, position.losses[0][0]


@pytest.fixture
def split(make_dataset: Callable[..., Path]) -> Split:
    return load_split(open_manifest(make_dataset(SIZES, uneven)), "train", 18)


@pytest.mark.parametrize("parts", [2, 3])
def test_the_parts_gradients_add_up_to_the_batchs(split: Split, parts: int) -> None:
    whole, loss = gradient(split, PLAIN)
    summed, same_loss = gradient(split, replace(PLAIN, accumulate=parts))
    assert summed.numpy() == pytest.approx(whole.numpy(), abs=1e-6)
    assert same_loss == pytest.approx(loss, abs=1e-6)


def test_with_batch_normalisation_they_do_so_but_for_its_statistics(split: Split) -> None:
    whole, _ = gradient(split, PLAIN, "batch")
    summed, _ = gradient(split, replace(PLAIN, accumulate=2), "batch")
    assert not torch.allclose(whole, summed, atol=1e-6)
    assert float(torch.cosine_similarity(whole, summed, dim=0)) > 0.8


def test_two_processes_learn_what_one_does_with_the_whole_batch(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch, "group")
    manifest = make_dataset(SIZES, uneven)
    settings = replace(PLAIN, epochs_head=2, head_views=1, ema=0.9)
    # The state of the first two of three epochs, to be gone on with: stage 1 and 2 are both seen.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def work() -> None:
        fit(manifest, settings, tmp_path / "two")

    children = [
        in_child(
            work, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2",
            MASTER_ADDR="127.0.0.1", MASTER_PORT=port,
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [end_of(child) for child in children] == [0, 0]
    assert "WORLD_SIZE" not in os.environ
    fit(manifest, settings, tmp_path / "one")
    mine, theirs = (load_checkpoint(tmp_path / run / "model.pt").state for run in ("two", "one"))
    for key, value in theirs.items():
        assert mine[key].numpy() == pytest.approx(value.numpy(), abs=2e-5), key
    logs = [
        np.array([line.split(",")[2:] for line in read_log(tmp_path / run)[1:]], dtype=float)
        for run in ("two", "one")
    ]
    assert logs[0] == pytest.approx(logs[1], abs=1e-4)


def test_parts_of_less_than_two_pictures_are_refused(split: Split) -> None:
    with pytest.raises(SettingsError, match="batches of 8 pictures cannot be worked on in 5 parts"):
        trainer(split, replace(PLAIN, accumulate=5))


def nothing_fits() -> None:
    """Ask for more than any machine has: the allocator's own refusal."""
    torch.empty(2**60, dtype=torch.uint8)


def test_lack_of_memory_ends_in_the_batch_that_would_fit(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepped, position = trainer(split, PLAIN), Position()
    real = stepped.network.forward

    def forward(images: Tensor) -> object:
        if len(images) > 3:
            nothing_fits()
        return real(images)

    monkeypatch.setattr(stepped.network, "forward", forward)
    rows = next(stepped.batches(position))
    with pytest.raises(TrainingError) as error:
        stepped.step(position, rows)
    assert str(error.value) == (
        "memory ran out with 8 pictures at a time on cpu; 2 fit: say --batch-size 2, or "
        "--accumulate 4 to keep batches of 8"
    )
    monkeypatch.setattr(stepped.network, "forward", lambda images: nothing_fits())
    with pytest.raises(TrainingError, match="not even 2 fit: lower --image-size"):
        stepped.step(Position(), next(stepped.batches(Position())))


@pytest.mark.parametrize("precision", [Precision.bf16, Precision.fp16])
def test_half_precision_trains_nearly_as_full_precision(split: Split, precision: Precision) -> None:
    full, loss = gradient(split, PLAIN)
    half, half_loss = gradient(split, replace(PLAIN, precision=precision))
    assert half_loss == pytest.approx(loss, rel=0.05)
    assert half_loss != loss
    if precision is Precision.bf16:
        assert half.numpy() == pytest.approx(full.numpy(), abs=0.1 * float(full.abs().max()))


def test_fp16_leaves_out_steps_that_overflow_until_its_scale_fits(split: Split) -> None:
    stepped, position = trainer(split, replace(PLAIN, precision=Precision.fp16)), Position()
    first = stepped.network.head.weight.detach().clone()
    moved, scales = [], []
    for _ in range(6):
        for rows in stepped.batches(position):
            stepped.step(position, rows)
            stepped.take_stock(position)
            moved.append(not torch.equal(stepped.network.head.weight, first))
            scales.append(stepped.scaler.get_scale())
        position = Position(position.epoch + 1)
        if position.epoch == stepped.plan.epochs:
            break
    assert not moved[0]
    assert moved[-1]
    assert scales[0] < 65536
    assert all(bool(torch.isfinite(p).all()) for p in stepped.network.parameters())
