"""`predict images`: photographs to JSON, with a reason for every picture without a face."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from discs import Learned
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from curation.errors import InputError
from curation.faces.align import align
from curation.faces.detector import Detector
from training.checkpoint import load_checkpoint, save_checkpoint
from training.cli import predict
from training.inference.predictor import Predictor


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a portrait, a picture without a face, a text file and a cut-off JPEG."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(data.astronaut()).save(folder / "portrait.png")
    Image.new("RGB", (200, 100), "green").save(folder / "empty.jpg")
    (folder / "notes.txt").write_text("no picture")
    whole = folder / "cut.jpg"
    Image.fromarray(data.astronaut()).save(whole)
    whole.write_bytes(whole.read_bytes()[:5000])
    (folder / ".hidden").write_text("not looked at")
    return folder


def run(*arguments: object) -> Any:
    return CliRunner().invoke(predict, ["images", *map(str, arguments), "--device", "cpu"])


def test_every_file_of_a_folder_gets_its_faces_or_a_reason(
    learned: Learned, pictures: Path
) -> None:
    result = run(pictures, "--checkpoint", learned.checkpoint)
    assert result.exit_code == 0, result.output
    entries = {Path(entry["path"]).name: entry for entry in json.loads(result.stdout)}
    assert list(entries) == ["cut.jpg", "empty.jpg", "notes.txt", "portrait.png"]
    assert "does not decode" in entries["cut.jpg"]["reason"]
    assert entries["empty.jpg"]["reason"] == "no face was found"
    assert "no image format" in entries["notes.txt"]["reason"]
    assert all(entries[name]["faces"] == [] for name in list(entries)[:3])
    assert "reason" not in entries["portrait.png"]
    (face,) = entries["portrait.png"]["faces"]
    x1, y1, x2, y2 = face["box"]
    assert x1 < 224 < x2 and y1 < 110 < y2  # the astronaut's nose
    assert face["gender"] in ("female", "male")
    assert 0.5 <= face["probability"] <= 1
    assert face["interval"][0] < face["age"] < face["interval"][1]


def test_a_face_gets_what_the_predictor_says_about_its_aligned_crop(
    learned: Learned, pictures: Path
) -> None:
    result = run(pictures / "portrait.png", "--checkpoint", learned.checkpoint)
    (entry,) = json.loads(result.stdout)
    picture = data.astronaut()
    (found,) = Detector().detect(picture)
    said = Predictor(learned.checkpoint, "cpu").predict(align(picture, found.landmarks)[None])
    assert entry["faces"][0]["age"] == pytest.approx(said.age[0], abs=0.006)
    female = entry["faces"][0]["gender"] == "female"
    assert female == bool(said.female_probability[0] > 0.5)


def test_arguments_keep_their_order_and_out_receives_the_json(
    learned: Learned, pictures: Path, tmp_path: Path
) -> None:
    named = [pictures / "notes.txt", pictures / "empty.jpg", pictures / "notes.txt"]
    out = tmp_path / "said.json"
    result = run(*named, "--checkpoint", learned.checkpoint, "--out", out)
    assert result.exit_code == 0
    assert [entry["path"] for entry in json.loads(out.read_text())] == [str(p) for p in named]


def test_a_picture_is_turned_upright_first(learned: Learned, tmp_path: Path) -> None:
    turned = Image.fromarray(np.rot90(data.astronaut()).copy())
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be shown turned by 90 degrees clockwise
    turned.save(tmp_path / "turned.jpg", quality=95, exif=exif)
    (entry,) = json.loads(run(tmp_path / "turned.jpg", "--checkpoint", learned.checkpoint).stdout)
    (face,) = entry["faces"]
    assert face["box"][0] < 224 < face["box"][2]


def test_a_huge_picture_is_a_reason_and_not_a_crash(learned: Learned, tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "huge.png")
    (entry,) = json.loads(run(tmp_path / "huge.png", "--checkpoint", learned.checkpoint).stdout)
    assert "pixels" in entry["reason"]


def test_a_path_that_does_not_exist_is_a_usage_error(learned: Learned, tmp_path: Path) -> None:
    result = run(tmp_path / "absent.jpg", "--checkpoint", learned.checkpoint)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no file or folder")


def test_an_empty_folder_is_a_usage_error(learned: Learned, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    result = run(tmp_path / "nothing", "--checkpoint", learned.checkpoint)
    assert result.exit_code == 2
    assert "holds no file" in result.stderr


def test_a_checkpoint_for_another_alignment_is_refused(
    learned: Learned, pictures: Path, tmp_path: Path
) -> None:
    other = replace(load_checkpoint(learned.checkpoint), template=((0.0, 0.0),) * 5)
    save_checkpoint(tmp_path / "other.pt", other)
    result = run(pictures, "--checkpoint", tmp_path / "other.pt")
    assert result.exit_code == 1
    assert "another template" in result.stderr


def test_crops_of_another_shape_are_refused(learned: Learned) -> None:
    with pytest.raises(InputError, match="256, 256, 3"):
        Predictor(learned.checkpoint, "cpu").predict(np.zeros((1, 112, 112, 3), np.uint8))


def test_no_crops_give_no_predictions(learned: Learned) -> None:
    said = Predictor(learned.checkpoint, "cpu").predict(np.zeros((0, 256, 256, 3), np.uint8))
    assert said.age.shape == (0,)
    assert said.interval.shape == (0, 2)
