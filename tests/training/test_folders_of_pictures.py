"""Folders of pictures: genders and splits by name, copies once, and nothing left out in silence."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.errors import InputError
from training.align_folder import align_folder
from training.data import load_split
from training.folder import open_folder


def picture(seed: int, size: tuple[int, int] = (40, 40)) -> bytes:
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=np.uint8))
    content = io.BytesIO()
    small.resize(size).save(content, "JPEG", quality=95)
    return content.getvalue()


def fill(folder: Path, count: int, first: int = 0) -> None:
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        (folder / f"{number}.jpg").write_bytes(picture(number))


def test_genders_come_in_several_spellings_and_the_split_follows_from_the_bytes(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "a" / "Women", 60)
    fill(tmp_path / "a" / "2_men", 60, first=100)
    rows = open_folder(tmp_path / "a").manifest.rows
    assert (rows["gender"] == "female").sum() == (rows["gender"] == "male").sum() == 60
    assert set(rows["split"]) == {"train", "validation", "test"}
    assert 70 <= (rows["split"] == "train").sum() <= 110
    # Under other names, in a larger folder, each picture stands in the same split.
    fill(tmp_path / "b" / "f", 70)
    fill(tmp_path / "b" / "male", 60, first=100)
    more = open_folder(tmp_path / "b").manifest.rows.set_index("image_id")["split"]
    assert (more.loc[rows["image_id"]].to_numpy() == rows["split"].to_numpy()).all()


def test_split_folders_decide_and_only_missing_ones_are_drawn(tmp_path: Path) -> None:
    for split, first in (("training", 0), ("val", 200), ("test", 400)):
        fill(tmp_path / "all" / split / "girls", 5, first)
        fill(tmp_path / "all" / split / "boys", 5, first + 50)
    rows = open_folder(tmp_path / "all").manifest.rows
    assert rows["split"].value_counts().to_dict() == {"train": 10, "validation": 10, "test": 10}
    fill(tmp_path / "one" / "train" / "f", 40)
    fill(tmp_path / "one" / "train" / "m", 40, first=100)
    drawn = open_folder(tmp_path / "one").manifest.rows["split"].value_counts()
    assert set(drawn.index) == {"train", "validation"}


def test_copies_contradictions_and_strange_files_are_left_out_and_told(tmp_path: Path) -> None:
    fill(tmp_path / "female", 50)
    fill(tmp_path / "male", 50, first=100)
    (tmp_path / "female" / "again.jpg").write_bytes(picture(3))
    (tmp_path / "male" / "7.jpg").write_bytes(picture(7))
    (tmp_path / "male" / "notes.txt").write_text("about these pictures")
    (tmp_path / "male" / "half.jpg").write_bytes(picture(300)[:400])
    (tmp_path / "male" / ".hidden").write_text("")
    found = open_folder(tmp_path)
    told = {one.path: one.reason for one in found.left_out}
    assert told["female/again.jpg"] == "a copy of another"
    assert told["male/7.jpg"] == told["female/7.jpg"] == "both female and male"
    assert told["male/notes.txt"] == "no picture"
    assert told["male/half.jpg"] == "unusable (truncated)"
    assert len(told) == 5
    assert len(found.manifest.rows) == 99
    assert "2 both female and male" in found.notice()


def test_pictures_of_any_shape_and_kind_come_as_their_central_square(tmp_path: Path) -> None:
    fill(tmp_path / "female", 40)
    fill(tmp_path / "male", 40, first=100)
    wide = Image.new("RGB", (300, 100), (200, 0, 0))
    wide.paste((0, 0, 200), (100, 0, 200, 100))
    for number in range(30):  # each a picture of its own, in PNG with an alpha channel
        one = wide.convert("RGBA")
        one.putpixel((0, 0), (number, 0, 0, 255))
        one.save(tmp_path / "female" / f"wide{number}.png")
    split = load_split(open_folder(tmp_path).manifest, "train", 32)
    place = next(i for i, name in enumerate(split.sample_ids) if "wide" in name)
    crop = split.crops.read(place)
    assert crop.shape == (32, 32, 3)
    assert (crop == (0, 0, 200)).all()
    assert split.female[place] == 1
    assert np.isnan(split.ages).all()


def test_a_jpeg_that_lies_on_its_side_is_put_upright(tmp_path: Path) -> None:
    fill(tmp_path / "female", 60)
    fill(tmp_path / "male", 60, first=100)
    upright = Image.new("RGB", (64, 64), (250, 250, 250))
    upright.paste((0, 0, 0), (0, 0, 64, 32))  # dark above
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    for number in range(20):
        turned = upright.rotate(90)
        turned.putpixel((63, 63), (number * 10, 0, 0))
        turned.save(tmp_path / "male" / f"side{number}.jpg", exif=exif, quality=95)
    split = load_split(open_folder(tmp_path).manifest, "train", 64)
    place = next(i for i, name in enumerate(split.sample_ids) if "side" in name)
    crop = split.crops.read(place).astype(int)
    assert crop[:28].mean() < 30
    assert crop[36:].mean() > 220


def test_folders_that_name_no_genders_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        open_folder(tmp_path / "gone")
    (tmp_path / "cats").mkdir()
    with pytest.raises(InputError, match="has the folder 'cats'; the pictures go into"):
        open_folder(tmp_path)
    (tmp_path / "train").mkdir()
    with pytest.raises(InputError, match="'cats' beside those of splits"):
        open_folder(tmp_path)
    fill(tmp_path / "few" / "female", 3)
    fill(tmp_path / "few" / "male", 1, first=10)
    with pytest.raises(InputError, match=r"no \w+ picture in its \w+ split"):
        open_folder(tmp_path / "few")
    fill(tmp_path / "untrained" / "val" / "f", 1)
    with pytest.raises(InputError, match="has no folder train"):
        open_folder(tmp_path / "untrained")


def test_the_version_of_a_folder_is_what_it_holds(tmp_path: Path) -> None:
    for name in ("one", "two"):
        fill(tmp_path / name / "f", 40)
        fill(tmp_path / name / "m", 40, first=100)
    one, two = (open_folder(tmp_path / name).manifest.version for name in ("one", "two"))
    assert (one.name, one.sha256) == ("one", two.sha256)
    (tmp_path / "two" / "f" / "new.jpg").write_bytes(picture(999))
    assert open_folder(tmp_path / "two").manifest.version.sha256 != one.sha256
    first = (tmp_path / "one" / "f" / "0.jpg").read_bytes()
    rows = open_folder(tmp_path / "one").manifest.rows.set_index("sample_id")
    assert rows.loc["f/0.jpg", "image_id"] == hashlib.sha256(first).hexdigest()


def test_pictures_without_a_face_cannot_be_aligned(tmp_path: Path) -> None:
    for number, place in enumerate(("train/f", "train/m", "val/f", "val/m")):
        fill(tmp_path / "in" / place, 1, first=number)
    with pytest.raises(InputError, match="shows a face; leave out --faces align"):
        align_folder(open_folder(tmp_path / "in"), tmp_path / "out")
    assert not list((tmp_path / "out").glob("[!.]*"))
