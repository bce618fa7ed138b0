"""Stage 1: the head alone, on features that the backbone computes once.

The backbone stays as it is, so the features of a picture are always the same: each picture is
looked at in a few augmented views, the features are kept on disk in half precision, and an epoch
of the head is then a matter of milliseconds. Epoch e takes view e mod V of every picture. The
stage ends when validation stops improving, with the head that was best.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from curation import console
from training.augment import augmented
from training.choices import Augment
from training.data import Rows, Split, row_batches
from training.device import autocast
from training.epoch_log import EpochLog
from training.evaluate import Validation, judge
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork
from training.optimizer import build_optimizer, set_rates
from training.samplers import batch_generator, make_sampler
from training.schedule import Schedule
from training.step import shared_loss

if TYPE_CHECKING:
    from training.fit import Run

FEATURE_BATCH = 128  # pictures per process
HEAD_BATCH = 256
HALF = 65_504.0  # the largest number in half precision
VIEW_EPOCHS = 1_000_000  # views are drawn as if in epochs that stage 2 never reaches


def train_head(run: Run) -> None:
    """Train the head; the network ends with the best one, which is in the run folder too.

    Only the main process trains, all compute features.
    """
    folder, settings = run.folder, run.settings
    path = folder.path / "features.npy"
    seen = view_features(run, folder.plan.head_views, path)
    if run.crew.main:
        judged = plain_features(run, run.validation)
        epochs = HeadEpochs(run, seen, judged)
        try:
            for epoch in range(folder.plan.epochs_head):
                epochs.train(epoch)
                if folder.out_of_patience("head"):
                    break
        finally:
            epochs.keep_best()
        if run.on_epoch is not None and folder.best is not None:
            run.on_epoch(folder.best)
        del seen, epochs
        path.unlink()
    folder.take_history(run.crew.hear(folder.history()))
    run.crew.share_weights(run.network)
    torch.manual_seed(settings.seed)  # stage 2 draws the same, however stage 1 came about


class HeadEpochs:
    """The head's own loop over kept features."""

    def __init__(self, run: Run, seen: NDArray[np.float16], judged: Tensor) -> None:
        self.run, self.seen, self.judged = run, seen, judged
        settings, plan, train = run.settings, run.folder.plan, run.train
        self.sampler = make_sampler(
            settings.sampler, settings.seed, train.ages, train.weights, settings.max_repeats
        )
        self.batch_size = max(plan.batch_size, min(HEAD_BATCH, len(train) // 16))
        self.steps_per_epoch = len(self.sampler.batches(0, self.batch_size))
        total = plan.epochs_head * self.steps_per_epoch
        warmup = int(settings.warmup * total)
        self.schedule = Schedule(
            settings.schedule, total, plan.learning_rate_head, warmup,
            settings.cycles, settings.cycle_growth,
        )  # fmt: skip
        self.head = head_of(run.network)
        self.optimizer = build_optimizer(
            settings.optimizer, self.head, plan.weight_decay, settings.momentum
        )
        self.best: dict[str, Tensor] | None = None
        self.best_log: EpochLog | None = None
        self.found: Validation | None = None

    def train(self, epoch: int) -> None:
        """Run one epoch, judge the head, and remember it if it is the best so far."""
        run, network, settings = self.run, self.run.network, self.run.settings
        started, losses, rate = time.perf_counter(), [], 0.0
        network.eval()
        self.head.train()
        view = self.seen[epoch % len(self.seen)]
        for number, rows in enumerate(self.sampler.batches(epoch, self.batch_size)):
            rates = self.schedule.at(epoch * self.steps_per_epoch + number)
            set_rates(self.optimizer, rates)
            rate = rates.learning_rate
            features = torch.from_numpy(view[rows]).to(run.device).float()
            targets = run.train.targets.take(torch.from_numpy(rows))
            loss = shared_loss(network, network.outputs(features), targets, targets, settings)
            self.optimizer.zero_grad(set_to_none=True)
            loss[0].backward()  # type: ignore[no-untyped-call]
            if settings.gradient_clip:
                nn.utils.clip_grad_norm_(self.head.parameters(), settings.gradient_clip)
            self.optimizer.step()
            losses.append(loss.detach())
        seconds = time.perf_counter() - started
        network.eval()
        with torch.inference_mode():
            said = network.outputs(self.judged).to_cpu()
        found = judge(network, said, run.validation, settings)
        log = EpochLog.of(
            len(run.folder.epochs) + 1, "head", rate, torch.stack(losses).tolist(), found,
            len(run.train) / seconds,
        )  # fmt: skip
        if run.folder.add(log, write=False):
            self.best = {key: value.clone() for key, value in self.head.state_dict().items()}
            self.best_log, self.found = log, found

    def keep_best(self) -> None:
        """Put the best head into the network, and the network into the run folder."""
        if self.best is None or self.best_log is None or self.found is None:
            return
        self.head.load_state_dict(self.best)
        self.run.folder.write_log()
        self.run.folder.save_model(self.run.network, self.run.train, self.best_log, self.found)


def head_of(network: FaceNetwork) -> nn.Module:
    """Return all of a network but its backbone, as one module."""
    return nn.ModuleDict(
        {name: child for name, child in network.named_children() if name != "backbone"}
    )


def view_features(run: Run, views: int, path: Path) -> NDArray[np.float16]:
    """Return the features (V, N, F) of V augmented views of the N training pictures.

    They are computed by all processes and kept in the file `path` of the main one, under its name
    once it is whole, so that a run that is started again need not look a second time. The other
    processes return an empty array.
    """
    crew, train, count = run.crew, run.train, run.network.feature_count
    whole = (views, len(train), count)
    if crew.hear(crew.main and path.exists() and np.load(path, mmap_mode="r").shape == whole):
        return np.load(path, mmap_mode="r") if crew.main else np.empty(0, np.float16)
    beside = path.with_suffix(".part")
    found: NDArray[np.float16] = np.empty(0, np.float16)
    if crew.main:
        found = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
            beside, "w+", np.float16, whole
        )
    batches = row_batches(len(train), FEATURE_BATCH * crew.count)
    mine = [np.array_split(rows, crew.count)[crew.rank] for rows in batches]
    with console.progress("images") as progress:
        bar = progress.add_task(f"features of {views} views", total=views * len(train))
        for view in range(views):
            crops = train.crops.stream(mine)
            for number, (rows, pixels) in enumerate(zip(batches, crops, strict=True)):
                place = number * crew.count + crew.rank
                generator = batch_generator(run.settings.seed, VIEW_EPOCHS + view, place)
                own = features_of(
                    run, run.network.backbone, torch.from_numpy(pixels), run.settings.augment,
                    generator,
                )  # fmt: skip
                parts = crew.gather(own)
                if crew.main:
                    found[view, rows] = np.concatenate(parts)
                    progress.advance(bar, len(rows))
    if not crew.main:
        return found
    assert isinstance(found, np.memmap)
    found.flush()
    beside.rename(path)
    kept: NDArray[np.float16] = np.load(path, mmap_mode="r")
    return kept


def plain_features(run: Run, split: Split) -> Tensor:
    """Return the features (N, F) float32 of plain views of a split, on the run's device."""
    batches: list[Rows] = row_batches(len(split), FEATURE_BATCH)
    generator = torch.Generator()
    found = [
        features_of(run, run.network.features, torch.from_numpy(pixels), Augment.none, generator)
        for pixels in split.crops.stream(batches)
    ]
    return torch.from_numpy(np.concatenate(found)).to(run.device).float()


def features_of(
    run: Run,
    look: Callable[[Tensor], Tensor],
    pixels: Tensor,
    how: Augment,
    generator: torch.Generator,
) -> NDArray[np.float16]:
    """Return the features (B, F) that `look` sees in crops (B, H, W, 3) uint8."""
    run.network.eval()
    with torch.inference_mode(), autocast(run.device, run.settings.precision):
        images = augmented(
            pixels.to(run.device), how, run.settings.image_size, IMAGENET_MEAN, IMAGENET_STD,
            generator, run.settings.view,
        )  # fmt: skip
        features = look(images)
    kept: NDArray[np.float16] = features.float().clamp(-HALF, HALF).cpu().numpy().astype(np.float16)
    return kept
