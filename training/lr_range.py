"""The learning-rate range test (Smith 2017, Cyclical learning rates, section 3.3).

The rate grows by the same factor from step to step while the loss of each batch is noted. The
loss first stays, then falls, then stops falling and rises. Proposed are

    minimum   the rate at which it has made a tenth of its fall: from here on it learns;
    maximum   the rate at which it has made nine tenths of it: above, it no longer learns faster;

both on the smoothed curve, from its level before the fall to its lowest point.
"""

from __future__ import annotations

import copy
import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from curation import console
from curation.errors import SettingsError, TrainingError
from training.checks import load_splits
from training.choices import Compile
from training.data import Split
from training.device import pick_device
from training.distributed import Processes
from training.files import write_atomically
from training.manifest import open_manifest
from training.model import FaceNetwork
from training.schedule import Rates
from training.settings import FitSettings, Plan
from training.state import Position
from training.step import NotANumberError, Trainer

if TYPE_CHECKING:
    from training.fit import Run

LOWEST, HIGHEST = 1e-6, 3.0
STEPS = 150
SMOOTHING = 0.9
GIVE_UP_AFTER = 2.0  # falls above the level where it began: it has diverged

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RangeTest:
    """The curve of a range test, one entry per step, and what it proposes."""

    rates: Floats
    losses: Floats
    smoothed: Floats
    low: float
    high: float


@dataclass(frozen=True)
class Sweep:
    """A schedule whose rate grows geometrically from `low` to `high` in `steps` steps."""

    low: float
    high: float
    steps: int

    def at(self, step: int) -> Rates:
        """Return the rate of a step: low · (high / low)^(step / (steps - 1))."""
        return Rates(self.low * (self.high / self.low) ** (step / (self.steps - 1)))


def smooth(losses: ArrayLike, beta: float = SMOOTHING) -> Floats:
    """Return the exponential moving average of losses (N,), free of the bias of its start."""
    values = np.asarray(losses, dtype=np.float64)
    average, found = 0.0, np.empty(len(values))
    for step, value in enumerate(values):
        average = beta * average + (1 - beta) * value
        found[step] = average / (1 - beta ** (step + 1))
    return found


