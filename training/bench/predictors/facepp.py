"""Predictor `facepp`: Face++ Detect (version 3 of its API), which states an age and a gender.

Keys: EVENFACE_FACEPP_KEY and EVENFACE_FACEPP_SECRET.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from curation.errors import TrainingError
from training.bench.predictors import PredictorOptions
from training.bench.predictors.http_service import post
from training.bench.predictors.service import (
    BusyError,
    RefusedError,
    ServiceFace,
    ServicePredictor,
)

URL = "https://api-us.faceplusplus.com/facepp/v3/detect"
URL_VARIABLE = "EVENFACE_FACEPP_URL"  # the service has several regions
REFUSED = ("IMAGE_ERROR", "INVALID_IMAGE_SIZE", "IMAGE_FILE_TOO_LARGE", "INVALID_IMAGE_URL")
GENDERS = {"Female": 1.0, "Male": 0.0}


class FacePlusPlusPredictor(ServicePredictor):
    """Detect with the attributes gender and age."""

    service: ClassVar[str] = "facepp"
    version: ClassVar[str] = "v3-detect-gender-age"
    operator: ClassVar[str] = "Face++ (Megvii)"
    variables: ClassVar[tuple[str, ...]] = ("EVENFACE_FACEPP_KEY", "EVENFACE_FACEPP_SECRET")

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> FacePlusPlusPredictor:
        """Take the keys.

        Raises:
            InputError: a key is missing, or sending was not agreed to.
        """
        return cls(options)

    def ask(self, content: bytes) -> dict[str, Any]:
        """Send one picture."""
        status, answer = post(
            self.service,
            os.environ.get(URL_VARIABLE, URL),
            data={
                "api_key": os.environ["EVENFACE_FACEPP_KEY"],
                "api_secret": os.environ["EVENFACE_FACEPP_SECRET"],
                "return_attributes": "gender,age",
            },
            files={"image_file": ("picture", content)},
        )
        problem = str(answer.get("error_message", ""))
        if "CONCURRENCY_LIMIT_EXCEEDED" in problem:
            raise BusyError
        if problem.startswith(REFUSED):
            raise RefusedError(problem.partition(":")[0])
        if problem or status != 200:
            raise TrainingError(f"facepp refuses: {problem.partition(':')[0] or status}")
        return {"faces": answer["faces"]}

    def faces(self, answer: dict[str, Any], size: tuple[int, int]) -> list[ServiceFace]:
        """Return the faces; only the five largest carry attributes on a free account."""
        found = []
        for face in answer["faces"]:
            place, known = face["face_rectangle"], face.get("attributes") or {}
            left, top = float(place["left"]), float(place["top"])
            found.append(
                ServiceFace(
                    box=(left, top, left + place["width"], top + place["height"]),
                    female=GENDERS.get(known.get("gender", {}).get("value", "")),
                    age=known["age"]["value"] if "age" in known else None,
                )
            )
        return found
