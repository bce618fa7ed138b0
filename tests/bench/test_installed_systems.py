"""Systems of others that run here: stand-ins that answer in their documented shapes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from curation.demo.person import make_person
from curation.demo.scene import draw_portrait
from curation.errors import InputError
from training.bench.predictors import PredictorOptions, open_predictor
from training.bench.sample import Picture, Sample

CROP = np.full((256, 256, 3), 10, np.uint8)


def sample(box: tuple[float, float, float, float] | None = None) -> Sample:
    return Sample("s", Picture(Path("nowhere.jpg"), box=box))


def put(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    """Let `name` and its parents be importable with these members."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        path = ".".join(parts[:depth])
        if path not in sys.modules or depth == len(parts):
            monkeypatch.setitem(sys.modules, path, ModuleType(path))
    vars(sys.modules[name]).update(members)


@pytest.mark.parametrize(
    ("name", "how"),
    [("deepface", "pip install deepface"), ("insightface", "pip install insightface")],
)
def test_what_is_not_installed_is_said_with_the_way_to_install_it(name: str, how: str) -> None:
    with pytest.raises(InputError, match=f"the predictor {name} needs {name}: {how}"):
        open_predictor(name, PredictorOptions(), [])


def test_mivolo_needs_its_package_and_its_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no checkpoint"):
        open_predictor("mivolo", PredictorOptions(model=tmp_path / "none.pth"), [])
    (tmp_path / "some.pth").write_bytes(b"")
    with pytest.raises(InputError, match=r"needs mivolo: install it from its repository"):
        open_predictor("mivolo", PredictorOptions(model=tmp_path / "some.pth"), [])


def test_deepface_is_shown_bgr_crops_and_no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(img_path: np.ndarray, **options: Any) -> list[dict[str, Any]]:
        assert options["detector_backend"] == "skip"
        assert options["enforce_detection"] is False
        assert set(options["actions"]) == {"age", "gender"}
        return [{"age": int(img_path[0, 0, 0]), "gender": {"Woman": 80.0, "Man": 20.0}}]

    put(monkeypatch, "deepface", DeepFace=SimpleNamespace(analyze=analyze))
    predictor = open_predictor("deepface", PredictorOptions(), [])
    red_blue = CROP.copy()
    red_blue[..., 2] = 77  # blue comes first in what it is shown
    said = predictor.predict([sample()], [red_blue])
    np.testing.assert_allclose(said.female_probability, [0.8])
    np.testing.assert_array_equal(said.age, [77])


def test_insightface_answers_for_the_face_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    class FaceAnalysis:
        def __init__(self, name: str, allowed_modules: list[str]) -> None:
            assert (name, allowed_modules) == ("buffalo_l", ["detection", "genderage"])

        def prepare(self, ctx_id: int) -> None:
            assert ctx_id == -1

        def get(self, image: np.ndarray) -> list[dict[str, Any]]:
            if image[0, 0, 0] == 0:
                return []
            return [
                {"bbox": np.array([0.0, 0, 50, 50]), "gender": 1, "age": 40},
                {"bbox": np.array([60.0, 60, 90, 90]), "gender": 0, "age": 8},
            ]

    put(monkeypatch, "insightface.app", FaceAnalysis=FaceAnalysis)
    predictor = open_predictor("insightface", PredictorOptions(), [])
    asked = [sample(), sample((61, 59, 92, 90)), sample()]
    said = predictor.predict(asked, [CROP, CROP, np.zeros_like(CROP)])
    np.testing.assert_array_equal(said.age, [40, 8, np.nan])
    np.testing.assert_array_equal(said.female, [0, 1, np.nan])
    assert said.reason == [None, None, "no face"]


def test_mivolo_is_shown_faces_without_bodies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class MiVOLO:
        def __init__(self, path: str, device: str, half: bool, use_persons: bool) -> None:
            assert (device, half, use_persons) == ("cpu", False, False)
            self.device, self.input_size = torch.device(device), 224
            self.data_config = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
            self.meta = SimpleNamespace(
                only_age=False, with_persons_model=True, max_age=95, min_age=1, avg_age=48.0
            )

        def inference(self, shown: torch.Tensor) -> torch.Tensor:
            assert shown.shape[1:] == (6, 224, 224)
            assert not shown[:, 3:].any(), "no body is shown"
            return torch.tensor([[0.0, 2.0, -0.25]]).repeat(len(shown), 1)

    def prepare(faces: list[np.ndarray], size: int, mean: Any, std: Any, device: Any) -> Any:
        assert all(face.ndim == 3 and face.size for face in faces)
        return torch.ones(len(faces), 3, size, size)

    put(monkeypatch, "mivolo.data.misc", prepare_classification_images=prepare)
    put(monkeypatch, "mivolo.model.mi_volo", MiVOLO=MiVOLO)
    checkpoint = tmp_path / "model.pth"
    checkpoint.write_bytes(b"weights")
    predictor = open_predictor("mivolo", PredictorOptions(model=checkpoint), [])
    rng = np.random.default_rng(1)
    portrait = draw_portrait(make_person(rng, "female", "White"), 30.0, rng)
    said = predictor.predict([sample(), sample()], [np.zeros_like(portrait), portrait])
    assert said.reason == ["no face", None]
    np.testing.assert_allclose(said.age, [np.nan, -0.25 * 94 + 48])
    np.testing.assert_allclose(said.female_probability, [np.nan, np.exp(2) / (1 + np.exp(2))])
