"""Genders and ages of aligned faces, from a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from training.augment import stored_size
from training.checkpoint import Checkpoint, load_checkpoint
from training.device import pick_device
from training.distributions import AgeDistribution, Estimate
from training.evaluate import run_network
from training.shards import resize_crops

INTERVAL_COVERAGE = 0.8


@dataclass(frozen=True)
class FacePredictions:
    """What the network says about N faces."""

    female_probability: NDArray[np.float64]  # (N,)
    age: NDArray[np.float64]  # (N,) years, the point of `ages` that was asked for
    log_age_mean: NDArray[np.float64]  # (N,) mean of log(age + γ), log-years
    sigma: NDArray[np.float64]  # (N,) standard deviation of log(age + γ), log-years
    interval: NDArray[np.float64]  # (N, 2) years, holds the age with probability 0.8
    ages: AgeDistribution  # all that is said of the ages, calibrated

    @property
    def female(self) -> NDArray[np.bool_]:
        """The likelier gender, (N,): True is female."""
        return self.female_probability > 0.5


class Predictor:
    """A trained network, ready for aligned crops."""

    def __init__(
        self,
        checkpoint: Path | Checkpoint,
        device: str = "auto",
        batch_size: int = 64,
        estimate: Estimate = Estimate.median,
    ) -> None:
        """Load `checkpoint` onto `device` ("auto", "cpu", "cuda", …).

        `estimate` is the point that stands for an age.

        Raises:
            InputError: the file is no checkpoint.
            SettingsError: there is no such device.
        """
        self.checkpoint = (
            checkpoint if isinstance(checkpoint, Checkpoint) else load_checkpoint(checkpoint)
        )
        self.device = pick_device(device)
        self.batch_size, self.estimate = batch_size, estimate
        self.network = self.checkpoint.network().to(self.device)

    def predict(self, crops: NDArray[np.uint8]) -> FacePredictions:
        """Return the predictions for aligned crops (N, 256, 256, 3) uint8 RGB, N ≥ 0.

        Raises:
            InputError: the crops have another shape or type, or the network takes embeddings.
        """
        self.check_sees_pictures()
        side = self.checkpoint.crop_size
        if crops.dtype != np.uint8 or crops.shape[1:] != (side, side, 3):
            raise InputError(
                f"the network takes aligned crops of (N, {side}, {side}, 3) uint8, "
                f"not {crops.shape} {crops.dtype}"
            )
        return self._read(self._batches(crops))

    def check_sees_pictures(self) -> None:
        """Refuse a network that was trained on embeddings.

        Raises:
            InputError: it was.
        """
        if self.checkpoint.embedding_size is not None:
            raise InputError(
                "the checkpoint was trained on embeddings and sees no pictures; `bench run "
                "--embeddings FILE` judges it"
            )

    def predict_embeddings(self, embeddings: NDArray[np.float32]) -> FacePredictions:
        """Return the predictions for embeddings (N, D) float32, N ≥ 0.

        Raises:
            InputError: the network takes crops, or embeddings of another length.
        """
        size = self.checkpoint.embedding_size
        if size is None or embeddings.ndim != 2 or embeddings.shape[1] != size:
            wanted = "aligned crops" if size is None else f"embeddings of {size} numbers"
            raise InputError(f"the network takes {wanted}, not embeddings {embeddings.shape}")
        starts = range(0, len(embeddings), self.batch_size)
        return self._read(embeddings[start : start + self.batch_size] for start in starts)

    def _read(
        self, batches: Iterator[NDArray[np.uint8]] | Iterator[NDArray[np.float32]]
    ) -> FacePredictions:
        outputs = run_network(
            self.network,
            batches,
            self.checkpoint.image_size,
            self.device,
            mean=self.checkpoint.mean,
            std=self.checkpoint.std,
            view=self.checkpoint.view,
        )
        ages = self.network.age_head.distribution(
            outputs.age.double().numpy(), self.checkpoint.calibration
        )
        mean, sigma = ages.log_moments(self.checkpoint.gamma)
        return FacePredictions(
            female_probability=outputs.gender_logit.double().sigmoid().numpy(),
            age=ages.estimate(self.estimate),
            log_age_mean=mean,
            sigma=sigma,
            interval=ages.interval(INTERVAL_COVERAGE),
            ages=ages,
        )

    def _batches(self, crops: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        known = self.checkpoint
        size = stored_size(known.image_size, known.crop_size, known.view)
        for start in range(0, len(crops), self.batch_size):
            batch = crops[start : start + self.batch_size]
            yield np.stack([resize_crops(crop, size) for crop in batch])
