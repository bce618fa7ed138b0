"""Predictor `clarifai`: Clarifai's two demographic models, which judge one face each.

They state probabilities of age groups ("20-29", "more than 70") and of a masculine or feminine
look. They expect a face, so the aligned crop is sent. Key: EVENFACE_CLARIFAI_KEY.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.errors import TrainingError
from training.bench.predictions import Answers
from training.bench.predictors import PredictorOptions, Wants
from training.bench.predictors.http_service import post
from training.bench.predictors.service import (
    BusyError,
    RefusedError,
    ServiceFace,
    ServicePredictor,
)
from training.bench.sample import Sample

URL = "https://api.clarifai.com/v2/users/clarifai/apps/main/models"
URL_VARIABLE = "EVENFACE_CLARIFAI_URL"
MODELS = {"ages": "age-demographics-recognition", "genders": "gender-demographics-recognition"}
SUCCESS = 10000  # Clarifai's own code
BUSY = frozenset({11005, 11006, 98004, 98005})  # too many requests; upstream is overloaded
REFUSED = frozenset({30001, 30002, 30003, 30104, 30106})  # of inputs that it cannot read
OLDEST_GROUP = 100.0  # where "more than 70" is taken to end
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95]
_GROUP = re.compile(r"(\d+)\s*-\s*(\d+)|more than (\d+)")


class ClarifaiPredictor(ServicePredictor):
    """The age model and the gender model, asked about the aligned crop."""

    service: ClassVar[str] = "clarifai"
    version: ClassVar[str] = "demographics-2"
    operator: ClassVar[str] = "Clarifai"
    variables: ClassVar[tuple[str, ...]] = ("EVENFACE_CLARIFAI_KEY",)
    wants = Wants.crops
    age_rule = "middle of the most probable age group"

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> ClarifaiPredictor:
        """Take the key.

        Raises:
            InputError: it is missing, or sending was not agreed to.
        """
        return cls(options)

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the crop of each sample."""
        faces, reasons = [], []
        for image in images:
            answer = self._remembered(_encoded(image))
            refused = answer.get("refused")
            reasons.append(f"refused: {refused}" if refused else None)
            faces.append(None if refused else self.faces(answer, (0, 0))[0])
        ranges = [face.age_range if face else None for face in faces]
        return Answers(
            count=len(samples),
            female_probability=np.array(
                [np.nan if face is None else face.female_probability for face in faces],
                dtype=np.float64,
            ),
            age_low=np.array([np.nan if one is None else one[0] for one in ranges]),
            age_high=np.array([np.nan if one is None else one[1] for one in ranges]),
            reason=reasons,
        )

    def ask(self, content: bytes) -> dict[str, Any]:
        """Ask both models."""
        return {name: self._concepts(model, content) for name, model in MODELS.items()}

    def faces(self, answer: dict[str, Any], size: tuple[int, int]) -> list[ServiceFace]:
        """Return the one face: its most probable age group, and how feminine it looks."""
        group = max(answer["ages"], key=lambda name: answer["ages"][name])
        genders = answer["genders"]
        feminine = genders.get("Feminine", 0.0)
        total = feminine + genders.get("Masculine", 0.0)
        return [
            ServiceFace(
                box=None,
                female_probability=feminine / total if total else None,
                age_range=age_group(group),
            )
        ]

    def _concepts(self, model: str, content: bytes) -> dict[str, float]:
        picture = {"image": {"base64": base64.b64encode(content).decode()}}
        _, answer = post(
            self.service,
            f"{os.environ.get(URL_VARIABLE, URL)}/{model}/outputs",
            headers={"Authorization": f"Key {os.environ['EVENFACE_CLARIFAI_KEY']}"},
            json={"inputs": [{"data": picture}]},
        )
        code = answer.get("status", {}).get("code")
        if code in BUSY:
            raise BusyError
        if code in REFUSED:
            raise RefusedError(str(answer["status"].get("description", code)))
        if code != SUCCESS:
            why = answer.get("status", {}).get("description", "no reason given")
            raise TrainingError(f"clarifai refuses: {why} ({code})")
        concepts = answer["outputs"][0]["data"]["concepts"]
        return {concept["name"]: float(concept["value"]) for concept in concepts}


def age_group(name: str) -> tuple[float, float] | None:
    """Return the ages that a group's name tells, both ends included."""
    found = _GROUP.fullmatch(name.strip())
    if found is None:
        return None
    if found[3]:
        return float(found[3]), OLDEST_GROUP
    return float(found[1]), float(found[2])


def _encoded(crop: NDArray[np.uint8]) -> bytes:
    written, content = cv2.imencode(".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), JPEG)
    assert written
    return content.tobytes()
