"""Bad input to `train` and `bench` ends in one sentence and the right exit code."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from discs import TINY, Learned, Row
from typer.testing import CliRunner

from training.cli import bench, train

OPTIONS = (
    "--backbone", TINY.backbone, "--weights", "none", "--image-size", "32",
    "--epochs", "1", "--batch-size", "8", "--device", "cpu",
)  # fmt: skip


def fit(manifest: Path, out: Path, *more: object) -> Any:
    arguments = ["fit", manifest, *OPTIONS, "--out", out, *more]
    return CliRunner().invoke(train, [str(argument) for argument in arguments])


def refused(result: Any, exit_code: int, *words: str) -> None:
    """One sentence on standard error, nothing on standard output, no traceback."""
    assert result.exit_code == exit_code, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in result.output
    assert not line.startswith("error: unexpected")
    for word in words:
        assert word in line
    assert result.stdout == ""


def test_train_fit_writes_a_model_and_says_where(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    result = fit(make_dataset(), tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "best epoch 1 of 1" in result.stdout
    assert "(n = 6)" in result.stdout
    assert f"model {tmp_path / 'run' / 'model.pt'}" in result.stdout
    assert (tmp_path / "run" / "model.pt").exists()


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    refused(fit(tmp_path / "absent.parquet", tmp_path / "run"), 2, "absent.parquet")


def test_a_file_that_is_no_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.parquet").write_text("sample_id,age\n1,2\n")
    refused(fit(tmp_path / "manifest.parquet", tmp_path / "run"), 2, "manifest.parquet")


def test_a_missing_column_is_named(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    manifest = make_dataset()
    pq.write_table(pq.read_table(manifest).drop_columns(["gender"]), manifest)
    refused(fit(manifest, tmp_path / "run"), 2, "gender")


def test_a_missing_shard_is_named(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    manifest = make_dataset()
    (manifest.parent / "shards/validation-000000.tar").unlink()
    refused(fit(manifest, tmp_path / "run"), 2, "validation-000000.tar does not exist")


def test_a_shard_that_ends_early_is_named(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset()
    shard = manifest.parent / "shards/train-000000.tar"
    shard.write_bytes(shard.read_bytes()[:60_000])
    refused(fit(manifest, tmp_path / "run"), 2, "train-000000.tar", "early")


def test_an_age_that_is_no_number_is_named(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    def change(rows: list[Row]) -> None:
        rows[4]["age"] = math.nan

    refused(fit(make_dataset(change=change), tmp_path / "run"), 2, "age", "train00004")


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_named(
    make_dataset: Callable[..., Path], tmp_path: Path, split: str
) -> None:
    sizes = {"train": 4, "validation": 4, "test": 4}
    del sizes[split]
    refused(fit(make_dataset(sizes), tmp_path / "run"), 2, f"in its {split} split")


def test_one_train_sample_is_too_few(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    manifest = make_dataset({"train": 1, "validation": 2})
    refused(fit(manifest, tmp_path / "run"), 2, "one train sample")


def test_unreachable_imagenet_weights_end_in_the_way_out(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    result = fit(make_dataset(), tmp_path / "run", "--weights", "imagenet")
    refused(result, 1, "cannot be fetched", "--weights none")
    assert not (tmp_path / "run").exists()


def test_an_unknown_backbone_is_named(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    refused(fit(make_dataset(), tmp_path / "run", "--backbone", "resnet19"), 2, "resnet19")


def test_a_device_that_is_not_there_is_named(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    refused(fit(make_dataset(), tmp_path / "run", "--device", "warp"), 2, "'warp'")


def test_a_run_folder_that_cannot_be_written_is_named(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(fit(make_dataset(), tmp_path / "file" / "run"), 1, "cannot be written")


def test_bench_refuses_what_is_no_checkpoint(learned: Learned) -> None:
    arguments = ["run", "--manifest", learned.manifest, "--checkpoint", learned.manifest]
    result = CliRunner().invoke(bench, [str(argument) for argument in arguments])
    refused(result, 2, "is not a checkpoint")


def test_bench_names_a_split_that_is_empty(
    learned: Learned, make_dataset: Callable[..., Path]
) -> None:
    manifest = make_dataset({"train": 3})
    arguments = ["run", "--manifest", manifest, "--checkpoint", learned.checkpoint]
    result = CliRunner().invoke(bench, [str(argument) for argument in arguments])
    refused(result, 2, "no sample in its test split", "train (3)")
