"""The detector finds facenet-pytorch's boxes, whatever else is in the batch, on any engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn_faces import Picture, group, landscape, portrait
from facenet_pytorch import MTCNN

from curation.faces.cascade import Found, cascade
from curation.faces.cpu_engine import CpuEngine
from curation.faces.detector import DetectedFace, Detector
from curation.faces.torch_engine import TorchEngine
from curation.pictures import decode

DATA = Path(__file__).parents[3] / "shared" / "data"


def noise(height: int, width: int) -> Picture:
    return np.random.default_rng(4).integers(0, 256, (height, width, 3), dtype=np.uint8)


def pictures() -> list[Picture]:
    """Of many sizes, with one, several and no face."""
    return [
        portrait(1),
        landscape(),
        cv2.resize(portrait(2), (501, 333)),
        noise(90, 130),
        group(3),
        np.zeros((40, 900, 3), np.uint8),
        portrait(3, 64),
        noise(8, 8),
        group(2),
    ]


def reference(mtcnn: Any, picture: Picture) -> tuple[Any, ...]:
    boxes, scores, landmarks = mtcnn.detect(picture, landmarks=True)
    if boxes is None:
        return np.empty((0, 4)), np.empty(0), np.empty((0, 5, 2))
    return tuple(np.asarray(found, np.float64) for found in (boxes, scores, landmarks))


def matches(faces: list[DetectedFace], mtcnn: Any, picture: Picture) -> None:
    boxes, scores, landmarks = reference(mtcnn, picture)
    assert len(faces) == len(boxes)
    for face in faces:
        nearest = np.abs(boxes - face.box).max(axis=1).argmin()
        np.testing.assert_allclose(face.box, boxes[nearest], atol=0.01)
        np.testing.assert_allclose(face.landmarks, landmarks[nearest], atol=0.01)
        assert face.score == pytest.approx(scores[nearest], abs=1e-4)


@pytest.mark.parametrize("min_face", [20, 40, 80])
def test_boxes_landmarks_and_scores_are_facenet_pytorchs(min_face: int) -> None:
    mtcnn = MTCNN(keep_all=True, min_face_size=min_face)
    detector = Detector(min_face)
    for picture in (portrait(1), cv2.resize(portrait(2), (501, 333)), group(3), landscape()):
        matches(detector.detect(picture), mtcnn, picture)


def same(one: list[DetectedFace], other: list[DetectedFace]) -> bool:
    return [(f.box, f.score, f.landmarks.tolist()) for f in one] == [
        (f.box, f.score, f.landmarks.tolist()) for f in other
    ]


def test_what_is_found_does_not_depend_on_the_batch_to_the_last_bit() -> None:
    detector = Detector()
    alone = [detector.detect(picture) for picture in pictures()]
    assert [len(faces) for faces in alone] == [1, 0, 1, 0, 3, 0, 1, 0, 2]
    together = detector.detect_batch(pictures())
    backwards = detector.detect_batch(pictures()[::-1])[::-1]
    again = Detector().detect_batch(pictures()[2:5])
    assert all(map(same, alone, together))
    assert all(map(same, alone, backwards))
    assert all(map(same, alone[2:5], again))


def test_an_empty_batch_and_one_without_any_level_have_no_faces() -> None:
    assert Detector().detect_batch([]) == []
    assert Detector().detect_batch([noise(8, 8), noise(1, 500)]) == [[], []]


def test_batches_larger_than_the_integral_images_may_be_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Detector().detect_batch(pictures())
    monkeypatch.setattr("curation.faces.detector.MAX_PIXELS", 120_000)
    assert all(map(same, whole, Detector().detect_batch(pictures())))


def test_each_picture_may_have_a_smallest_face_of_its_own() -> None:
    framed = cv2.copyMakeBorder(portrait(1, 80), 60, 60, 60, 60, cv2.BORDER_CONSTANT)
    found = Detector().detect_batch([framed, framed], [20, 120])
    assert [len(faces) for faces in found] == [1, 0]


def test_the_engine_for_cuda_finds_the_same_on_a_cpu() -> None:
    images = [picture for picture in pictures() if min(picture.shape[:2]) >= 40]
    smallest = [40.0] * len(images)
    ours: list[Found] = cascade(CpuEngine(), images, smallest)
    torchs: list[Found] = cascade(TorchEngine("cpu"), images, smallest)
    for one, other in zip(ours, torchs, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.01)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there are no photographs in {DATA}")
def test_boxes_of_real_photographs_are_facenet_pytorchs() -> None:
    mtcnn = MTCNN(keep_all=True, min_face_size=40)
    detector = Detector(40)
    files = [
        *sorted((DATA / "groups").glob("*.jpg"))[::4],
        *sorted((DATA / "portraits").iterdir())[::10],
    ]
    assert files
    for file in files:
        picture = decode(file.read_bytes())
        matches(detector.detect(picture), mtcnn, picture)


def test_the_weights_come_without_facenet_pytorchs_code() -> None:
    program = (
        "import sys, numpy; from curation.faces.detector import Detector; "
        "Detector().detect(numpy.zeros((60, 60, 3), numpy.uint8)); "
        "print('facenet_pytorch' in sys.modules, 'torchvision' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