def propose(rates: Floats, smoothed: Floats) -> tuple[float, float]:
    """Return the proposed minimum and maximum of a curve, as the module says.

    The level before the fall is the median of the steps up to a tenth of the sweep.

    Raises:
        TrainingError: the loss never fell.
    """
    lead = max(1, len(smoothed) // 10)
    level = float(np.median(smoothed[:lead]))
    bottom = int(np.argmin(smoothed))
    fall = level - float(smoothed[bottom])
    noise = float(np.std(smoothed[:lead])) if lead > 2 else 0.0
    if bottom < lead or fall <= 2 * noise or not fall > 0:
        raise TrainingError(
            f"the loss does not fall at any rate from {rates[0]:.1g} to {rates[-1]:.1g}; look at "
            "the curve, and take more --steps, or other --lowest and --highest"
        )

    def reached(part: float) -> float:
        """Return the rate from which on the loss stays below that part of its fall."""
        above = np.flatnonzero(smoothed[: bottom + 1] > level - part * fall)
        return float(rates[min(int(above[-1]) + 1, bottom)])

    return reached(0.1), reached(0.9)


def range_test(
    network: FaceNetwork,
    train: Split,
    settings: FitSettings,
    plan: Plan,
    device: torch.device,
    steps: int = STEPS,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
) -> RangeTest:
    """Train a copy of `network` on batches of `train` at growing rates; `network` stays.

    It ends early when the loss is no number, or far above where it began.

    Raises:
        TrainingError: the loss never fell; the curve is in no file then.
    """
    settings = replace(settings, compile=Compile.off, ema=0.0)
    trainer = Trainer(
        copy.deepcopy(network), train, settings, replace(plan, epochs=1), device, Processes()
    )
    sweep = Sweep(lowest, highest, steps)
    trainer.schedule = sweep  # type: ignore[assignment]
    random = torch.get_rng_state()
    losses: list[float] = []
    try:
        with console.progress("steps") as progress:
            bar = progress.add_task("range test", total=steps)
            position = Position()
            while len(losses) < steps and not _diverged(losses):
                for rows in trainer.batches(position):
                    trainer.step(position, rows)
                    if trainer.take_stock(position):
                        new = [total for total, _, _ in position.losses]
                        progress.advance(bar, len(new))
                        losses += new
                        position.losses = []
                    if len(losses) >= steps or _diverged(losses):
                        break
                position = Position(position.epoch + 1)
    except NotANumberError:
        pass  # a rate too high: that is what was looked for
    finally:
        torch.set_rng_state(random)
    found = np.asarray(losses[:steps])
    rates = np.asarray([sweep.at(step).learning_rate for step in range(len(found))])
    if len(found) < 10:
        raise TrainingError(
            f"the loss is no number after {len(found)} steps; lower --lowest (now {lowest:g})"
        )
    smoothed = smooth(found)
    low, high = propose(rates, smoothed)
    return RangeTest(rates, found, smoothed, low, high)


def _diverged(losses: list[float]) -> bool:
    """Say whether the loss is far above where it began, by its fall so far."""
    if len(losses) < 20:
        return False
    smoothed = smooth(losses)
    level = float(np.median(smoothed[: len(smoothed) // 10 + 1]))
    fall = level - float(smoothed.min())
    return bool(smoothed[-1] > level + GIVE_UP_AFTER * max(fall, 0.5))


def rates_of_manifest(
    path: Path, settings: FitSettings, steps: int, lowest: float, highest: float
) -> RangeTest:
    """Run the test as stage 2 of `train fit` with these settings would begin, without a stage 1.

    Raises:
        InputError: the manifest, its shards or a weights file cannot be used.
        SettingsError: the rates do not grow.
        TrainingError: the loss never fell, or the ImageNet weights cannot be reached.
    """
    if not 0 < lowest < highest:
        raise SettingsError("--lowest must be greater than 0, and --highest greater than that")
    from training.fit import first_network

    device = pick_device(settings.device)
    train, _ = load_splits(open_manifest(path), settings)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        network = first_network(settings, train, device)
        plan = settings.plan(len(train))
        return range_test(network, train, settings, plan, device, steps, lowest, highest)


def find_rates(run: Run) -> tuple[float, float]:
    """Test a run's network as stage 2 would begin with it; draw the curve into its folder."""
    found = range_test(run.network, run.train, run.settings, run.folder.plan, run.device)
    write_range_test(found, run.folder.path / "lr-range.png")
    return found.low, found.high


def write_range_test(found: RangeTest, path: Path) -> None:
    """Write the curve as a PNG at `path`, and its numbers as a CSV beside it.

    Raises:
        TrainingError: they cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["learning_rate", "loss", "smoothed"])
    writer.writerows(zip(found.rates, found.losses, found.smoothed, strict=True))
    try:
        write_atomically(path, draw_range_test(found))
        write_atomically(path.with_suffix(".csv"), text.getvalue().encode())
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error})") from error


def draw_range_test(found: RangeTest) -> bytes:
    """Return a PNG of the loss over the rate, on a log axis, with both proposals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot(found.rates, found.losses, color="lightgrey", linewidth=1, label="loss of a batch")
    axes.plot(found.rates, found.smoothed, label="smoothed")
    axes.axvline(found.low, color="tab:green", linestyle="--", label=f"minimum {found.low:.2g}")
    axes.axvline(found.high, color="tab:red", linestyle="--", label=f"maximum {found.high:.2g}")
    axes.set_xscale("log")
    spread = float(np.ptp(found.smoothed[: int(np.argmin(found.smoothed)) + 1])) or 1.0
    bottom = float(found.smoothed.min())
    axes.set_ylim(bottom - 0.4 * spread, bottom + 2.0 * spread)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    image = io.BytesIO()
    canvas.print_png(image)  # type: ignore[no-untyped-call]
    return image.getvalue()
