"""Run a network over crops without augmentation, and say how it fares on a labelled split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.augment import VIEW, plain_views, render
from training.bench.metrics import Figure, gender_accuracy, mean_absolute_error
from training.data import Split, row_batches
from training.device import autocast
from training.losses import face_loss
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork, FaceOutputs
from training.reliability import Reliability, coverage
from training.settings import FitSettings

EVALUATION_BATCH = 128


@dataclass(frozen=True)
class Validation:
    """How a network fares on a split."""

    loss: float
    gender: Figure
    mae: Figure  # of the medians, years
    calibration: float  # that these ages ask of the age head
    reliability: Reliability  # without it and with it


def run_network(
    network: FaceNetwork,
    batches: Iterable[NDArray[np.uint8]] | Iterable[NDArray[np.float32]],
    image_size: int,
    device: torch.device,
    precision: str = "fp32",
    mean: tuple[float, ...] = IMAGENET_MEAN,
    std: tuple[float, ...] = IMAGENET_STD,
    view: float = VIEW,
) -> FaceOutputs:
    """Return the outputs for all batches, on the CPU.

    A batch is crops (B, H, W, 3) uint8, or embeddings (B, D) float32.

    The network is on `device` and is left in evaluation mode.
    """
    network.eval()
    outputs = [FaceOutputs(torch.empty(0), torch.empty(0, network.age_head.width))]
    with torch.inference_mode():
        for batch in batches:
            seen = torch.from_numpy(batch).to(device)
            if seen.ndim > 2:  # crops, no embeddings
                views = plain_views(len(seen), view).to(device)
                seen = render(seen, views, image_size, mean, std)
            with autocast(device, precision):
                said = network(seen)
            outputs.append(said.to_cpu())
    return FaceOutputs(
        torch.cat([said.gender_logit for said in outputs]),
        torch.cat([said.age for said in outputs]),
    )


def validate(
    network: FaceNetwork, split: Split, settings: FitSettings, device: torch.device
) -> Validation:
    """Return the loss and metrics of `network` on `split`; the same each time on a CPU."""
    batches = row_batches(len(split), EVALUATION_BATCH)
    outputs = run_network(
        network,
        split.crops.stream(batches),
        settings.image_size,
        device,
        settings.precision,
        view=settings.view,
    )
    return judge(network, outputs, split, settings)


def judge(
    network: FaceNetwork, outputs: FaceOutputs, split: Split, settings: FitSettings
) -> Validation:
    """Return the loss and metrics of what `network` said of all of `split`."""
    head = network.age_head
    loss = face_loss(outputs, split.targets, head.score, settings.gender_weight)
    said = outputs.age.double().numpy()
    weights = split.targets.age_weight.double().numpy()
    ages = np.nan_to_num(split.ages)
    calibration = head.calibrate(said, ages, weights)
    stated = head.distribution(said)
    return Validation(
        loss=float(loss.total),
        gender=gender_accuracy(split.female, outputs.gender_logit.numpy() > 0),
        mae=mean_absolute_error(split.ages, stated.median()),
        calibration=calibration,
        reliability=Reliability(
            before=coverage(stated, ages, weights),
            after=coverage(head.distribution(said, calibration), ages, weights),
        ),
    )
