"""Exported networks: whole files that say the same as the checkpoint, and can be used alone."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from discs import Learned
from safetensors import safe_open
from typer.testing import CliRunner

import training.export
from curation.faces.align import TEMPLATE, align
from training.checkpoint import load_checkpoint
from training.cli import bench, train
from training.exported import ExportedFacts
from training.inference.predictor import Predictor
from training.manifest import file_sha256

CROPS = np.random.default_rng(3).integers(0, 256, (5, 256, 256, 3), dtype=np.uint8)


def invoke(app: Any, *arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(result: Any, exit_code: int, *words: str) -> None:
    assert result.exit_code == exit_code, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert not line.startswith("error: unexpected")
    assert all(word in line for word in words), line


@pytest.fixture(scope="module")
def exported(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("exported")
    files = folder / "deep" / "face.onnx", folder / "face.safetensors"
    done = invoke(
        train, "export", learned.checkpoint, "--onnx", files[0], "--safetensors", files[1]
    )
    assert done.exit_code == 0, done.output
    assert f"onnx {files[0]}" in done.stdout
    assert f"safetensors {files[1]}" in done.stdout
    return files


def test_an_onnx_file_says_what_the_checkpoint_says_by_its_own_metadata_alone(
    learned: Learned, exported: tuple[Path, Path]
) -> None:
    session = onnxruntime.InferenceSession(str(exported[0]), providers=["CPUExecutionProvider"])
    known = session.get_modelmeta().custom_metadata_map
    facts = {name: json.loads(text) for name, text in known.items() if name != "evenface.format"}
    size = facts["evenface.input_size"]
    assert CROPS.shape[1] == facts["evenface.crop_size"]
    for count in (1, 5):
        small = [
            cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA) for crop in CROPS[:count]
        ]
        female, age, mean, sigma = session.run(None, {"crops": np.stack(small)})
        wanted = Predictor(learned.checkpoint, "cpu").predict(CROPS[:count])
        np.testing.assert_allclose(female, wanted.female_probability, atol=1e-4)
        np.testing.assert_allclose(age, wanted.age, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(mean, wanted.log_age_mean, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(sigma, wanted.sigma, rtol=1e-4, atol=1e-4)
        # as the text on the age says
        gamma = facts["evenface.gamma"]
        np.testing.assert_allclose(age, np.maximum(np.exp(mean) - gamma, 0), rtol=1e-4)


def test_either_file_carries_everything_needed_to_use_it(
    learned: Learned, exported: tuple[Path, Path]
) -> None:
    session = onnxruntime.InferenceSession(str(exported[0]), providers=["CPUExecutionProvider"])
    with safe_open(exported[1], "pt") as file:
        carried = [session.get_modelmeta().custom_metadata_map, file.metadata()]
    checkpoint = load_checkpoint(learned.checkpoint)
    for known in carried:
        assert json.loads(known["evenface.gamma"]) == checkpoint.gamma
        assert json.loads(known["evenface.image_size"]) == checkpoint.image_size
        np.testing.assert_array_equal(json.loads(known["evenface.template"]), TEMPLATE)
        assert json.loads(known["evenface.mean"]) == list(checkpoint.mean)
        assert json.loads(known["evenface.std"]) == list(checkpoint.std)
        assert json.loads(known["evenface.dataset"])["sha256"] == checkpoint.dataset.sha256
        assert json.loads(known["evenface.checkpoint_sha256"]) == file_sha256(learned.checkpoint)
        assert "log_age_sigma" in json.loads(known["evenface.age_head"])
        assert ExportedFacts.from_metadata(known).dataset == checkpoint.dataset


def test_the_documented_example_says_what_our_own_way_says(
    learned: Learned, exported: tuple[Path, Path]
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = (
        (TEMPLATE * 0.9) @ turn.T + [120, 20] + np.random.default_rng(0).normal(0, 2, (5, 2))
    )
    noise = np.random.default_rng(5).integers(0, 256, (12, 14, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (420, 360), interpolation=cv2.INTER_CUBIC)
    names: dict[str, Any] = {"picture": picture, "landmarks": landmarks}
    exec(program.replace("face.onnx", str(exported[0])), names)
    wanted = Predictor(learned.checkpoint, "cpu").predict(align(picture, landmarks)[None])
    np.testing.assert_allclose(names["female"], wanted.female_probability, atol=1e-3)
    np.testing.assert_allclose(names["age"], wanted.age, rtol=1e-3)
    np.testing.assert_allclose(names["sigma"], wanted.sigma, rtol=1e-3)


def test_an_onnx_file_tells_nothing_of_the_machine_that_made_it(
    exported: tuple[Path, Path],
) -> None:
    content = exported[0].read_bytes()
    for path in (Path(training.export.__file__).parents[1], Path(sys.prefix), Path.home()):
        assert str(path).encode() not in content
    assert b"site-packages" not in content
    assert b"stack_trace" not in content


def test_safetensors_hold_the_weights_to_the_last_bit(
    learned: Learned, exported: tuple[Path, Path]
) -> None:
    state = load_checkpoint(learned.checkpoint).state
    with safe_open(exported[1], "pt") as file:
        assert set(file.keys()) == set(state)
        for name, tensor in state.items():
            torch.testing.assert_close(file.get_tensor(name), tensor, rtol=0, atol=0)


def test_the_predictor_onnx_gives_the_figures_of_the_checkpoint(
    learned: Learned, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    figures = []
    for name, judged in (("--checkpoint", learned.checkpoint), ("--model", exported[0])):
        out = tmp_path / f"{name[2:]}.json"
        done = invoke(
            bench, "run", "--manifest", learned.manifest, name, judged, "--out", out,
            "--device", "cpu", "--allow-leak", "copy", "--resamples", "20",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        figures.append(json.loads(out.read_text()))
    ours, theirs = figures
    assert theirs["predictor"]["checkpoint_sha256"] == file_sha256(learned.checkpoint)
    assert theirs["baseline"] == ours["baseline"]
    assert ours["figures"].keys() == theirs["figures"].keys()
    for name, figure in ours["figures"].items():
        assert theirs["figures"][name]["n"] == figure["n"]
        for value in ("value", "low", "high"):
            assert theirs["figures"][name][value] == pytest.approx(
                figure[value], rel=1e-4, abs=1e-4
            ), name


def test_a_network_that_onnx_runtime_computes_otherwise_is_not_written(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Runtime:
        def __init__(self, content: bytes, providers: list[str]) -> None:
            pass

        def run(self, names: list[str], inputs: dict[str, Any]) -> list[Any]:
            return [np.full(len(inputs["crops"]), 0.5, np.float32) for _ in names]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Runtime)
    monkeypatch.setattr(training.export, "_graph", lambda network, facts: b"graph")
    target, other = tmp_path / "out" / "face.onnx", tmp_path / "out" / "face.safetensors"
    done = invoke(train, "export", learned.checkpoint, "--onnx", target, "--safetensors", other)
    refused(done, 1, "otherwise than PyTorch", "nothing was written")
    assert not target.parent.exists()


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_said_with_the_way_to_install_it(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    done = invoke(train, "export", learned.checkpoint, "--onnx", tmp_path / "face.onnx")
    refused(done, 2, f"needs the package {package}", "pip install 'evenface[onnx]'")


def test_wrong_uses_end_in_one_sentence(
    learned: Learned, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    model = learned.checkpoint
    refused(invoke(train, "export", model), 2, "--onnx FILE")
    refused(invoke(train, "export", tmp_path / "no.pt", "--onnx", "a.onnx"), 2, "no checkpoint")
    before = model.read_bytes()
    refused(invoke(train, "export", model, "--safetensors", model), 2, "different files")
    assert model.read_bytes() == before
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    refused(invoke(train, "export", model, "--safetensors", blocked / "a"), 1, "cannot be written")
    run = ("run", "--manifest", learned.manifest, "--predictor", "onnx")
    refused(invoke(bench, *run), 2, "needs --model")
    refused(invoke(bench, *run, "--model", tmp_path / "no.onnx"), 2, "there is no model")
    refused(invoke(bench, *run, "--model", blocked), 2, "no ONNX file")
    refused(invoke(bench, *run, "--model", exported[0], "--device", "warp"), 2, "'warp'")
    assert not [path for path in tmp_path.iterdir() if path != blocked]
