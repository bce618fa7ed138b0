"""Predictor `deepface`: the age and gender models of DeepFace, shown our aligned crops.

Its own detector is left out, so that every predictor judges the same face. It fetches its weights
by itself when first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from training.bench.predictions import Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.predictors.installed import module, versions
from training.bench.sample import Sample


class DeepFacePredictor:
    """DeepFace.analyze with the actions age and gender."""

    name = "deepface"
    wants = Wants.crops
    age_rule = "as stated"
    device = ""  # TensorFlow chooses
    trained_on: tuple[TrainedOn, ...] = ()

    def __init__(self, batch_size: int) -> None:
        """Import the package.

        Raises:
            InputError: it is not installed.
        """
        self.batch_size = batch_size
        self._analyze = module(self.name, "deepface", "deepface: pip install deepface").DeepFace

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> DeepFacePredictor:
        """Import the package.

        Raises:
            InputError: as the constructor.
        """
        return cls(options.batch_size or 16)

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Need nothing."""

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the crops."""
        said = [self._one(image) for image in images]
        return Answers(
            count=len(samples),
            female_probability=np.array([woman for woman, _ in said]),
            age=np.array([age for _, age in said]),
        )

    def baseline(self) -> None:
        """Return None: nothing is known of its training labels."""

    def describe(self) -> dict[str, Any]:
        """Return the package's version."""
        return {"versions": versions("deepface")}

    def _one(self, image: NDArray[np.uint8]) -> tuple[float, float]:
        try:
            found = self._analyze.analyze(
                img_path=np.ascontiguousarray(image[:, :, ::-1]),  # it takes BGR
                actions=("age", "gender"),
                enforce_detection=False,
                detector_backend="skip",
                silent=True,
            )
        except ValueError as error:  # weights that cannot be fetched end here
            raise InputError(f"deepface cannot answer: {error}") from None
        face = found[0] if isinstance(found, list) else found
        return float(face["gender"]["Woman"]) / 100, float(face["age"])
