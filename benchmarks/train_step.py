"""How fast a training step is: against the plain loop, and against what the card can do.

On a CPU, the same network on the same batch, in turn:

    plain     float32, NCHW, a new optimizer step per tensor: the loop of every tutorial
    evenface  what `train fit` does on this machine when nobody says otherwise
    compiled  the same with --compile on

On CUDA, besides: images per second of a bf16 step on pictures that are already there (synthetic)
and on pictures that a dataset's loader brings (real, with --manifest), and the share of the card's
matrix rate that is used: 3 times the floating-point operations of a forward pass, per second,
over the rate of one large bf16 matrix product measured here.

    python benchmarks/train_step.py                                    # CPU: ratios
    python benchmarks/train_step.py --device cuda --manifest M.parquet # CUDA: images/s

Ratios are of medians, wall-clock and processor seconds; run it on an otherwise quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.checks import load_splits
from training.choices import Augment, Compile
from training.data import Split
from training.device import autocast, device_name
from training.distributed import Processes
from training.heads import make_age_head
from training.losses import Targets, face_loss
from training.manifest import open_manifest
from training.model import FaceNetwork, build_network
from training.settings import FitSettings
from training.state import Position
from training.step import Trainer

Step = Callable[[], None]


def say(line: str) -> None:
    """Write one line of the answer."""
    sys.stdout.write(f"{line}\n")


def synthetic_split(settings: FitSettings, pictures: int) -> Split:
    """Return a split of noise that costs nothing to read: one crop in memory for all."""
    random = np.random.default_rng(0)
    side = round(settings.image_size * 256 / 224)
    crop = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
    ages = random.uniform(1, 80, pictures)
    female = random.integers(0, 2, pictures).astype(np.float64)
    ones = torch.ones(pictures)
    targets = Targets(torch.from_numpy(ages).float(), torch.from_numpy(female).float(), ones, ones)

    class Crops:
        def stream(self, batches: list[np.ndarray]) -> object:
            for rows in batches:
                yield np.broadcast_to(crop, (len(rows), *crop.shape)).copy()

    ids = [str(number) for number in range(pictures)]
    return Split("train", ids, ages, female, np.ones(pictures), targets, Crops())  # type: ignore[arg-type]


def first(settings: FitSettings) -> FaceNetwork:
    """Return the network with the same random weights each time."""
    torch.manual_seed(0)
    return build_network(
        settings.backbone, settings.image_size, make_age_head("gaussian", settings.gamma)
    )


def plain_step(settings: FitSettings, split: Split, images: Tensor, batch: int) -> Step:
    """Return the plain loop's step on `images` (B, 3, S, S)."""
    network = first(settings).train()
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4,
        foreach=False,
    )  # fmt: skip
    targets = split.targets.take(torch.arange(batch))
    images = images.contiguous()

    def step() -> None:
        optimizer.zero_grad()
        loss = face_loss(network(images), targets, network.age_head.loss, 1.0)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0, foreach=False)
        optimizer.step()
        loss.total.item()

    return step


def own_step(settings: FitSettings, split: Split, images: Tensor, device: torch.device) -> Step:
    """Return `train fit`'s step on `images`, augmentation left out on both sides."""
    import training.step

    trainer = Trainer(
        first(settings).to(device=device, memory_format=torch.channels_last),
        split, settings, settings.plan(len(split)), device, Processes(),
    )  # fmt: skip
    images = images.contiguous(memory_format=torch.channels_last)
    training.step.augmented = lambda *arguments: images  # type: ignore[assignment]
    pixels = np.zeros((len(images), 1, 1, 3), np.uint8)
    rows = np.arange(len(images))
    position = Position()

    def step() -> None:
        trainer.crops = iter([pixels])
        position.batch = 0
        trainer.step(position, rows)
        trainer.take_stock(position)

    return step


def compare(steps: dict[str, Step], rounds: int, limit: float) -> dict[str, tuple[float, float]]:
    """Return the median wall-clock and processor seconds of each step, taken in turn.

    No round begins after `limit` seconds, but for the first three.
    """
    for step in steps.values():
        step()
        step()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    begun = time.perf_counter()
    for number in range(rounds):
        if number >= 3 and time.perf_counter() - begun > limit:
            break
        for name, step in steps.items():
            wall, processor = time.perf_counter(), time.process_time()
            step()
            taken[name].append((time.perf_counter() - wall, time.process_time() - processor))
    return {
        name: (statistics.median(w for w, _ in times), statistics.median(p for _, p in times))
        for name, times in taken.items()
    }


