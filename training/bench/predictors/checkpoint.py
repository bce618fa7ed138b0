"""Predictor `checkpoint`: a network of `train fit`, or one per fold of a cross-validation.

With `{fold}` in its path, the model of fold k judges the samples of fold k and no others: the
fold that it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from training.baseline import Baseline
from training.bench.crops import check_template
from training.bench.predictions import Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.predictors.ages import age_columns, age_rule
from training.bench.sample import Sample
from training.checkpoint import Checkpoint, load_checkpoint
from training.choices import Reported
from training.device import pick_device
from training.embeddings import Embeddings, open_embeddings
from training.inference.predictor import Predictor
from training.manifest import file_sha256

FOLD = "{fold}"
NO_EMBEDDING = "no embedding"
BATCH = 64


class CheckpointPredictor:
    """One trained network, or one per fold; the networks are loaded one at a time."""

    wants: Wants

    def __init__(
        self,
        files: dict[str | None, Path],
        device: str,
        batch_size: int,
        reported: Reported = Reported.by_metric,
        embeddings: Path | None = None,
    ) -> None:
        """Take the checkpoints by fold; the fold None is the one model for everything.

        `embeddings` are those of the test set's faces, by sample id, for networks over them.

        Raises:
            InputError: a file is no checkpoint, or they are of different kinds.
        """
        self.files = files
        self.reported, self.age_rule = reported, age_rule(reported)
        self.device = str(pick_device(device))
        self.batch_size = batch_size
        self.checkpoints = {fold: _check(path) for fold, path in files.items()}
        self.name = " / ".join(dict.fromkeys(known.backbone for known in self.checkpoints.values()))
        self.trained_on = tuple(
            dict.fromkeys(
                TrainedOn(known.dataset.name, known.dataset.version, known.dataset.sha256)
                for known in self.checkpoints.values()
            )
        )
        self.embeddings = _embeddings(embeddings, self.checkpoints.values())
        self.wants = Wants.crops if self.embeddings is None else Wants.nothing
        self._loaded: tuple[str | None, Predictor] | None = None

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> CheckpointPredictor:
        """Find the checkpoint, or the one of every fold.

        Raises:
            InputError: a file is missing or no checkpoint, or there are no folds to put in.
        """
        assert options.checkpoint is not None
        files: dict[str | None, Path] = {None: Path(options.checkpoint)}
        if FOLD in options.checkpoint:
            if not folds:
                raise InputError(
                    f"{options.checkpoint} asks for one model per fold, but this test set has no "
                    "folds; name one checkpoint"
                )
            files = {fold: Path(options.checkpoint.replace(FOLD, fold)) for fold in folds}
        return cls(
            files,
            options.device or "auto",
            options.batch_size or BATCH,
            options.estimate or Reported.by_metric,
            options.embeddings,
        )

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """See to it that every sample has a model.

        Raises:
            InputError: there is one per fold, but samples are in none or in another.
        """
        if None in self.files:
            return
        without = [sample.sample_id for sample in samples if sample.fold not in self.files]
        if without:
            raise InputError(
                f"{len(without):,} of {len(samples):,} samples are in no fold that has a model, "
                f"first {without[0]}; name one checkpoint for all"
            )

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for samples of one fold by the model of that fold."""
        fold = None if None in self.files else samples[0].fold
        predictor = self._predictor(fold)
        if self.embeddings is None:
            said = predictor.predict(np.stack(images))
            return Answers(
                count=len(samples),
                female_probability=said.female_probability,
                fold=fold,
                **age_columns(said.ages, self.reported),
            )
        known = self.embeddings.known([sample.sample_id for sample in samples])
        ids = [sample.sample_id for sample, one in zip(samples, known, strict=True) if one]
        said = predictor.predict_embeddings(self.embeddings.take(ids))
        columns = age_columns(said.ages, self.reported)
        quantiles = columns.pop("quantiles", {})
        return Answers(
            count=len(samples),
            female_probability=spread(said.female_probability, known),
            fold=fold,
            reason=[None if one else NO_EMBEDDING for one in known],
            quantiles={share: spread(ages, known) for share, ages in quantiles.items()},
            **{name: spread(values, known) for name, values in columns.items()},
        )

    def baseline(self) -> Baseline | None:
        """Return what the training labels alone would say; None for several models."""
        return self.checkpoints[None].baseline if None in self.checkpoints else None

    def describe(self) -> dict[str, Any]:
        """Return file, hash, backbone and training data of each checkpoint."""
        models = [
            {
                **({"fold": fold} if fold is not None else {}),
                "file": str(path),
                "sha256": file_sha256(path),
                "backbone": self.checkpoints[fold].backbone,
                "image_size": self.checkpoints[fold].image_size,
                "age_head": self.checkpoints[fold].age_head,
                "calibration": self.checkpoints[fold].calibration,
                "trained_on": asdict(self.checkpoints[fold].dataset),
            }
            for fold, path in self.files.items()
        ]
        if self.embeddings is None:
            return {"models": models}
        file = self.embeddings.path
        return {"models": models, "embeddings": str(file), "embeddings_sha256": file_sha256(file)}

    def _predictor(self, fold: str | None) -> Predictor:
        if self._loaded is None or self._loaded[0] != fold:
            self._loaded = (fold, Predictor(self.checkpoints[fold], self.device, self.batch_size))
        return self._loaded[1]


def spread(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the values in the places that are known, (N,), and NaN in the others."""
    placed = np.full(len(known), np.nan)
    placed[known] = values
    return placed


def _embeddings(path: Path | None, checkpoints: Iterable[Checkpoint]) -> Embeddings | None:
    """Open the file of embeddings, if the networks take any; they all do or none does."""
    sizes = {known.embedding_size for known in checkpoints}
    if len(sizes) > 1:
        raise InputError("the checkpoints take embeddings of different lengths, or not all do")
    (size,) = sizes
    if size is None:
        if path is not None:
            raise InputError("the checkpoint sees pictures; leave --embeddings out")
        return None
    if path is None:
        raise InputError(
            f"the checkpoint was trained on embeddings of {size} numbers; name those of the test "
            "set by --embeddings FILE"
        )
    found = open_embeddings(path)
    if found.size != size:
        raise InputError(
            f"{path} has embeddings of {found.size} numbers, but the checkpoint takes {size}"
        )
    return found


def _check(path: Path) -> Checkpoint:
    checkpoint = load_checkpoint(path)
    check_template(path, checkpoint.template)
    return checkpoint
