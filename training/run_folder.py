"""The folder of a training run: its settings, its model, one CSV row per epoch, its curves."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from curation.errors import TrainingError
from curation.faces.align import CROP_SIZE, TEMPLATE
from training.baseline import Baseline
from training.checkpoint import Checkpoint, library_versions, save_checkpoint
from training.data import Split
from training.files import write_atomically
from training.heads import HEADS
from training.manifest import Manifest
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork
from training.settings import FitSettings, Plan


@dataclass(frozen=True)
class EpochLog:
    """One epoch: losses on both splits, and how the validation split fared."""

    epoch: int  # from 1, through both stages
    stage: str  # "head" or "all"
    learning_rate: float  # of the last step
    train_loss: float
    train_age_loss: float
    train_gender_loss: float
    validation_loss: float
    gender_accuracy: float  # share
    gender_n: int
    mae: float  # years
    age_n: int
    images_per_second: float


class RunFolder:
    """Writes `run.json`, `model.pt`, `log.csv` and `curves.png`, each whole at any moment."""

    def __init__(self, path: Path, manifest: Manifest, settings: FitSettings, plan: Plan) -> None:
        self.path, self.manifest, self.settings, self.plan = path, manifest, settings, plan
        self.epochs: list[EpochLog] = []

    @property
    def model(self) -> Path:
        """Where the checkpoint lies."""
        return self.path / "model.pt"

    def start(self, train: Split, validation: Split) -> None:
        """Write `run.json`: settings, dataset version, sample counts, library versions.

        What an earlier run left here goes, so that no model stands beside settings not its own.

        Raises:
            TrainingError: the folder cannot be written.
        """
        content = {
            "manifest": str(self.manifest.path),
            "dataset": asdict(self.manifest.version),
            "samples": {"train": len(train), "validation": len(validation)},
            "settings": self.settings.as_dict(self.plan),
            "age_head": HEADS[self.settings.age_head].title,
            "versions": library_versions(),
        }
        try:
            for name in ("model.pt", "log.csv", "curves.png"):
                (self.path / name).unlink(missing_ok=True)
            write_atomically(self.path / "run.json", json.dumps(content, indent=2).encode())
        except OSError as error:
            raise TrainingError(f"the run folder {self.path} cannot be written: {error}") from error

    def add(self, epoch: EpochLog) -> None:
        """Append one epoch to `log.csv`."""
        self.epochs.append(epoch)
        text = io.StringIO()
        rows = [asdict(logged) for logged in self.epochs]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path / "log.csv", text.getvalue().encode())

    def save_model(
        self, network: FaceNetwork, train: Split, epoch: EpochLog, calibration: float
    ) -> None:
        """Write the network as it is after `epoch`, with everything needed to use it."""
        metrics = {key: value for key, value in asdict(epoch).items() if isinstance(value, float)}
        del metrics["images_per_second"]  # of the machine, not of the model
        settings = self.settings
        checkpoint = Checkpoint(
            backbone=settings.backbone,
            gamma=settings.gamma,
            image_size=settings.image_size,
            crop_size=CROP_SIZE,
            mean=IMAGENET_MEAN,
            std=IMAGENET_STD,
            template=tuple(tuple(float(value) for value in point) for point in TEMPLATE),
            dataset=self.manifest.version,
            baseline=Baseline.of(train.ages, train.female),
            settings=settings.as_dict(self.plan),
            metrics=metrics,
            versions=library_versions(),
            state={
                key: value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
                for key, value in network.state_dict().items()
            },
            age_head={"kind": network.age_head.kind, **network.age_head.dials()},
            calibration=calibration,
        )
        save_checkpoint(self.model, checkpoint)

    def draw_curves(self) -> None:
        """Write `curves.png`: losses, gender accuracy and MAE over the epochs."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(12, 3.6), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        losses, accuracy, mae = figure.subplots(1, 3)
        numbers = [logged.epoch for logged in self.epochs]
        losses.plot(numbers, [logged.train_loss for logged in self.epochs], label="training")
        losses.plot(numbers, [logged.validation_loss for logged in self.epochs], label="validation")
        losses.legend()
        accuracy.plot(numbers, [100 * logged.gender_accuracy for logged in self.epochs])
        mae.plot(numbers, [logged.mae for logged in self.epochs])
        titles = ("loss", "gender accuracy, validation (%)", "MAE of age, validation (years)")
        for axes, title in zip((losses, accuracy, mae), titles, strict=True):
            axes.set_title(title)
            axes.set_xlabel("epoch")
            axes.grid(alpha=0.3)
        image = io.BytesIO()
        canvas.print_png(image)  # type: ignore[no-untyped-call]
        write_atomically(self.path / "curves.png", image.getvalue())
