"""Predictor `insightface`: the genderage model of an InsightFace model pack.

Its own detector finds the face, since its model is cut to it. `--model` names the folder of the
pack (…/models/buffalo_l); without it the package looks in ~/.insightface and fetches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bench.predictions import NO_FACE, Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.predictors.installed import module, versions
from training.bench.predictors.service import ServiceFace, meant
from training.bench.sample import Sample

PACK = "buffalo_l"


class InsightFacePredictor:
    """FaceAnalysis with the modules detection and genderage."""

    name = "insightface"
    wants = Wants.pictures
    age_rule = "as stated"
    trained_on: tuple[TrainedOn, ...] = ()
    batch_size = 1

    def __init__(self, pack: Path | None, device: str) -> None:
        """Load the models.

        Raises:
            InputError: the package is not installed.
        """
        how = "insightface: pip install insightface onnxruntime"
        app = module(self.name, "insightface.app", how)
        self.pack = pack.name if pack else PACK
        self.device = device
        place = {"root": str(pack.parent.parent)} if pack else {}
        self._analysis = app.FaceAnalysis(
            name=self.pack, allowed_modules=["detection", "genderage"], **place
        )
        self._analysis.prepare(ctx_id=0 if device.startswith("cuda") else -1)

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> InsightFacePredictor:
        """Load the models.

        Raises:
            InputError: as the constructor.
        """
        return cls(options.model, options.device or "cpu")

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Need nothing."""

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the face that is meant in each picture."""
        faces = [self._face(*pair) for pair in zip(samples, images, strict=True)]
        return Answers(
            count=len(samples),
            female=np.array([np.nan if face is None else face.female for face in faces], float),
            age=np.array([np.nan if face is None else face.age for face in faces], float),
            reason=[NO_FACE if face is None else None for face in faces],
        )

    def baseline(self) -> None:
        """Return None: nothing is known of its training labels."""

    def describe(self) -> dict[str, Any]:
        """Return the model pack and the package's version."""
        return {"pack": self.pack, "versions": versions("insightface", "onnxruntime")}

    def _face(self, sample: Sample, image: NDArray[np.uint8]) -> ServiceFace | None:
        assert sample.picture is not None
        found = self._analysis.get(np.ascontiguousarray(image[:, :, ::-1]))  # it takes BGR
        faces = []
        for face in found:
            x1, y1, x2, y2 = (float(edge) for edge in face["bbox"][:4])
            female = 1.0 - float(face["gender"])  # it counts men as 1
            faces.append(ServiceFace((x1, y1, x2, y2), female=female, age=float(face["age"])))
        return meant(faces, sample.picture.box)
