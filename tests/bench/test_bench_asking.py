"""From samples to a predictions table: which face is meant, what has none, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces.drawn_faces import group, jpeg, landscape, portrait
from numpy.typing import NDArray

from curation.errors import InputError
from curation.faces.align import align
from curation.faces.detector import DetectedFace, Detector
from training.bench.ask import ask
from training.bench.crops import crops, find_crop, overlap
from training.bench.predictions import Answers
from training.bench.predictors import Wants
from training.bench.sample import Alignment, Picture, Sample
from training.bench.truth import read_truth, truth_sha256, truth_table, write_truth

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pictures")
    (found / "face.jpg").write_bytes(jpeg(portrait(1)))
    (found / "other.jpg").write_bytes(jpeg(portrait(2)))
    (found / "group.jpg").write_bytes(jpeg(group(3)))
    (found / "hills.jpg").write_bytes(jpeg(landscape()))
    (found / "cut.jpg").write_bytes(jpeg(portrait(1))[:2000])
    return found


class Counting:
    """Says how many pictures it was shown, and remembers of which folds."""

    name, age_rule, batch_size, trained_on = "counting", "none", 2, ()

    def __init__(self, wants: Wants) -> None:
        self.wants = wants
        self.shown: list[tuple[int, set[str | None]]] = []
        self.started: list[str] = []

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        self.started.append(f"{protocol}: {len(samples)}")

    def predict(self, samples: Sequence[Sample], images: Sequence[Pixels]) -> Answers:
        self.shown.append((len(images), {sample.fold for sample in samples}))
        ages = np.array([float(sample.sample_id) for sample in samples])
        return Answers(count=len(samples), age=ages, fold=samples[0].fold)

    def baseline(self) -> None:
        return None

    def describe(self) -> dict[str, Any]:
        return {}


def samples(folder: Path) -> list[Sample]:
    names = ["face.jpg", "hills.jpg", "other.jpg", "cut.jpg", "face.jpg", "absent.jpg"]
    return [
        Sample(str(i), Picture(folder / name), age=30.0, fold="ab"[i % 2])
        for i, name in enumerate(names)
    ]


def test_the_table_is_in_the_samples_order_and_says_why_an_answer_is_missing(folder: Path) -> None:
    predictor = Counting(Wants.crops)
    table = ask(predictor, samples(folder), "folder")
    assert predictor.started == ["folder: 6"]
    assert table["sample_id"].tolist() == list("012345")
    assert table["reason"].fillna("").tolist() == [
        "", "no face", "", "unreadable", "", "unreadable",
    ]  # fmt: skip
    assert table["age"].dropna().tolist() == [0, 2, 4]
    assert all(len(folds) == 1 for _, folds in predictor.shown)  # a call is about one fold
    assert table["fold"].dropna().tolist() == ["a", "a", "a"]


def test_who_finds_faces_itself_is_shown_whole_pictures(folder: Path) -> None:
    predictor = Counting(Wants.pictures)
    table = ask(predictor, samples(folder), "folder")
    assert table["reason"].fillna("").tolist()[1] == ""
    assert sum(count for count, _ in predictor.shown) == 4
    reader = Counting(Wants.files)
    assert ask(reader, samples(folder), "folder")["reason"].isna().all()
    assert all(count == 0 for count, _ in reader.shown)


def test_the_box_tells_which_face_is_meant_and_without_one_it_is_the_largest() -> None:
    picture = group(3)
    found = Detector().detect(picture)
    assert len(found) == 3

    class Detected(Detector):  # the same faces again, without the wait
        def __init__(self) -> None:
            pass

        def detect_batch(self, images: Sequence[Pixels]) -> list[list[DetectedFace]]:
            return [found for _ in images]

    detector = Detected()
    for face in found:
        chosen = find_crop(picture, Picture(Path("x"), box=face.box), detector)
        assert chosen is not None
        assert np.array_equal(chosen, align(picture, face.landmarks))
    largest = find_crop(picture, Picture(Path("x")), detector)
    assert largest is not None
    assert np.array_equal(largest, align(picture, found[0].landmarks))
    nowhere = Picture(Path("x"), box=(0.0, 0.0, 4.0, 4.0))
    assert find_crop(picture, nowhere, detector) is None


def test_known_landmarks_need_no_detection(folder: Path) -> None:
    (face,) = Detector().detect(portrait(1))
    picture = Picture(
        folder / "face.jpg", Alignment.landmarks, landmarks=face.landmarks.astype(np.float64)
    )
    (seen,) = crops([Sample("0", picture)])
    assert seen.image is not None and seen.image.shape == (256, 256, 3)
    assert np.abs(seen.image.astype(int) - align(portrait(1), face.landmarks)).mean() < 4


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(50 / 150)
    assert overlap((0, 0, 10, 10), (20, 20, 30, 30)) == 0


def test_labels_without_pictures_take_a_predictions_file(folder: Path) -> None:
    bare = [Sample("0", Picture(folder / "face.jpg")), Sample("1", None)]
    with pytest.raises(InputError, match=r"1 of 2 samples have labels but no picture.*first 1"):
        ask(Counting(Wants.crops), bare, "folder")


def test_the_truth_table_is_written_whole_and_known_by_its_hash(tmp_path: Path) -> None:
    people = [
        Sample("a", None, age=31.0, gender="female", race="Black", subject="x", fold="0"),
        Sample("b", None, age_interval=(25, 32), gender="male", country="BR"),
        Sample("c", None),
    ]
    truth = truth_table(people)
    assert truth["subject"].tolist() == ["x", "b", "c"]
    assert truth["female"].fillna(-1).tolist() == [1, 0, -1]
    assert truth["age_low"].fillna(-1).tolist() == [-1, 25, -1]
    write_truth(tmp_path / "truth.parquet", truth)
    again = read_truth(tmp_path / "truth.parquet")
    assert truth_sha256(again) == truth_sha256(truth)
    assert truth_sha256(truth_table(people[:2])) != truth_sha256(truth)
    with pytest.raises(InputError, match="1 sample ids twice, first a"):
        truth_table([*people, people[0]])
