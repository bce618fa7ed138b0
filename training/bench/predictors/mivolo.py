"""Predictor `mivolo`: MiVOLO shown the face alone, without the person's body.

M. Kuprashevich and I. Tolstykh, "MiVOLO: multi-input transformer for age and gender estimation",
2023. `--model` names its checkpoint. The face's box is that of our detector, so that every
predictor judges the same face; figures of the whole system, bodies included, may be better.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.faces.detector import Detector
from training.bench.predictions import NO_FACE, Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.predictors.installed import module, versions
from training.bench.predictors.service import ServiceFace, meant
from training.bench.sample import Sample
from training.manifest import file_sha256

HOW = "mivolo: install it from its repository, github.com/WildChlamydia/MiVOLO"
FEMALE, AGE = 1, 2  # places in its output: male, female, age


class MivoloPredictor:
    """The age and gender model of MiVOLO on faces."""

    name = "mivolo"
    wants = Wants.pictures
    age_rule = "as stated"
    trained_on: tuple[TrainedOn, ...] = ()

    def __init__(self, checkpoint: Path, device: str, batch_size: int) -> None:
        """Load the checkpoint.

        Raises:
            InputError: the package or the checkpoint is missing, or it tells no gender.
        """
        if not checkpoint.is_file():
            raise InputError(f"there is no checkpoint {checkpoint}; MiVOLO's page has them")
        self.batch_size = batch_size
        self.device = device
        self.checkpoint = checkpoint
        self._prepare = module(self.name, "mivolo.data.misc", HOW).prepare_classification_images
        self._model = module(self.name, "mivolo.model.mi_volo", HOW).MiVOLO(
            str(checkpoint), device=device, half=False, use_persons=False
        )
        if self._model.meta.only_age:
            raise InputError(f"{checkpoint} tells ages only; take one that tells genders too")
        self._detector = Detector(device=device)

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> MivoloPredictor:
        """Load the checkpoint.

        Raises:
            InputError: as the constructor.
        """
        assert options.model is not None
        return cls(options.model, options.device or "cpu", options.batch_size or 16)

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Need nothing."""

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the face that is meant in each picture."""
        faces = [self._cut(*pair) for pair in zip(samples, images, strict=True)]
        seen = [place for place, face in enumerate(faces) if face is not None]
        female, age = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
        if seen:
            said = self._ask([face for face in faces if face is not None])
            female[seen], age[seen] = said[:, 0], said[:, 1]
        return Answers(
            count=len(samples),
            female_probability=female,
            age=age,
            reason=[NO_FACE if face is None else None for face in faces],
        )

    def baseline(self) -> None:
        """Return None: nothing is known of its training labels."""

    def describe(self) -> dict[str, Any]:
        """Return the checkpoint and the package's version."""
        return {
            "file": str(self.checkpoint),
            "sha256": file_sha256(self.checkpoint),
            "versions": versions("mivolo"),
        }

    def _cut(self, sample: Sample, image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return the face that is meant, BGR, cut at its box."""
        assert sample.picture is not None
        found = [ServiceFace(face.box) for face in self._detector.detect(image)]
        face = meant(found, sample.picture.box)
        if face is None or face.box is None:
            return None
        x1, y1, x2, y2 = (max(0, round(edge)) for edge in face.box)
        return np.ascontiguousarray(image[y1:y2, x1:x2, ::-1])

    def _ask(self, faces: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Return the probability of female and the age of each face, (N, 2)."""
        import torch

        model = self._model
        config, meta = model.data_config, model.meta
        shown = self._prepare(
            faces, model.input_size, config["mean"], config["std"], device=model.device
        )
        if meta.with_persons_model:  # nobody's body is shown
            shown = torch.cat((shown, torch.zeros_like(shown)), dim=1)
        output = model.inference(shown).float().cpu()
        age = output[:, AGE] * (meta.max_age - meta.min_age) + meta.avg_age
        female = output[:, :AGE].softmax(-1)[:, FEMALE]
        return np.column_stack([female.double().numpy(), age.double().numpy()])
