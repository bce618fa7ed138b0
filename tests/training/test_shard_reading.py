"""Crops out of shards, and batches of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from discs import Row, jpeg, write_shard

from curation.errors import InputError
from training.checks import load_splits
from training.data import load_split, make_targets, row_batches
from training.loading import Decode
from training.manifest import open_manifest
from training.reader import CropReader
from training.settings import FitSettings, Sampling
from training.shards import index_crops


def pictures(count: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(4)
    return {
        f"s{i}": cv2.resize(random.integers(0, 256, (8, 8, 3), dtype=np.uint8), (256, 256))
        for i in range(count)
    }


@pytest.mark.parametrize("keep", [False, True])
def test_crops_come_in_the_order_asked_for_exactly_as_stored(tmp_path: Path, keep: bool) -> None:
    crops = {name: jpeg(picture) for name, picture in pictures(9).items()}
    write_shard(tmp_path / "a.tar", {name: crops[name] for name in list(crops)[:5]})
    write_shard(tmp_path / "b.tar", {name: crops[name] for name in list(crops)[5:]})
    members = index_crops(tmp_path, list(crops), ["a.tar"] * 5 + ["b.tar"] * 4)
    reader = CropReader(members, keep=keep)
    batches = [np.array([8, 0, 3]), np.array([1]), np.array([7, 6, 5, 4, 2]), np.array([0, 8])]
    decoded = {
        name: cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        for name, content in crops.items()
    }
    for _ in range(2):
        streamed = list(reader.stream(batches))
        for rows, batch in zip(batches, streamed, strict=True):
            assert batch.shape == (len(rows), 256, 256, 3)
            for row, crop in zip(rows, batch, strict=True):
                np.testing.assert_array_equal(crop, decoded[f"s{row}"])


def test_smaller_crops_are_area_averages(tmp_path: Path) -> None:
    picture = pictures(1)["s0"]
    write_shard(tmp_path / "a.tar", {"s0": jpeg(picture)})
    members = index_crops(tmp_path, ["s0"], ["a.tar"])
    full = CropReader(members).read(0).astype(float)
    half = CropReader(members, size=128).read(0)
    averages = full.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - averages).max() <= 0.51


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.tar does not exist"):
        index_crops(tmp_path, ["s0"], ["gone.tar"])


def test_a_shard_that_is_no_tar_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"this is not a tar file" * 100)
    with pytest.raises(InputError, match=r"a\.tar cannot be read"):
        index_crops(tmp_path, ["s0"], ["a.tar"])


@pytest.mark.parametrize("share", [0.3, 0.5, 0.77])
def test_a_shard_that_ends_early_is_named_wherever_it_ends(tmp_path: Path, share: float) -> None:
    crops = {name: jpeg(picture) for name, picture in pictures(6).items()}
    path = tmp_path / "a.tar"
    write_shard(path, crops)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match=r"a\.tar .*(ended|ends) early"):
        index_crops(tmp_path, list(crops), ["a.tar"] * 6)


def test_a_shard_that_ends_between_two_samples_is_named(tmp_path: Path) -> None:
    crops = {name: jpeg(picture) for name, picture in pictures(3).items()}
    write_shard(tmp_path / "a.tar", {name: crops[name] for name in ("s0", "s1")})
    with pytest.raises(InputError, match="holds 2 crops but not sample s2"):
        index_crops(tmp_path, list(crops), ["a.tar"] * 3)


def test_a_crop_that_is_no_picture_is_named(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", {"s0": b"no picture at all"})
    reader = CropReader(index_crops(tmp_path, ["s0"], ["a.tar"]))
    with pytest.raises(InputError, match="is no JPEG of 256x256 pixels"):
        list(reader.stream([np.array([0])]))


def test_a_crop_of_another_size_is_named(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", {"s0": jpeg(np.zeros((100, 256, 3), np.uint8))})
    with pytest.raises(InputError, match="is no JPEG of 256x256 pixels"):
        CropReader(index_crops(tmp_path, ["s0"], ["a.tar"])).read(0)


def test_batches_hold_every_row_once_and_differ_in_size_by_at_most_one() -> None:
    for count, size in ((1, 4), (9, 4), (65, 32), (100, 7)):
        batches = row_batches(count, size, torch.Generator().manual_seed(0))
        assert sorted(np.concatenate(batches)) == list(range(count))
        sizes = [len(batch) for batch in batches]
        assert max(sizes) <= size
        assert max(sizes) - min(sizes) <= 1


def test_batches_are_shuffled_only_by_a_generator() -> None:
    np.testing.assert_array_equal(np.concatenate(row_batches(50, 8)), np.arange(50))
    generator = torch.Generator().manual_seed(0)
    first, second = (np.concatenate(row_batches(50, 8, generator)) for _ in range(2))
    assert (first != np.arange(50)).any()
    assert (first != second).any()


def test_targets_weigh_sample_weight_times_label_probability(
    make_dataset: Callable[..., Path],
) -> None:
    def change(rows: list[Row]) -> None:
        rows[0].update(age=20.0, weight=2.0, age_probability=0.5, gender_probability=0.8)
        rows[0].update(gender="female")
        rows[1].update(age=None, age_probability=None, gender="male", gender_probability=None)
        rows[2].update(gender=None, gender_probability=None, age_probability=None, age=0.0)

    rows = open_manifest(make_dataset(change=change)).split("train")
    targets = make_targets(rows)
    assert targets.age[:3].tolist() == [20.0, 0.0, 0.0]  # the second is unknown: its weight is 0
    assert targets.age_weight[:3].tolist() == pytest.approx([1.0, 0.0, 1.0])
    assert targets.female[:3].tolist() == [1.0, 0.0, 0.0]
    assert targets.gender_weight[:3].tolist() == pytest.approx([1.6, 1.0, 0.0])


def test_a_split_knows_its_dataset_and_keeps_manifest_order(
    make_dataset: Callable[..., Path],
) -> None:
    manifest = open_manifest(make_dataset())
    assert (manifest.version.name, manifest.version.version) == ("discs", "3")
    split = load_split(manifest, "validation", crop_size=64)
    assert split.sample_ids == [f"validation{i:05d}" for i in range(6)]
    assert split.crops.read(0).shape == (64, 64, 3)


@pytest.mark.parametrize(("how", "size"), [("fast", 256), ("scaled", 128), ("scaled", 100)])
def test_short_cuts_of_decoding_stay_close_to_the_exact_pixels(
    tmp_path: Path, how: str, size: int
) -> None:
    write_shard(tmp_path / "a.tar", {name: jpeg(one) for name, one in pictures(4).items()})
    members = index_crops(tmp_path, list(pictures(4)), ["a.tar"] * 4)
    exact, short = CropReader(members, size), CropReader(members, size, how=Decode(how))
    for row in range(4):
        errors = np.abs(exact.read(row).astype(int) - short.read(row))
        assert errors.mean() < 2
        assert np.percentile(errors, 99) <= 12


def test_a_batch_that_is_kept_is_not_written_over_and_one_let_go_is(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", {name: jpeg(one) for name, one in pictures(9).items()})
    reader = CropReader(index_crops(tmp_path, list(pictures(9)), ["a.tar"] * 9))
    rows = [np.array([i % 9, (i + 4) % 9]) for i in range(40)]
    kept, places = [], set()
    for number, batch in enumerate(reader.stream(rows)):
        places.add(batch.ctypes.data)
        if number < 3:
            kept.append(torch.from_numpy(batch))  # a tensor holds it as well
    for number, batch in enumerate(kept):
        for row, crop in zip(rows[number], batch.numpy(), strict=True):
            np.testing.assert_array_equal(crop, reader.read(int(row)))
    assert len(places) < 12  # of 40 batches


def test_a_shard_that_is_cut_short_under_way_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_shard(path, {name: jpeg(one) for name, one in pictures(3).items()})
    reader = CropReader(index_crops(tmp_path, list(pictures(3)), ["a.tar"] * 3), workers=1)
    reader.read(0)
    with path.open("r+b") as stream:
        stream.truncate(reader.members[2].offset + 100)
    with pytest.raises(InputError, match=r"a\.tar: the crop at byte \d+ is no JPEG of 256x256"):
        reader.read(2)


def test_a_sample_drawn_by_weight_counts_as_one_in_the_loss(
    make_dataset: Callable[..., Path],
) -> None:
    def weigh(rows: list[Row]) -> None:
        rows[0]["weight"] = 3.0
        next(row for row in rows if row["split"] == "validation")["weight"] = 2.0

    manifest = open_manifest(make_dataset(change=weigh))
    settings = FitSettings(image_size=32)
    drawn, validation = load_splits(manifest, replace(settings, sampler=Sampling.weights))
    assert drawn.weights[0] == 3.0  # what it is drawn by
    assert float(drawn.targets.age_weight[0]) == pytest.approx(0.9)  # the label's probability
    assert float(drawn.targets.gender_weight[0]) == pytest.approx(0.95)
    shown_once, _ = load_splits(manifest, settings)
    assert float(shown_once.targets.age_weight[0]) == pytest.approx(2.7)
    # Validation is shown as it is, so there a weight counts in the loss either way.
    assert float(validation.targets.age_weight[0]) == pytest.approx(1.8)
