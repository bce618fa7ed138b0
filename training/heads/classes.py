"""Heads that divide ages into classes: cross-entropy over bins, or label distributions over years.

Both give a softmax over K classes. Its histogram over years is made of adjoining bins, so that
quantiles and points follow: where printed bins leave a gap, as Adience's do, it is shared by its
neighbours half and half, which is the rule of the nearest bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from torch import Tensor
from torch.nn import functional

from training.bench.bins import ADIENCE_BINS, AgeBins
from training.distributions import AgeHistogram
from training.heads.base import AgeHead, Floats

# One class per year of age; everybody older than 100 belongs to the last.
YEARS = AgeBins("years", tuple((year, year) for year in range(101)))
TEMPERATURES = (0.05, 20.0)  # between which one is looked for


def histogram_edges(bins: AgeBins) -> Floats:
    """Return the K + 1 ages, years, at which one bin ends and the next begins, the first 0."""
    low, high = np.array(bins.limits, dtype=np.float64).T
    inner = (high[:-1] + low[1:]) / 2
    return np.concatenate([[0.0], inner, [high[-1] + 0.5 if high[-1] > low[-1] else low[-1] + 1]])


class ClassHead(AgeHead):
    """A softmax over age classes, trained by cross-entropy."""

    kind: ClassVar[str] = "years"
    title: ClassVar[str] = "101 classes, one per year, cross-entropy"
    says: ClassVar[tuple[str, ...]] = ("age", "age_probabilities")
    bins: ClassVar[AgeBins] = YEARS

    def __init__(self) -> None:
        self.width = len(self.bins)
        self.edges = histogram_edges(self.bins)

    def dials(self) -> dict[str, Any]:
        """Return nothing: the kind says all."""
        return {}

    def classes(self, ages: Tensor) -> Tensor:
        """Return the class of each age, int64 of the ages' shape."""
        return torch.bucketize(ages, torch.from_numpy(self.edges[1:-1]).to(ages), right=False)

    def start(self, ages: Tensor, weights: Tensor) -> Tensor:
        """Return the logarithm of each class's share, smoothed by one more sample in all."""
        counts = torch.bincount(self.classes(ages), weights=weights, minlength=self.width)
        return torch.log((counts + 1 / self.width) / (counts.sum() + 1)).to(ages.dtype)

    def loss(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return the cross-entropy of the true class."""
        return functional.cross_entropy(outputs, self.classes(ages), reduction="none")

    def distribution(self, outputs: Floats, calibration: float = 1.0) -> AgeHistogram:
        """Return the histograms; `calibration` is the temperature that divides the logits."""
        return AgeHistogram(softmax(outputs / calibration, axis=1), self.edges)

    def calibrate(self, outputs: Floats, ages: Floats, weights: Floats) -> float:
        """Return the temperature with the least cross-entropy.

        C. Guo et al., "On calibration of modern neural networks", ICML 2017, section 4.2. The
        cross-entropy is convex in the inverse temperature, so there is one minimum.
        """
        known = weights > 0
        if not known.any():
            return 1.0
        own = self.classes(torch.from_numpy(ages[known])).numpy()
        rows = np.arange(len(own))

        def cost(log_temperature: float) -> float:
            logs = log_softmax(outputs[known] / np.exp(log_temperature), axis=1)
            return float(-np.average(logs[rows, own], weights=weights[known]))

        found = minimize_scalar(cost, bounds=tuple(np.log(TEMPERATURES)), method="bounded")
        return float(np.exp(found.x))

    def exported(self, outputs: Tensor, calibration: float) -> tuple[Tensor, ...]:
        """Return the median age and the probabilities of the classes."""
        shares = torch.softmax(outputs / calibration, dim=1)
        below = torch.cumsum(shares, dim=1)
        node = (below < 0.5).to(torch.int64).sum(dim=1, keepdim=True).clamp(max=self.width - 1)
        carried = shares.gather(1, node)
        into = (0.5 - (below.gather(1, node) - carried)) / carried
        edges = torch.from_numpy(self.edges).to(outputs)
        age = edges[node] + into.clamp(0.0, 1.0) * (edges[node + 1] - edges[node])
        return age[:, 0], shares

    def read(self, exported: Sequence[Floats]) -> AgeHistogram:
        """Return the histograms of those probabilities."""
        return AgeHistogram(exported[1], self.edges)

    def explanation(self) -> str:
        """Return what the probabilities belong to."""
        edges = ", ".join(f"{edge:g}" for edge in self.edges)
        return (
            f"age_probabilities are those of {self.width} classes between these ages in years: "
            f"{edges}; evenly spread inside each, the median is age"
        )


class AdienceHead(ClassHead):
    """Adience's eight bins; an age between two belongs to the nearer."""

    kind: ClassVar[str] = "adience"
    title: ClassVar[str] = "Adience's 8 bins, cross-entropy"
    bins: ClassVar[AgeBins] = ADIENCE_BINS


class DldlHead(ClassHead):
    """DLDL-v2: a label distribution around the true year, and its expectation.

    B.-B. Gao, H.-Y. Zhou, J. Wu and X. Geng, "Age estimation using expectation of label
    distribution learning", IJCAI 2018: the Kullback-Leibler divergence from a normal distribution
    of `sigma` years around the label, discretised over the years (equations 1 and 2), plus
    `expectation_weight` times the absolute error of the expected age (equations 8 to 10).
    """

    kind: ClassVar[str] = "dldl"
    title: ClassVar[str] = "label distribution over 101 years, and its expectation (DLDL-v2)"

    def __init__(self, sigma: float = 2.0, expectation_weight: float = 1.0) -> None:
        super().__init__()
        self.sigma, self.expectation_weight = sigma, expectation_weight

    def dials(self) -> dict[str, Any]:
        """Return the label's deviation in years and the weight of the expectation."""
        return {"sigma": self.sigma, "expectation_weight": self.expectation_weight}

    def loss(self, outputs: Tensor, ages: Tensor) -> Tensor:
        """Return KL(label || softmax) + λ·|expected age - age|."""
        years = torch.arange(self.width, dtype=outputs.dtype, device=outputs.device)
        target = ages.clamp(0.0, self.width - 1.0)
        distance = (years - target[:, None]) / self.sigma
        label = torch.softmax(-0.5 * distance.square(), dim=1)
        logs = torch.log_softmax(outputs, dim=1)
        divergence = functional.kl_div(logs, label, reduction="none").sum(dim=1)
        expected = (logs.exp() * years).sum(dim=1)
        return divergence + self.expectation_weight * (expected - target).abs()
