"""Training, top to bottom.

Stage 1 (`head_stage.py`) trains the head on features of a backbone that stays as it is; stage 2,
here, trains everything. The weights of the best epoch, by validation loss, are the result.

Everything random is a function of seed, epoch and batch, and the rest is saved (`state.py`): a
run that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from curation import console
from curation.errors import TrainingError
from training.checkpoint import load_checkpoint
from training.checks import load_splits
from training.choices import Tta
from training.data import Split
from training.distributed import Processes, processes
from training.embeddings import EmbeddingReader
from training.epoch_log import EpochLog, FitResult
from training.evaluate import validate
from training.head_stage import train_head
from training.heads import make_age_head
from training.losses import weighted_mean
from training.lr_range import find_rates
from training.manifest import Manifest, open_manifest
from training.mlp import build_embedding_network
from training.model import FaceNetwork, build_network
from training.run_folder import RunFolder
from training.settings import FitSettings
from training.state import Position, restore, snapshot
from training.step import Trainer
from training.weights import load_backbone_weights

OnEpoch = Callable[[EpochLog], None]


def fit(
    manifest_path: Path,
    settings: FitSettings,
    out: Path | None = None,
    *,
    resume: bool | None = None,
) -> FitResult:
    """Train on the train split of a manifest, choose by its validation split.

    The folder `out` (default: `runs/<dataset>-v<version>-<backbone>-seed<seed>`) receives
    `model.pt`, `log.csv`, `curves.png` and `run.json`. On a CPU the same seed and thread count
    give the same weights, bit for bit. The caller's random state is left as it was.

    A run of the same settings on the same samples that lies in the folder goes on where it was
    stopped; with `resume` True it has to be one, with False it starts over.

    Raises:
        InputError: the manifest, its shards or a weights file cannot be used.
        SettingsError: a setting cannot be used, or is not that of the run to go on with.
        TrainingError: the loss is not a number, memory runs out, ImageNet weights cannot be
            reached, or the run folder cannot be written.
    """
    return fit_manifest(open_manifest(manifest_path), settings, out, resume=resume)


def fit_manifest(
    manifest: Manifest,
    settings: FitSettings,
    out: Path | None = None,
    *,
    resume: bool | None = None,
    on_epoch: OnEpoch | None = None,
) -> FitResult:
    """Do the same with a manifest in memory, whose `split` column says which row is for what.

    `on_epoch` is told of every epoch; what it raises ends the run.
    """
    with processes(settings.device) as (crew, device):
        path = out or default_folder(manifest, settings)
        folder = RunFolder(path, manifest, settings, crew)
        state = folder.open(resume)
        if state is not None and state["finished"]:
            return folder.result()
        train, validation = load_splits(manifest, settings)
        plan = settings.plan(len(train))
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            network = first_network(settings, train, device, crew, state is None)
            crew.share_weights(network)
            folder.start(train, validation, plan, device)
            run = Run(network, train, validation, folder, device, crew, on_epoch)
            return run.stages(state)


class Run:
    """One run of both stages: what is trained, on what, and where it is written down."""

    def __init__(
        self,
        network: FaceNetwork,
        train: Split,
        validation: Split,
        folder: RunFolder,
        device: torch.device,
        crew: Processes,
        on_epoch: OnEpoch | None = None,
    ) -> None:
        self.network, self.train, self.validation = network, train, validation
        self.folder, self.device, self.crew, self.on_epoch = folder, device, crew, on_epoch
        self.settings = folder.settings

    def stages(self, state: dict[str, Any] | None) -> FitResult:
        """Run what is left of both stages; Ctrl-C ends them with the best network so far."""
        interrupted = False
        try:
            if state is None and self.folder.plan.epochs_head:
                train_head(self)
            if self.folder.plan.epochs:
                self.train_all(state)
            self.settle()
        except KeyboardInterrupt:
            if self.folder.best is None:
                raise
            interrupted = True
        if self.folder.best is None:
            raise TrainingError("the validation loss was never a number; lower --learning-rate")
        self.folder.draw_curves()
        if not interrupted:
            self.folder.finish()
        return replace(self.folder.result(), interrupted=interrupted)

    def train_all(self, state: dict[str, Any] | None) -> None:
        """Stage 2: train all layers, epoch by epoch."""
        folder, crew, settings = self.folder, self.crew, self.settings
        if settings.auto_lr and state is None:
            folder.set_rates(*crew.hear(find_rates(self) if crew.main else None))
        trainer = Trainer(self.network, self.train, settings, folder.plan, self.device, crew)
        position = restore(state, trainer) if state else Position()
        judged: nn.Module = trainer.average.network if trainer.average else self.network
        with console.progress("images") as progress:
            total, images = folder.plan.epochs, len(self.train)
            done = position.epoch * images + position.batch * images // trainer.steps_per_epoch
            before = len(folder.epochs) - position.epoch
            bar = progress.add_task("training", total=total * images, completed=done)
            while position.epoch < total and not folder.out_of_patience("all"):
                started = time.perf_counter() - position.seconds
                for rows in trainer.batches(position):
                    trainer.step(position, rows)
                    if crew.main:
                        progress.advance(bar, len(rows))
                    if trainer.take_stock(position) and folder.state_is_due():
                        position.seconds = time.perf_counter() - started
                        folder.save_state(snapshot(trainer, position, folder))
                rate = len(self.train) / (time.perf_counter() - started)
                self.end_epoch("all", trainer.learning_rate, position.losses, judged, rate)
                position = Position(position.epoch + 1)
                folder.save_state(snapshot(trainer, position, folder))
                if crew.main:
                    progress.update(bar, description=describe(folder.epochs[-1], before + total))

    def settle(self) -> None:
        """Let the best network judge the validation faces by all views that its answers will be
        means over, which would be too much to do in each epoch; and calibrate it by that.
        """
        if self.folder.tta is Tta.none or self.folder.best is None:
            return
        if self.crew.main:
            network = load_checkpoint(self.folder.model).network()
            network.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            found = validate(network, self.validation, self.settings, self.device)
            self.folder.settle_model(found)
        self.crew.gather(None)

    def end_epoch(
        self,
        stage: str,
        learning_rate: float,
        losses: list[list[float]],
        judged: nn.Module,
        rate: float,
    ) -> None:
        """Judge the network, log the epoch, and keep the network if it is the best so far."""
        assert isinstance(judged, FaceNetwork)
        found = None
        if self.crew.main:
            found = validate(judged, self.validation, self.settings, self.device)
        found = self.crew.hear(found)
        epoch = EpochLog.of(len(self.folder.epochs) + 1, stage, learning_rate, losses, found, rate)
        if self.folder.add(epoch):
            self.folder.save_model(judged, self.train, epoch, found)
        if self.on_epoch is not None:
            self.on_epoch(epoch)


def default_folder(manifest: Manifest, settings: FitSettings) -> Path:
    """Return where a run goes when nobody says."""
    name = f"{manifest.version.name}-v{manifest.version.version}-{settings.network_name}"
    return Path("runs") / f"{name}-seed{settings.seed}"


def first_network(
    settings: FitSettings,
    train: Split,
    device: torch.device,
    crew: Processes | None = None,
    first_weights: bool = True,
) -> FaceNetwork:
    """Return the network as training begins with it, on `device`; sets the random seed.

    Without `first_weights` it keeps random ones, for those of a saved state to replace.

    Raises:
        SettingsError: there is no such backbone or head.
        InputError: a weights file cannot be used.
        TrainingError: the ImageNet weights cannot be reached.
    """
    torch.manual_seed(settings.seed)
    head = make_age_head(settings.age_head, settings.gamma, settings.beta)
    seen = train.crops
    if isinstance(seen, EmbeddingReader):
        network = build_embedding_network(seen.embedding_size, head)
    else:
        network = build_network(settings.backbone, settings.image_size, head)
    network.dropout.p = settings.dropout
    if first_weights:
        if settings.embeddings is None:
            load_backbone_weights(network, settings.backbone, settings.weights)
        start_head(network, train)
    if crew is not None:
        crew.synchronised(network, device)
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def start_head(network: FaceNetwork, train: Split) -> None:
    """Let the head begin with the distribution of the training labels."""
    targets = train.targets
    share = weighted_mean(targets.female, targets.gender_weight)
    known = bool(targets.gender_weight.sum() > 0)
    network.start_from(float(share) if known else 0.5, targets.age, targets.age_weight)


def describe(epoch: EpochLog, epochs: int) -> str:
    """Return the progress bar's text, short enough for 80 columns: how validation went last."""
    return f"epoch {epoch.epoch}/{epochs}: gender {epoch.gender_accuracy:.0%}, MAE {epoch.mae:.1f}"
