"""Predictors: whoever can say something about the faces of a test set, behind one interface.

To add one, write a class with the members of `BenchPredictor` in a file of its own here, and its
line in `registry.py`. What it says becomes a predictions table (`training.bench.predictions`),
from which alone the figures are taken.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError, SettingsError
from training.baseline import Baseline
from training.bench.flags import flag
from training.bench.predictions import Answers
from training.bench.predictors.registry import PREDICTORS, PredictorEntry
from training.bench.sample import Sample
from training.choices import Reported

__all__ = [
    "PREDICTORS",
    "BenchPredictor",
    "PredictorEntry",
    "PredictorOptions",
    "TrainedOn",
    "Wants",
    "guess_predictor",
    "open_predictor",
]


class Wants(StrEnum):
    """What a predictor is shown of each sample."""

    nothing = "nothing"  # sample ids only: predictions files
    crops = "crops"  # faces found and aligned by us, (256, 256, 3) uint8
    pictures = "pictures"  # whole pictures, (H, W, 3) uint8; it finds the face itself
    files = "files"  # no pixels: it reads `sample.picture` itself, such as a service does


@dataclass(frozen=True)
class PredictorOptions:
    """What the command line says about a predictor; None where it says nothing."""

    checkpoint: str | None = None  # a path; with "{fold}" in it, one model per fold
    predictions: Path | None = None
    model: Path | None = None  # a model file of another kind (ONNX, MiVOLO)
    device: str | None = None
    batch_size: int | None = None
    cache: Path | None = None  # folder for a service's answers: nothing is paid twice
    rate: float | None = None  # most questions per second to a service
    send_pictures: bool | None = None  # agreed: a service is sent pictures of people
    embeddings: Path | None = None  # of the test set's faces, for a network that takes them
    estimate: Reported | None = None  # which point of a predicted distribution is the age

    def given(self) -> list[str]:
        """Return the names of the options that say something."""
        return [item.name for item in fields(self) if getattr(self, item.name) is not None]


@dataclass(frozen=True)
class TrainedOn:
    """A dataset that a predictor has seen, for the leak guard; `manifest_sha256` names it."""

    dataset: str
    version: str
    manifest_sha256: str


class BenchPredictor(Protocol):
    """Somebody who answers.

    `batch_size` is how many samples `predict` likes to be asked about at once. `trained_on` is
    what is known of its training data; () where nothing is. `age_rule` says how its ages became
    points ("median of the distribution", "middle of the stated range", "as stated"). `device` is
    the torch device that it computes on; "" where that is not ours to know.
    """

    name: str
    wants: Wants
    batch_size: int
    age_rule: str
    trained_on: tuple[TrainedOn, ...]
    device: str

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> BenchPredictor:
        """Make it ready for a test set with these `folds` (() where it has none).

        Raises:
            InputError, SettingsError: a file, package or key that it needs is missing: which, and
                how to get it.
        """

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Be told, once and before the first question, which samples will be asked about.

        The place to refuse what cannot end well, or to say what it will cost.

        Raises:
            InputError: they cannot be answered.
        """

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for `samples`, one answer each, in their order.

        `images` holds what `wants` names, one per sample; it is empty for `nothing` and `files`.
        All samples of a call belong to one fold. Samples without a face (`crops`) or with an
        unreadable picture never come here: their answer is known.
        """

    def baseline(self) -> Baseline | None:
        """Return what its training labels alone would answer, where that is known."""

    def describe(self) -> dict[str, Any]:
        """Return plain values for the report: files with hashes, versions, settings."""


def guess_predictor(name: str | None, options: PredictorOptions) -> str:
    """Return the predictor that is meant: the one named, or the one that a given file is for.

    Raises:
        InputError: nothing tells.
    """
    if name is not None:
        return name
    if options.checkpoint is not None:
        return "checkpoint"
    if options.predictions is not None:
        return "file"
    if options.model is not None and options.model.suffix == ".onnx":
        return "onnx"
    raise InputError(
        "who is to be judged? Name a --checkpoint of `train fit`, the --predictions file of any "
        f"system, or a --predictor ({', '.join(PREDICTORS)})"
    )


def open_predictor(name: str, options: PredictorOptions, folds: Sequence[str]) -> BenchPredictor:
    """Open the predictor `name`.

    Raises:
        SettingsError: there is no such predictor, or an option that it does not take.
        InputError: something that it needs is missing.
    """
    entry = PREDICTORS.get(name)
    if entry is None:
        raise SettingsError(f"there is no predictor {name!r}; there are: {', '.join(PREDICTORS)}")
    unknown = [option for option in options.given() if option not in entry.takes]
    if unknown:
        takes = ", ".join(flag(option) for option in entry.takes)
        raise SettingsError(f"the predictor {name} takes {takes}, not {flag(unknown[0])}")
    lacking = [option for option in entry.needs if option not in options.given()]
    if lacking:
        raise InputError(f"the predictor {name} ({entry.title}) needs {flag(lacking[0])}")
    module, _, attribute = entry.target.partition(":")
    opened: BenchPredictor = getattr(importlib.import_module(module), attribute).open(
        options, folds
    )
    return opened
