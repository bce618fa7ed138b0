"""The training loop, top to bottom.

Stage 1 trains the head on a backbone that stays as it is; stage 2 trains everything. Each stage
is Nesterov SGD under one cosine with warm-up. The weights of the best epoch, by validation loss,
are the result.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from curation import console
from curation.errors import InputError, TrainingError
from curation.faces.align import CROP_SIZE
from training.augment import Augmentation, random_views, render, stored_size
from training.data import Rows, Split, load_split, row_batches
from training.device import autocast, pick_device
from training.evaluate import Validation, validate
from training.heads import make_age_head
from training.losses import face_loss, weighted_mean
from training.manifest import Manifest, open_manifest
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork, build_network
from training.run_folder import EpochLog, RunFolder
from training.schedule import cosine_with_warmup
from training.settings import FitSettings, Plan
from training.weights import load_backbone_weights


@dataclass(frozen=True)
class FitResult:
    """Where a run left its model, and how good its best epoch was."""

    checkpoint: Path
    best: EpochLog
    epochs: int
    interrupted: bool  # by Ctrl-C


def fit(manifest_path: Path, settings: FitSettings, out: Path | None = None) -> FitResult:
    """Train on the train split of a manifest, choose by its validation split.

    The folder `out` (default: `runs/<dataset>-v<version>-<backbone>-seed<seed>`) receives
    `model.pt`, `log.csv`, `curves.png` and `run.json`. On a CPU the same seed and thread count
    give the same weights, bit for bit. The caller's random state is left as it was.

    Raises:
        InputError: the manifest, its shards or a weights file cannot be used.
        SettingsError: a setting cannot be used.
        TrainingError: the loss is not a number, ImageNet weights cannot be reached, or the run
            folder cannot be written.
    """
    device = pick_device(settings.device)
    manifest = open_manifest(manifest_path)
    train, validation = load_splits(manifest, settings)
    plan = settings.plan(samples=len(train))
    name = f"{manifest.version.name}-v{manifest.version.version}-{settings.backbone}"
    path = out or Path("runs") / f"{name}-seed{settings.seed}"
    folder = RunFolder(path, manifest, settings, plan)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        head = make_age_head(settings.age_head, settings.gamma, settings.beta)
        network = build_network(settings.backbone, settings.image_size, head)
        load_backbone_weights(network, settings.backbone, settings.weights)
        start_head(network, train)
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        folder.start(train, validation)
        return run_epochs(network, train, validation, folder, device)


def run_epochs(
    network: FaceNetwork, train: Split, validation: Split, folder: RunFolder, device: torch.device
) -> FitResult:
    """Run both stages; after each epoch validate, log, and keep the network if it is the best."""
    settings, plan = folder.settings, folder.plan
    generator = torch.Generator().manual_seed(settings.seed)  # of batches and augmentation
    best: EpochLog | None = None
    interrupted = False
    try:
        with console.progress("images") as progress:
            bar = progress.add_task("training", total=plan.total_epochs * len(train))
            for stage, epochs in (("head", plan.epochs_head), ("all", plan.epochs)):
                trainer = Trainer(network, stage, epochs, train, settings, plan, device)
                for _ in range(epochs):
                    started, losses = time.perf_counter(), []
                    batches = row_batches(len(train), plan.batch_size, generator)
                    for rows, crops in zip(batches, train.crops.stream(batches), strict=True):
                        losses.append(trainer.step(rows, torch.from_numpy(crops), generator))
                        progress.advance(bar, len(rows))
                    rate = len(train) / (time.perf_counter() - started)
                    found = validate(network, validation, settings, device)
                    number = len(folder.epochs) + 1
                    epoch = epoch_log(number, stage, trainer.learning_rate, losses, found, rate)
                    folder.add(epoch)
                    progress.update(bar, description=describe(epoch, plan.total_epochs))
                    if best is None or epoch.validation_loss < best.validation_loss:
                        best = epoch
                        folder.save_model(network, train, epoch, found.calibration)
    except KeyboardInterrupt:
        if best is None:
            raise
        interrupted = True
    if best is None:
        raise TrainingError("the validation loss was never a number; lower --learning-rate")
    folder.draw_curves()
    return FitResult(folder.model, best, len(folder.epochs), interrupted)


class Trainer:
    """One stage: its optimizer, its schedule, and what happens in one step."""

    def __init__(
        self,
        network: FaceNetwork,
        stage: str,
        epochs: int,
        train: Split,
        settings: FitSettings,
        plan: Plan,
        device: torch.device,
    ) -> None:
        self.network, self.stage, self.train = network, stage, train
        self.settings, self.plan, self.device = settings, plan, device
        self.augmentation = Augmentation()
        self.steps_per_epoch = len(row_batches(len(train), plan.batch_size))
        self.total_steps = epochs * self.steps_per_epoch
        self.steps_done = 0
        self.learning_rate = 0.0
        self.trained: nn.Module = network.head if stage == "head" else network
        self.optimizer = torch.optim.SGD(
            parameter_groups(self.trained, settings.weight_decay),
            lr=self.learning_rate,
            momentum=settings.momentum,
            nesterov=True,
        )

    def step(
        self, rows: Rows, crops: torch.Tensor, generator: torch.Generator
    ) -> tuple[float, float, float]:
        """Train on one batch; return its loss and the age and gender parts.

        Raises:
            TrainingError: the loss is not a number; the sentence names the batch.
        """
        settings, device, everything = self.settings, self.device, self.stage == "all"
        self.learning_rate = cosine_with_warmup(
            self.steps_done,
            self.total_steps,
            peak=self.plan.learning_rate,
            warmup_steps=int(settings.warmup * self.total_steps),
        )
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate

        views = random_views(len(rows), self.augmentation, generator).to(device)
        images = render(crops.to(device), views, settings.image_size, IMAGENET_MEAN, IMAGENET_STD)
        self.network.train(everything)  # in stage 1 the batch statistics must stay, too
        with autocast(device, settings.precision):
            with torch.set_grad_enabled(everything):
                features = self.network.backbone(images)
            outputs = self.network.outputs(features)
        targets = self.train.targets.take(torch.from_numpy(rows)).to(device)
        age_loss = self.network.age_head.loss
        loss = face_loss(outputs, targets, age_loss, settings.gender_weight)
        total = loss.total.item()
        if not math.isfinite(total):
            raise TrainingError(self._not_a_number(total, rows))

        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.parameters(), settings.gradient_clip)
        self.optimizer.step()
        self.steps_done += 1
        return total, loss.age.item(), loss.gender.item()

    def _not_a_number(self, total: float, rows: Rows) -> str:
        epoch, batch = divmod(self.steps_done, self.steps_per_epoch)
        return (
            f"the loss is {total} in batch {batch + 1} of {self.steps_per_epoch}, epoch "
            f"{epoch + 1} of stage {self.stage!r} (samples {self.train.sample_ids[rows[0]]} to "
            f"{self.train.sample_ids[rows[-1]]}); lower --learning-rate "
            f"(now {self.plan.learning_rate}) or look at these samples"
        )


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Return optimizer groups that decay weights, but neither biases nor normalisation scales."""
    parameters = list(module.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def load_splits(manifest: Manifest, settings: FitSettings) -> tuple[Split, Split]:
    """Return the train and the validation split, or raise InputError where they are too small."""
    size = stored_size(settings.image_size, CROP_SIZE)
    train = load_split(manifest, "train", size, settings.workers)
    if len(train) < 2:
        raise InputError(f"{manifest.path} has one train sample; batch statistics need two or more")
    return train, load_split(manifest, "validation", size, settings.workers)


def start_head(network: FaceNetwork, train: Split) -> None:
    """Let the head begin with the distribution of the training labels."""
    targets = train.targets
    share = weighted_mean(targets.female, targets.gender_weight)
    known = bool(targets.gender_weight.sum() > 0)
    network.start_from(float(share) if known else 0.5, targets.age, targets.age_weight)


def epoch_log(
    number: int,
    stage: str,
    learning_rate: float,
    losses: list[tuple[float, float, float]],
    found: Validation,
    rate: float,
) -> EpochLog:
    """Put the figures of one epoch together; training losses are means over its batches."""
    total, age, gender = (float(part) for part in np.mean(losses, axis=0))
    return EpochLog(
        epoch=number,
        stage=stage,
        learning_rate=learning_rate,
        train_loss=total,
        train_age_loss=age,
        train_gender_loss=gender,
        validation_loss=found.loss,
        gender_accuracy=found.gender.value,
        gender_n=found.gender.n,
        mae=found.mae.value,
        age_n=found.mae.n,
        images_per_second=rate,
    )


def describe(epoch: EpochLog, epochs: int) -> str:
    """Return the progress bar's text, short enough for 80 columns: how validation went last."""
    return f"epoch {epoch.epoch}/{epochs}: gender {epoch.gender_accuracy:.0%}, MAE {epoch.mae:.1f}"
