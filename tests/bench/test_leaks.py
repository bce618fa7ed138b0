"""The leak guard finds what was trained on, and refuses unless it is allowed by name."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from curation.demo.person import make_person
from curation.demo.scene import draw_portrait
from curation.errors import InputError
from curation.faces.align import align
from curation.faces.detector import Detector
from training.bench.leak import Leak
from training.bench.leaks import check_leaks, refuse
from training.bench.predictors import TrainedOn
from training.bench.sample import Alignment, Picture, Sample
from training.manifest import file_sha256

PEOPLE = 6


@pytest.fixture(scope="module")
def crops() -> list[NDArray[np.uint8]]:
    """Aligned crops of six drawn people."""
    detector = Detector()
    found = []
    for seed in range(PEOPLE):
        rng = np.random.default_rng(seed)
        person = make_person(rng, "female" if seed % 2 else "male", "White")
        portrait = draw_portrait(person, 25.0 + 5 * seed, rng)
        found.append(align(portrait, detector.detect(portrait)[0].landmarks))
    return found


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def trained_with(folder: Path, crops: list[NDArray[np.uint8]]) -> tuple[Path, TrainedOn]:
    """Write a dataset version whose training split holds the crops."""
    import training_data

    path = training_data.write(folder, crops)
    return path, TrainedOn("faces", "1", file_sha256(path))


def sample(folder: Path, name: str, crop: NDArray[np.uint8], **details: str) -> Sample:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.png"
    Image.fromarray(crop).save(path)
    return Sample(name, Picture(path, Alignment.ready), age=30.0, **details)  # type: ignore[arg-type]


def saved_again(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy as it comes back from the web: smaller, brighter, encoded anew."""
    buffer = io.BytesIO()
    brighter = np.clip(crop.astype(np.int16) + 8, 0, 255).astype(np.uint8)
    Image.fromarray(brighter).resize((240, 240)).save(buffer, "JPEG", quality=90)
    smaller = np.asarray(Image.open(buffer))
    return np.asarray(cv2.resize(smaller, (256, 256)), np.uint8)


def test_a_copy_of_a_training_face_is_found_and_other_faces_are_not(
    crops: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    manifest, known = trained_with(tmp_path / "faces", crops[:4])
    samples = [sample(tmp_path / "test", "copy", saved_again(crops[1]))]
    samples += [sample(tmp_path / "test", f"new{at}", crops[at]) for at in (4, 5)]
    check = check_leaks(samples, [known], [manifest])
    assert check.found == {Leak.identical: (), Leak.copy: ("copy",), Leak.subject: ()}
    assert check.notes() == ["leaks from faces v1: identical 0, copy 1, subject 0"]
    with pytest.raises(InputError, match=r"1 test pictures are copies.*--allow-leak copy"):
        refuse(check, [])
    refuse(check, [Leak.copy])


def test_the_same_sample_and_the_same_person_are_found(
    crops: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    manifest, known = trained_with(tmp_path / "faces", crops[:4])
    same = sample(tmp_path / "test", "s2", crops[2])
    person = sample(tmp_path / "test", "other", crops[5], subject="p3")
    check = check_leaks([same, person], [known], [manifest])
    assert check.found == {Leak.identical: ("s2",), Leak.copy: (), Leak.subject: ("other",)}
    everything = r"\(the first is s2\), and 1 .*--allow-leak identical --allow-leak subject and"
    with pytest.raises(InputError, match=everything):
        refuse(check, [])
    with pytest.raises(InputError, match="--allow-leak subject and"):
        refuse(check, [Leak.identical])


def test_the_hashes_of_training_crops_are_taken_once(
    crops: list[NDArray[np.uint8]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.reader import CropReader

    manifest, known = trained_with(tmp_path / "faces", crops[:4])
    samples = [sample(tmp_path / "test", "new", crops[5])]
    first = check_leaks(samples, [known], [manifest])

    def never(*_: object) -> None:
        raise AssertionError("the crops were read again")

    monkeypatch.setattr(CropReader, "stream", never)
    assert check_leaks(samples, [known], [manifest]) == first


def test_what_cannot_be_compared_is_said(crops: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    manifest, known = trained_with(tmp_path / "faces", crops[:2])
    samples = [sample(tmp_path / "test", "new", crops[5])]
    assert "its manifest is not at hand" in check_leaks(samples, [known], []).notes()[0]
    assert "nothing is known of what" in check_leaks(samples, [], []).notes()[0]
    other = TrainedOn("faces", "2", "0" * 64)
    with pytest.raises(InputError, match=r"is not what the network was trained on \(faces v2\)"):
        check_leaks(samples, [other], [manifest])


def test_the_test_set_s_own_manifest_counts_where_it_was_trained_on(
    crops: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    manifest, known = trained_with(tmp_path / "faces", crops[:4])
    samples = [sample(tmp_path / "test", "copy", saved_again(crops[0]))]
    assert check_leaks(samples, [known], [], own=manifest).found[Leak.copy] == ("copy",)
    other = TrainedOn("faces", "2", "0" * 64)
    assert check_leaks(samples, [other], [], own=manifest).compared == ()
