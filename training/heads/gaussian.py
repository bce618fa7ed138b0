"""The default head: log(age + γ) is normal, and the network gives its mean and log-variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from curation.errors import SettingsError
from training.distributions import ShiftedLogNormal
from training.heads.base import AgeHead, Floats

# Beyond these a variance is an artefact of an early step: σ between 0.007 and 148 log-years.
LOG_VARIANCE_BOUND = 10.0


def gaussian_nll(mean: Tensor, log_variance: Tensor, target: Tensor) -> Tensor:
    """Return ½·(log σ² + (target - μ)² / σ²) per sample, shape (B,).

    The constant ½·log 2π is left out, as `torch.nn.GaussianNLLLoss` does (Nix and Weigend 1994,
    equation 3).
    """
    return 0.5 * (log_variance + (target - mean).square() * torch.exp(-log_variance))


class GaussianHead(AgeHead):
    """Outputs μ and log σ² of log(age + γ); the loss is the negative log-likelihood.

    With β > 0 it is β-NLL (Seitzer, Tavakoli, Antic and Martius, "On the pitfalls of
    heteroscedastic uncertainty estimation with probabilistic neural networks", ICLR 2022,
    equation 4): each sample's likelihood times σ^(2β), through which no gradient flows. At β = 0
    faces that the network finds hard hardly move its mean, at β = 1 the mean learns as under
    squared error; 0.5 is theirs. Epochs are compared by the plain likelihood, since β-NLL falls
    with σ itself.
    """

    kind: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "mean and variance of log(age + γ)"
    width = 2
    says: ClassVar[tuple[str, ...]] = ("age", "log_age_mean", "log_age_sigma")

    def __init__(self, gamma: float, beta: float = 0.0) -> None:
        """Take γ in years and β.

        Raises:
            SettingsError: β is not in 0 … 1.
        """
        if not 0 <= beta <= 1:
            raise SettingsError("--beta must lie between 0 and 1")
        self.gamma, self.beta = gamma, beta

    def dials(self) -> dict[str, Any]:
        """Return γ and β."""
        return {"gamma": self.gamma, "beta": self.beta}

    def start(self, ages: Tensor, weights: Tensor) -> Tensor:
        """Return mean and log-variance of the labels."""
        target, total = torch.log(ages + self.gamma), weights.sum().clamp(min=1e-12)
        mean = (target * weights).sum() / total
        variance = ((target - mean).square() * weights).sum() / total
        return torch.stack([mean, variance.clamp(min=1e-4).log()])

    def loss(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return the negative log-likelihood of log(age + γ), times σ^(2β)."""
        nll = self.score(outputs, ages)
        return nll if self.beta == 0 else nll * torch.exp(self.beta * _bounded(outputs).detach())

    def score(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return the negative log-likelihood of log(age + γ)."""
        return gaussian_nll(outputs[:, 0], _bounded(outputs), torch.log(ages + self.gamma))

    def distribution(self, outputs: Floats, calibration: float = 1.0) -> ShiftedLogNormal:
        """Return the shifted log-normal distributions; σ is multiplied by `calibration`."""
        bounded = np.clip(outputs[:, 1], -LOG_VARIANCE_BOUND, LOG_VARIANCE_BOUND)
        return ShiftedLogNormal(outputs[:, 0], calibration * np.exp(0.5 * bounded), self.gamma)

    def calibrate(self, outputs: Floats, ages: Floats, weights: Floats) -> float:
        """Return the s that makes N(μ, (s·σ)²) likeliest.

        With z = (log(age + γ) - μ) / σ, Σ w·(log s + z² / (2·s²)) is least where its derivative
        Σ w·(1/s - z²/s³) is zero: s² = Σ w·z² / Σ w.
        """
        known = weights > 0
        if not known.any():
            return 1.0
        said = self.distribution(outputs[known])
        z = (np.log(ages[known] + self.gamma) - said.mu) / said.sigma
        return float(max(np.sqrt(np.average(z**2, weights=weights[known])), 1e-3))

    def exported(self, outputs: Tensor, calibration: float) -> tuple[Tensor, ...]:
        """Return median age, mean and calibrated deviation of log(age + γ)."""
        mean = outputs[:, 0]
        sigma = calibration * (0.5 * _bounded(outputs)).exp()
        return (mean.exp() - self.gamma).clamp(min=0.0), mean, sigma

    def read(self, exported: Sequence[Floats]) -> ShiftedLogNormal:
        """Return the distributions of those means and deviations."""
        return ShiftedLogNormal(exported[1], exported[2], self.gamma)

    def explanation(self) -> str:
        """Return what mean and deviation mean."""
        return (
            "log(age + gamma) is normal with mean log_age_mean and deviation log_age_sigma = "
            "calibration * exp(log_age_log_variance / 2); the median age is exp(log_age_mean) - "
            "gamma, at least 0, years"
        )


def _bounded(outputs: Tensor) -> Tensor:
    return outputs[:, 1].clamp(-LOG_VARIANCE_BOUND, LOG_VARIANCE_BOUND)