def on_cpu(settings: FitSettings, batch: int, rounds: int, compiled: bool, limit: float) -> None:
    """Print the ratios of the plain step to ours."""
    device = torch.device("cpu")
    split = synthetic_split(settings, batch)
    images = torch.randn(batch, 3, settings.image_size, settings.image_size)
    steps = {
        "plain": plain_step(settings, split, images, batch),
        "evenface": own_step(settings, split, images, device),
    }
    if compiled:
        steps["compiled"] = own_step(replace(settings, compile=Compile.on), split, images, device)
    found = compare(steps, rounds, limit)
    say(f"{device_name('cpu')}, {torch.get_num_threads()} threads")
    say(f"{settings.backbone}, {settings.image_size} px, batches of {batch}")
    for name, (wall, processor) in found.items():
        say(
            f"{name:9} {wall:7.3f} s, {processor:7.3f} processor s, {batch / wall:6.1f} images/s; "
            f"{found['plain'][0] / wall:.2f}x, {found['plain'][1] / processor:.2f}x by processor"
        )


def matrix_rate(device: torch.device, side: int = 8192, rounds: int = 20) -> float:
    """Return the floating-point operations per second of a bf16 matrix product."""
    left = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    right = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    for _ in range(3):
        left @ right
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    for _ in range(rounds):
        left @ right
    torch.cuda.synchronize(device)
    return 2 * side**3 * rounds / (time.perf_counter() - started)


def forward_operations(settings: FitSettings) -> float:
    """Return the floating-point operations of one picture's forward pass."""
    from torch.utils.flop_counter import FlopCounterMode

    network = first(settings).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, settings.image_size, settings.image_size))
    return float(counter.get_total_flops())


def images_per_second(trainer: Trainer, seconds: float) -> float:
    """Return how many pictures per second a trainer works on, reading and augmenting included."""
    images, started, warm = 0, 0.0, 20
    device = trainer.device
    for epoch in count():
        position = Position(epoch % trainer.plan.epochs)
        for rows in trainer.batches(position):
            trainer.step(position, rows)
            warm -= 1
            if warm == 0:
                torch.cuda.synchronize(device)
                started, images = time.perf_counter(), 0
            elif warm < 0:
                images += len(rows)
                if time.perf_counter() - started > seconds:
                    torch.cuda.synchronize(device)
                    return images / (time.perf_counter() - started)
            trainer.take_stock(position)
    raise AssertionError


def on_cuda(settings: FitSettings, batch: int, manifest: Path | None, seconds: float) -> None:
    """Print images per second, synthetic and real, and the share of the matrix rate."""
    device = torch.device(settings.device)
    settings = replace(settings, batch_size=batch, epochs=10_000)

    def rate(split: Split, augment: Augment) -> float:
        network = first(settings).to(device=device, memory_format=torch.channels_last)
        chosen = replace(settings, augment=augment)
        plan = chosen.plan(len(split))
        return images_per_second(
            Trainer(network, split, chosen, plan, device, Processes()), seconds
        )

    with autocast(device, settings.precision):
        peak = matrix_rate(device)
    operations = 3 * forward_operations(settings)
    synthetic = rate(synthetic_split(settings, 50 * batch), Augment.natural)
    say(f"{device_name(settings.device)}, {settings.backbone}, {settings.image_size} px, bf16")
    say(
        f"synthetic {synthetic:,.0f} images/s: {synthetic * operations / 1e12:.0f} of "
        f"{peak / 1e12:.0f} TFLOP/s, {synthetic * operations / peak:.0%} of the matrix rate"
    )
    if manifest is not None:
        train, _ = load_splits(open_manifest(manifest), settings)
        real = rate(train, Augment.natural)
        say(f"real      {real:,.0f} images/s: {real / synthetic:.1%} of synthetic")


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison that the arguments ask for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backbone", help="default: resnet18 on a CPU, resnet50 on CUDA")
    parser.add_argument("--image-size", type=int, help="default: 96 on a CPU, 224 on CUDA")
    parser.add_argument("--batch-size", type=int, help="default: 32 on a CPU, 256 on CUDA")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--limit", type=float, default=150.0, help="seconds, on a CPU")
    parser.add_argument("--seconds", type=float, default=20.0, help="per CUDA measurement")
    parser.add_argument("--compiled", action="store_true", help="on a CPU: --compile on, too")
    parser.add_argument("--manifest", type=Path, help="on CUDA: a dataset for the real loader")
    given = parser.parse_args(arguments)
    cuda = given.device.startswith("cuda")
    if cuda and not torch.cuda.is_available():
        say("there is no CUDA device here; leave --device out to measure the CPU")
        return 1
    settings = FitSettings(
        backbone=given.backbone or ("resnet50" if cuda else "resnet18"),
        weights="none",
        image_size=given.image_size or (224 if cuda else 96),
        device=given.device,
    )
    batch = given.batch_size or (256 if cuda else 32)
    if cuda:
        on_cuda(settings, batch, given.manifest, given.seconds)
    else:
        settings = replace(settings, batch_size=batch)
        on_cpu(settings, batch, given.rounds, given.compiled, given.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
