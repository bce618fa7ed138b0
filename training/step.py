"""One training step: pictures in, one change of the weights out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from curation.errors import SettingsError, TrainingError
from training.augment import augmented
from training.choices import Compile, Precision
from training.data import Rows, Split
from training.device import autocast
from training.distributed import Processes
from training.ema import WeightAverage
from training.losses import Targets, face_loss
from training.memory import is_out_of_memory, largest_fitting
from training.mixup import mixup
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork, FaceOutputs
from training.optimizer import build_optimizer, set_rates
from training.samplers import batch_generator, make_sampler
from training.schedule import Schedule
from training.settings import FitSettings, Plan
from training.state import Position

# Reading a loss makes the host wait for the GPU, and processes for each other: not at every step.
STEPS_BETWEEN_STOCK = 20
COMPILE_PAYS_FROM = 3000  # steps on CUDA; compiling takes about a minute


class NotANumberError(TrainingError):
    """A loss or a gradient is not a number."""


class Trainer:
    """Stage 2: its optimizer, its schedule, and what happens in one step.

    A batch is what one step of the optimizer sees. It is worked on in parts, `accumulate` of them
    in each process; the loss of a part counts by its share of the batch's label weights, so that
    the parts' gradients add up to the whole batch's (but for batch normalisation, whose
    statistics are of the pictures that are worked on together).
    """

    def __init__(
        self,
        network: FaceNetwork,
        train: Split,
        settings: FitSettings,
        plan: Plan,
        device: torch.device,
        crew: Processes,
    ) -> None:
        self.network, self.train, self.settings, self.plan = network, train, settings, plan
        self.device, self.crew = device, crew
        self.sampler = make_sampler(
            settings.sampler, settings.seed, train.ages, train.weights, settings.max_repeats
        )
        self.parts = crew.count * settings.accumulate
        sizes = [len(rows) for rows in self.sampler.batches(0, plan.batch_size)]
        check_parts(min(sizes), self.parts)
        self.steps_per_epoch = len(sizes)
        steps = plan.epochs * self.steps_per_epoch
        self.schedule = Schedule(
            settings.schedule,
            steps,
            plan.learning_rate,
            int(settings.warmup * steps),
            settings.cycles,
            settings.cycle_growth,
            plan.learning_rate_low,
        )
        self.learning_rate = 0.0
        self.optimizer = build_optimizer(
            settings.optimizer, network, plan.weight_decay, settings.momentum
        )
        self.scaler = torch.amp.GradScaler(
            device.type, enabled=settings.precision == Precision.fp16
        )
        self.average = WeightAverage(network, settings.ema) if settings.ema else None
        whole: Any = network
        if compiles(settings.compile, device, steps):
            whole = torch.compile(network)
        self.model: nn.Module = crew.parallel(whole, device)
        self.crops: Iterator[NDArray[Any]] = iter(())  # pictures or embeddings
        self.unread: list[Tensor] = []  # losses of the last steps, still on the device

    def batches(self, position: Position) -> Iterator[Rows]:
        """Yield the batches of an epoch that are left, and let their pictures be decoded."""
        batches = self.sampler.batches(position.epoch, self.plan.batch_size)[position.batch :]
        if position.batch:  # of a run that goes on, perhaps with nothing left of the epoch
            step = position.epoch * self.steps_per_epoch + position.batch - 1
            self.learning_rate = self.schedule.at(step).learning_rate
        self.crops = self.train.crops.stream([part for rows in batches for part in self.mine(rows)])
        yield from batches

    def mine(self, rows: Rows) -> list[Rows]:
        """Return the parts of a batch that this process works on."""
        first = self.crew.rank * self.settings.accumulate
        return np.array_split(rows, self.parts)[first : first + self.settings.accumulate]

    def step(self, position: Position, rows: Rows) -> None:
        """Train on one batch and count it in `position`.

        Raises:
            TrainingError: memory runs out; the sentence says which batch would fit.
        """
        step = position.epoch * self.steps_per_epoch + position.batch
        rates = self.schedule.at(step)
        self.learning_rate = rates.learning_rate
        set_rates(self.optimizer, rates)
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        whole = self.train.targets.take(torch.from_numpy(rows))
        parts = self.mine(rows)
        losses = torch.zeros(3, device=self.device)
        for number, part in enumerate(parts):
            place = self.crew.rank * self.settings.accumulate + number
            generator = batch_generator(
                self.settings.seed, position.epoch, position.batch * self.parts + place
            )
            pixels = torch.from_numpy(next(self.crops))
            with self._gradients_stay_here(number < len(parts) - 1):
                losses += self._work_on(pixels, part, whole, generator)
        self.scaler.unscale_(self.optimizer)
        limit = self.settings.gradient_clip or math.inf
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), limit)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average is not None:
            self.average.update(self.network)
        if self.scaler.is_enabled():  # it leaves steps out whose gradient overflows, and says so
            norm = torch.zeros_like(norm)
        self.unread.append(torch.cat([losses, norm.detach().reshape(1)]))
        position.batch += 1

    def take_stock(self, position: Position) -> bool:
        """Read the losses of the last steps, when it is time to; say whether it was.

        Raises:
            NotANumberError: one is not a number; the sentence names the batch.
        """
        often = self.device.type == "cpu" and not self.crew.several
        due = often or position.batch % STEPS_BETWEEN_STOCK == 0
        if not due and position.batch < self.steps_per_epoch:
            return False
        found = self.crew.add_up(torch.stack(self.unread).cpu()).tolist()
        first = position.batch - len(found)
        self.unread = []
        for number, (total, age, gender, norm) in enumerate(found):
            if not math.isfinite(total) or not math.isfinite(norm):
                raise NotANumberError(self._not_a_number(total, position.epoch, first + number))
            position.losses.append([total, age, gender])
        return True

    def _work_on(
        self, pixels: Tensor, part: Rows, whole: Targets, generator: torch.Generator
    ) -> Tensor:
        """Add the gradient of one part; return its share of the loss, of age and gender (3,)."""
        targets = self.train.targets.take(torch.from_numpy(part))
        try:
            settings, size = self.settings, self.settings.image_size
            images = pixels.to(self.device, non_blocking=True)
            if settings.embeddings is None:
                images = augmented(
                    images, settings.augment, size, IMAGENET_MEAN, IMAGENET_STD, generator,
                    settings.view,
                )  # fmt: skip
            return self._gradient(images, targets, whole, generator)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # Only here have the frames that hold the memory gone.
        raise TrainingError(self._too_large(len(part), targets, whole))

    def _gradient(
        self, images: Tensor, targets: Targets, whole: Targets, generator: torch.Generator
    ) -> Tensor:
        mixed = mixup(images, self.settings.mixup, generator) if self.settings.mixup else None
        with autocast(self.device, self.settings.precision):
            outputs = self.model(mixed.images if mixed else images)

        def loss_of(rows: Tensor) -> Tensor:
            taken = targets.take(rows)
            return shared_loss(self.network, outputs, taken, whole, self.settings)

        everyone = torch.arange(len(images))
        losses = mixed.loss(loss_of) if mixed else loss_of(everyone)
        # Processes average their gradients; the shares of the batch add up.
        self.scaler.scale(losses[0] * self.crew.count).backward()  # type: ignore[no-untyped-call]
        return losses.detach()

    def _gradients_stay_here(self, stay: bool) -> contextlib.AbstractContextManager[None]:
        if stay and isinstance(self.model, DistributedDataParallel):
            context: contextlib.AbstractContextManager[None] = self.model.no_sync()
            return context
        return contextlib.nullcontext()

    def _not_a_number(self, total: float, epoch: int, batch: int) -> str:
        rows = self.sampler.batches(epoch, self.plan.batch_size)[batch]
        what = f"the loss is {total}" if not math.isfinite(total) else "the gradient is no number"
        ids = self.train.sample_ids
        return (
            f"{what} in batch {batch + 1} of {self.steps_per_epoch}, epoch {epoch + 1} of stage "
            f"'all' (samples {ids[rows[0]]} to {ids[rows[-1]]}); lower --learning-rate "
            f"(now {self.plan.learning_rate}) or look at these samples"
        )

    def _too_large(self, count: int, targets: Targets, whole: Targets) -> str:
        """Try which part of a batch has room, and say it."""
        self.optimizer.zero_grad(set_to_none=True)
        size, device = self.settings.image_size, self.device

        def attempt(pictures: int) -> None:
            images = torch.zeros(pictures, 3, size, size, device=device)
            images = images.contiguous(memory_format=torch.channels_last)
            some = targets.take(torch.arange(pictures))
            with self._gradients_stay_here(True):
                self._gradient(images, some, whole, torch.Generator().manual_seed(0))
            self.optimizer.zero_grad(set_to_none=True)

        fitting = largest_fitting(count, attempt)
        start = f"memory ran out with {count} pictures at a time on {device}"
        if fitting is None:
            return f"{start}; not even 2 fit: lower --image-size or take a smaller --backbone"
        pieces = -(-self.plan.batch_size // (fitting * self.crew.count))
        return (
            f"{start}; {fitting} fit: say --batch-size {fitting * self.crew.count}, or --accumulate"
            f" {pieces} to keep batches of {self.plan.batch_size}"
        )


def shared_loss(
    network: FaceNetwork,
    outputs: FaceOutputs,
    targets: Targets,
    whole: Targets,
    settings: FitSettings,
) -> Tensor:
    """Return what a part adds to the loss of its whole batch: total, age and gender, (3,).

    The loss of a batch is a mean weighted by labels, so a part's mean counts by its share of
    their weights.
    """
    known = targets.to(outputs.gender_logit.device)
    loss = face_loss(outputs, known, network.age_head.loss, settings.gender_weight)
    age = loss.age * share(targets.age_weight, whole.age_weight)
    gender = loss.gender * share(targets.gender_weight, whole.gender_weight)
    return torch.stack([age + settings.gender_weight * gender, age, gender])


def share(part: Tensor, whole: Tensor) -> float:
    """Return how much of the weight of a batch is in a part of it; 0 where there is none."""
    total = float(whole.sum())
    return float(part.sum()) / total if total > 0 else 0.0


def check_parts(smallest: int, parts: int) -> None:
    """Refuse batches of `smallest` pictures that cannot be cut into parts of two or more."""
    if smallest < 2 * parts:
        raise SettingsError(
            f"batches of {smallest} pictures cannot be worked on in {parts} parts of two or more; "
            "raise --batch-size, or lower --accumulate or the number of processes"
        )


def compiles(choice: Compile, device: torch.device, steps: int) -> bool:
    """Say whether the network is compiled."""
    if choice != Compile.auto:
        return choice == Compile.on
    return device.type == "cuda" and steps >= COMPILE_PAYS_FROM
