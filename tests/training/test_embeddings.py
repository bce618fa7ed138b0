"""Training on face embeddings: files read strictly, and the same commands from fit to bench."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from discs import write_dataset
from numpy.typing import NDArray
from typer.testing import CliRunner

from curation.errors import InputError
from training.checkpoint import load_checkpoint
from training.cli import bench, predict, train
from training.embeddings import open_embeddings

SIZE = 24
Vectors = NDArray[np.float32]


def write_parquet(path: Path, ids: list[str], vectors: Vectors | None = None) -> Path:
    columns: dict[str, Any] = {"sample_id": ids}
    if vectors is not None:
        columns["embedding"] = pa.array(vectors.tolist(), pa.list_(pa.float32()))
    pq.write_table(pa.table(columns), path)
    return path


def write_npy(path: Path, ids: list[str], vectors: Vectors) -> Path:
    np.save(path, vectors)
    write_parquet(path.with_suffix(".parquet"), ids)
    return path


def invoke(app: Any, *arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("write", [write_parquet, write_npy])
def test_both_forms_give_the_vector_of_each_sample(
    tmp_path: Path, write: Callable[[Path, list[str], Vectors], Path]
) -> None:
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    file = tmp_path / ("faces.npy" if write is write_npy else "faces.parquet")
    found = open_embeddings(write(file, ["d", "b", "a", "c"], vectors))
    assert found.size == 3
    np.testing.assert_array_equal(found.take(["a", "d"]), vectors[[2, 0]])
    batches = list(found.reader(["a", "b", "c"]).stream([np.array([2, 0]), np.array([1])]))
    np.testing.assert_array_equal(batches[0], vectors[[3, 2]])
    np.testing.assert_array_equal(batches[1], vectors[[1]])
    with pytest.raises(InputError, match="no embedding of 1 of 2 samples, first x"):
        found.take(["a", "x"])


def test_files_of_another_form_are_refused_in_one_sentence(tmp_path: Path) -> None:
    two = np.ones((2, 3), np.float32)
    wrong = two.copy()
    wrong[1, 1] = np.nan
    uneven = pa.table({"sample_id": ["a", "b"], "embedding": [[1.0, 2.0], [1.0]]})
    pq.write_table(uneven, tmp_path / "uneven.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    (tmp_path / "text.npy").write_text("hello")
    write_parquet(tmp_path / "text2.parquet", ["a"])
    np.save(tmp_path / "alone.npy", two)
    np.save(tmp_path / "flat.npy", two[0])
    write_parquet(tmp_path / "flat.parquet", ["a"])
    cases = {
        tmp_path / "absent.parquet": "there is no file .* of embeddings",
        tmp_path / "text.parquet": "is no Parquet file",
        tmp_path / "text2.parquet": "lacks the column embedding",
        tmp_path / "uneven.parquet": "equally long, not of lengths 1, 2",
        tmp_path / "alone.npy": r"no .*alone\.parquet that names the rows",
        tmp_path / "flat.npy": r"one row of floats per face, \(N, D\)",
        write_parquet(tmp_path / "twice.parquet", ["a", "a"], two): "the sample a twice",
        write_parquet(
            tmp_path / "nan.parquet", ["a", "b"], wrong
        ): "in 1 of 2 rows, first that of b",
        write_npy(tmp_path / "short.npy", ["a"], two): "2 embeddings but .* names 1 samples",
    }
    for path, sentence in cases.items():
        with pytest.raises(InputError, match=sentence):
            open_embeddings(path)


def test_a_network_over_embeddings_is_trained_judged_and_exported_by_the_same_commands(
    tmp_path: Path,
) -> None:
    manifest = write_dataset(tmp_path / "dataset", {"train": 96, "validation": 24, "test": 30})
    rows = pq.read_table(manifest).to_pylist()
    random = np.random.default_rng(0)
    vectors = random.normal(0, 0.3, (len(rows), SIZE)).astype(np.float32)
    for vector, row in zip(vectors, rows, strict=True):
        angle = (row["age"] or 0.0) / 100 * np.pi
        vector[:3] += np.cos(angle), np.sin(angle), 1.0 if row["gender"] == "female" else -1.0
    vectors *= random.uniform(0.5, 20, (len(rows), 1)).astype(np.float32)  # lengths say nothing
    file = write_npy(tmp_path / "faces.npy", [str(row["sample_id"]) for row in rows], vectors)
    run = tmp_path / "run"
    fitted = invoke(
        train, "fit", manifest, "--embeddings", file, "--optimizer", "adamw", "--epochs", 20,
        "--batch-size", 8, "--age-head", "dldl", "--out", run, "--device", "cpu",
    )  # fmt: skip
    assert fitted.exit_code == 0, fitted.output
    checkpoint = load_checkpoint(run / "model.pt")
    assert (checkpoint.backbone, checkpoint.embedding_size) == ("residual_mlp", SIZE)
    assert checkpoint.age_head["kind"] == "dldl"
    judged = ("run", "--manifest", manifest, "--checkpoint", run / "model.pt", "--resamples", 20,
              "--allow-leak", "copy")  # fmt: skip
    report = tmp_path / "report.json"
    keep = [row for row, one in enumerate(rows) if one["split"] == "test"][1:]
    fewer = write_parquet(
        tmp_path / "fewer.parquet", [str(rows[row]["sample_id"]) for row in keep], vectors[keep]
    )
    done = invoke(bench, *judged, "--embeddings", fewer, "--out", report)
    assert done.exit_code == 0, done.output
    assert "no embedding" in done.output
    figures = json.loads(report.read_text())["figures"]
    assert figures["gender_accuracy"]["value"] > 0.9
    assert figures["mae"]["value"] < 12
    assert figures["coverage_80"]["n"] == figures["mae"]["n"] == len(keep)

    longer = write_parquet(tmp_path / "longer.parquet", ["a"], np.ones((1, SIZE + 1), np.float32))
    for arguments, sentence in (
        ((bench, *judged), "by --embeddings FILE"),
        ((bench, *judged, "--embeddings", longer), f"of {SIZE + 1} numbers"),
        ((train, "export", run / "model.pt", "--onnx", tmp_path / "a.onnx"), "--safetensors"),
        ((train, "fit", manifest, "--embeddings", longer), "no embedding of"),
        ((train, "fit", manifest, "--embeddings", file, "--mixup", 0.2), "leave them out"),
        ((predict, "images", "--checkpoint", run / "model.pt", manifest), "sees no pictures"),
    ):
        refused = invoke(*arguments)
        assert refused.exit_code in (1, 2), refused.output
        (line,) = [one for one in refused.stderr.splitlines() if one.startswith("error: ")]
        assert sentence in line, line
