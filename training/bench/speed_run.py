"""From what the command line names to a timed predictor: pictures, threads, device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import torch

from curation.errors import InputError
from training.bench.flags import flag
from training.bench.predictors import PREDICTORS, PredictorOptions, open_predictor
from training.bench.protocols import ProtocolOptions, open_protocol
from training.bench.sample import Picture, Sample
from training.bench.speed import SpeedResult, choose, measure, refuse_elsewhere
from training.device import device_name
from training.inference.images import list_pictures


@dataclass(frozen=True)
class SpeedRun:
    """A result, and what it is about."""

    title: str
    about: dict[str, Any]
    result: SpeedResult


def run_speed(
    name: str,
    answering: PredictorOptions,
    photographs: Sequence[Path],
    dataset: str,
    test_set: ProtocolOptions,
    batch_sizes: Sequence[int],
    images: int,
    rounds: int,
    threads: int | None = None,
) -> SpeedRun:
    """Time the predictor `name` on `photographs`, or else on the pictures of a protocol.

    `threads` are those of PyTorch, ONNX Runtime and OpenCV, of this process from now on.

    Raises:
        UsageError: the predictor cannot be timed, or something named cannot be used.
    """
    entry = PREDICTORS.get(name)
    if entry is not None:
        refuse_elsewhere(entry)
    if threads is not None:
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
    protocol, samples = _samples(photographs, dataset, test_set)
    chosen = choose(samples, images)
    if entry is not None and "batch_size" in entry.takes:
        answering = replace(answering, batch_size=max(batch_sizes))
    folds = [chosen[0].fold] if chosen[0].fold is not None else []
    predictor = open_predictor(name, answering, folds)
    detector = predictor.device if predictor.device.startswith("cuda") else "cpu"
    result = measure(predictor, chosen, batch_sizes, rounds, detector, protocol)
    processor = device_name("cpu")
    where = device_name(predictor.device) if predictor.device else processor
    about = {
        "predictor": {"name": predictor.name, **predictor.describe()},
        "pictures": protocol,
        "device": where,
        "detector_device": device_name(detector),
        "processor": processor,
        "threads": torch.get_num_threads(),
    }
    title = f"{predictor.name} on {where}, {_counted(torch.get_num_threads(), 'thread')}"
    return SpeedRun(title, about, result)


def _samples(
    photographs: Sequence[Path], dataset: str, test_set: ProtocolOptions
) -> tuple[str, Sequence[Sample]]:
    if not photographs:
        protocol = open_protocol(dataset, test_set)
        return protocol.name, protocol.samples()
    if given := test_set.given():
        raise InputError(
            f"photographs are named, and a test set with {flag(given[0])}; name one of the two"
        )
    files = list_pictures(photographs)
    return "photographs", [Sample(str(file), Picture(file)) for file in files]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
