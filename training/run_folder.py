"""The folder of a training run: its settings, its model, one CSV row per epoch, its curves.

run.json       settings, dataset version and hash, git commit, versions of libraries
model.pt       the best network by validation loss
log.csv        one row per epoch
curves.png     the same, drawn
reliability.png  whether its intervals hold what they say, on validation
state.pt       what a killed run needs to go on; gone when the run is finished
finished.json  which epoch was best; only when nothing is left to do
tensorboard/   with --tensorboard
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from curation.errors import InputError, SettingsError, TrainingError
from curation.faces.align import CROP_SIZE, TEMPLATE
from training.baseline import Baseline
from training.checkpoint import (
    Checkpoint,
    library_versions,
    load_checkpoint,
    save_checkpoint,
)
from training.choices import Tta
from training.curves import draw_curves
from training.data import Split
from training.distributed import Processes
from training.epoch_log import EpochLog, FitResult
from training.evaluate import Validation
from training.files import write_atomically
from training.git_commit import git_commit
from training.heads import HEADS
from training.manifest import Manifest
from training.model import IMAGENET_MEAN, IMAGENET_STD, FaceNetwork
from training.packages import TRAINING_EXTRA, needed_package
from training.reliability import Reliability, draw_reliability
from training.settings import FitSettings, Plan
from training.tensor_files import load_tensors
from training.tensorboard_log import TensorBoard

SECONDS_BETWEEN_CURVES = 30.0
# These may differ when a run is gone on with.
OF_THE_MACHINE = ("device", "workers", "save_minutes", "tensorboard", "patience", "patience_head")


class RunFolder:
    """Writes everything that a run leaves, each file whole at any moment.

    Of several processes only the main one writes; all know what was logged.
    """

    def __init__(
        self, path: Path, manifest: Manifest, settings: FitSettings, crew: Processes
    ) -> None:
        self.path, self.manifest, self.settings, self.crew = path, manifest, settings, crew
        self.epochs: list[EpochLog] = []
        self.reliability: Reliability | None = None  # of the model, where it is of this run
        self.best: EpochLog | None = None
        self.plan = settings.plan(0)
        self.going_on = False
        self.saved = self.drawn = time.monotonic()
        self.tensorboard: TensorBoard | None = None
        if settings.tensorboard:
            needed_package("tensorboard", "--tensorboard", TRAINING_EXTRA)

    @property
    def model(self) -> Path:
        """Where the checkpoint lies."""
        return self.path / "model.pt"

    @property
    def tta(self) -> Tta:
        """Over which views the finished network's answers are means; embeddings have one only."""
        return Tta.none if self.settings.embeddings is not None else self.settings.tta

    def open(self, resume: bool | None) -> dict[str, Any] | None:
        """Return the state of the run in the folder if it is this one, else None.

        Raises:
            SettingsError: `resume` is True and the run there has other settings.
            InputError: … or is of another dataset.
        """
        known, told = self.path / "run.json", None
        if resume is not False and known.exists():
            told = _read_json(known).get("identity")
            other = self._difference(told)
            if other and resume:
                raise other
            self.going_on = other is None
        state: dict[str, Any] | None = None
        if self.going_on:
            try:
                state = load_tensors(self.path / "state.pt")
            except FileNotFoundError:
                finished = self.path / "finished.json"
                state = json.loads(finished.read_text()) if finished.exists() else None
            except ValueError as error:
                raise InputError(f"{error}; start over with --no-resume") from error
        self.crew.gather(None)  # nobody may write before everybody has read
        if state is not None:
            self.take_history(state)
        return state

    def start(self, train: Split, validation: Split, plan: Plan, device: torch.device) -> None:
        """Write `run.json`: settings, dataset version, sample counts, library versions.

        What an earlier run left here goes, so that no model stands beside settings not its own.

        Raises:
            TrainingError: the folder cannot be written.
        """
        if not self.epochs:
            self.plan = plan
        if not self.crew.main:
            return
        content = {
            "manifest": str(self.manifest.path),
            "dataset": asdict(self.manifest.version),
            "samples": {"train": len(train), "validation": len(validation)},
            "settings": self.settings.as_dict(self.plan),
            "age_head": HEADS[self.settings.age_head].title,
            "identity": self._identity(),
            "git": git_commit(Path.cwd()),
            "device": str(device),
            "processes": self.crew.count,
            "versions": library_versions(),
        }
        try:
            if not self.going_on:
                for name in (
                    "model.pt", "log.csv", "curves.png", "reliability.png", "state.pt",
                    "finished.json", "features.npy", "features.part",
                    "lr-range.png", "lr-range.csv",
                ):  # fmt: skip
                    (self.path / name).unlink(missing_ok=True)
                shutil.rmtree(self.path / "tensorboard", ignore_errors=True)
            write_atomically(self.path / "run.json", json.dumps(content, indent=2).encode())
            self.write_log()
        except OSError as error:
            raise TrainingError(f"the run folder {self.path} cannot be written: {error}") from error
        if self.settings.tensorboard:
            self.tensorboard = TensorBoard(self.path / "tensorboard", len(self.epochs) + 1)

    def add(self, epoch: EpochLog, write: bool = True) -> bool:
        """Take in one epoch, in `log.csv` too unless told not to; say whether it is the best."""
        self.epochs.append(epoch)
        if write:
            self.write_log()
        if self.tensorboard is not None:
            self.tensorboard.add(asdict(epoch))
        better = self.best is None or epoch.validation_loss < self.best.validation_loss
        if better and np.isfinite(epoch.validation_loss):
            self.best = epoch
        return self.best is epoch

    def out_of_patience(self, stage: str) -> bool:
        """Say whether a stage has gone on for too long without a better validation loss."""
        patience = self.settings.patience if stage == "all" else self.settings.patience_head
        losses = [epoch.validation_loss for epoch in self.epochs if epoch.stage == stage]
        if patience is None or not losses:
            return False
        return len(losses) - 1 - int(np.argmin(losses)) >= patience

    def write_log(self) -> None:
        """Write `log.csv`, and `curves.png` when the last was drawn a while ago."""
        if not self.crew.main or not self.epochs:
            return
        text = io.StringIO()
        rows = [asdict(logged) for logged in self.epochs]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path / "log.csv", text.getvalue().encode())
        if time.monotonic() - self.drawn > SECONDS_BETWEEN_CURVES:
            self.draw_curves()

    def draw_curves(self) -> None:
        """Write `curves.png`, and `reliability.png` of the best network."""
        if self.crew.main:
            write_atomically(self.path / "curves.png", draw_curves(self.epochs))
            if self.reliability is not None:
                drawn = draw_reliability(self.reliability)
                write_atomically(self.path / "reliability.png", drawn)
            self.drawn = time.monotonic()

    def save_model(
        self, network: FaceNetwork, train: Split, epoch: EpochLog, found: Validation
    ) -> None:
        """Write the network as it is after `epoch`, with everything needed to use it."""
        if not self.crew.main:
            return
        metrics = {key: value for key, value in asdict(epoch).items() if isinstance(value, float)}
        del metrics["images_per_second"]  # of the machine, not of the model
        metrics["coverage_80"] = found.reliability.covered(0.8)
        settings = self.settings
        checkpoint = Checkpoint(
            backbone=settings.network_name,
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
            view=settings.view,
            tta=self.tta,
            embedding_size=getattr(train.crops, "embedding_size", None),
            calibration=found.calibration,
        )
        save_checkpoint(self.model, checkpoint)
        self.reliability = found.reliability  # drawing takes longer than an epoch of a small run

    def settle_model(self, found: Validation) -> None:
        """Write into the model how it fares by all of its views, and the calibration they ask."""
        checkpoint = load_checkpoint(self.model)
        metrics = {
            **checkpoint.metrics,
            "validation_loss": found.loss,
            "gender_accuracy": found.gender.value,
            "mae": found.mae.value,
            "coverage_80": found.reliability.covered(0.8),
        }
        settled = replace(checkpoint, metrics=metrics, calibration=found.calibration)
        save_checkpoint(self.model, settled)
        self.reliability = found.reliability

    def set_rates(self, low: float, high: float) -> None:
        """Plan with the learning rates that a range test found."""
        self.plan = replace(self.plan, learning_rate=high, learning_rate_low=low)

    def state_is_due(self) -> bool:
        """Say whether it is time to save the state within an epoch; all processes agree."""
        minutes = (time.monotonic() - self.saved) / 60
        due: bool = self.crew.hear(minutes >= self.settings.save_minutes)
        return due

    def save_state(self, state: dict[str, Any]) -> None:
        """Write the state, whole or not at all.

        Raises:
            TrainingError: the folder cannot be written.
        """
        if self.crew.main:
            buffer = io.BytesIO()
            torch.save(state, buffer)
            try:
                write_atomically(self.path / "state.pt", buffer.getvalue())
            except OSError as error:
                raise TrainingError(f"the state cannot be saved ({error})") from error
        self.saved = time.monotonic()

    def finish(self) -> None:
        """Say that nothing is left to do, and drop what was kept for going on."""
        if not self.crew.main:
            return
        content = json.dumps({"finished": True, **self.history()}, indent=2)
        write_atomically(self.path / "finished.json", content.encode())
        (self.path / "state.pt").unlink(missing_ok=True)

    def result(self) -> FitResult:
        """Return what there is so far."""
        assert self.best is not None
        return FitResult(self.model, self.best, len(self.epochs), speaks=self.crew.main)

    def history(self) -> dict[str, Any]:
        """Return what was logged and planned, as plain values."""
        return {
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "best": self.best.epoch if self.best else None,
            "plan": asdict(self.plan),
        }

    def take_history(self, history: dict[str, Any]) -> None:
        """Take over what `history` returned."""
        self.epochs = [EpochLog(**epoch) for epoch in history["epochs"]]
        self.best = self.epochs[history["best"] - 1] if history["best"] else None
        self.plan = Plan(**history["plan"])

    def _identity(self) -> dict[str, Any]:
        """Return what makes a run this run: what it learns from, and how."""
        rows = self.manifest.rows
        splits = hashlib.sha256()
        for sample_id, split in zip(rows["sample_id"], rows["split"], strict=True):
            splits.update(f"{sample_id} {split}\n".encode())
        chosen = {k: v for k, v in asdict(self.settings).items() if k not in OF_THE_MACHINE}
        return {
            "dataset": self.manifest.version.sha256,
            "splits": splits.hexdigest(),
            "settings": chosen,
        }

    def _difference(self, told: Any) -> Exception | None:
        """Return the error that says how the run in the folder differs from this one, if so."""
        mine = self._identity()
        if not isinstance(told, dict) or told.keys() != mine.keys():
            return InputError(f"{self.path} holds a run of another version; choose another --out")
        if (told["dataset"], told["splits"]) != (mine["dataset"], mine["splits"]):
            return InputError(
                f"{self.path} holds a run on other samples than {self.manifest.path}; "
                "choose another --out, or start over with --no-resume"
            )
        defaults = FitSettings()  # for what could not be chosen yet when the run began
        for name, value in mine["settings"].items():
            was = told["settings"].get(name, getattr(defaults, name))
            if was != value:
                return SettingsError(
                    f"the run in {self.path} was started with --{name.replace('_', '-')} {was}, "
                    f"not {value}; say the same, choose another --out, or start over with "
                    "--no-resume"
                )
        return None


def _read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object; an empty one for what is none."""
    try:
        content = json.loads(path.read_text())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
