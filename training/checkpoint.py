"""Checkpoints: one file with the weights and everything needed to use them.

Only tensors and plain values are stored, and only those are ever loaded (`weights_only=True`), so
a checkpoint from a stranger cannot run code.
"""

from __future__ import annotations

import io
import platform
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from torch import Tensor

from curation.errors import InputError, TrainingError
from training.augment import VIEW
from training.baseline import Baseline
from training.choices import Tta
from training.files import write_atomically
from training.heads import age_head_of
from training.manifest import DatasetVersion
from training.mlp import build_embedding_network
from training.model import FaceNetwork, build_network
from training.tensor_files import load_tensors

FORMAT = "evenface checkpoint 1"


@dataclass(frozen=True)
class Checkpoint:
    """A trained network and how to use it."""

    backbone: str  # torchvision's name
    gamma: float  # years, the γ of log(age + γ)
    image_size: int  # pixels that the network sees
    crop_size: int  # pixels of the aligned crops
    mean: tuple[float, ...]  # per channel, for values in 0 … 1
    std: tuple[float, ...]
    template: tuple[tuple[float, ...], ...]  # where alignment puts the five landmarks, pixels
    dataset: DatasetVersion
    baseline: Baseline
    settings: dict[str, Any]  # of the run, as fit resolved them
    metrics: dict[str, float]  # on the validation split
    versions: dict[str, str]  # of the libraries
    state: dict[str, Tensor]
    age_head: dict[str, Any]  # its kind and its dials
    view: float  # share of the crop's side that the network sees
    tta: Tta  # over which views of a face its answers are means
    embedding_size: int | None  # numbers of the embeddings that it takes; None: it sees crops
    calibration: float  # what held-out ages ask of the age head: its σ times this, or temperature

    def network(self) -> FaceNetwork:
        """Return the trained network on the CPU, in evaluation mode.

        Raises:
            InputError: the weights are of another architecture than the checkpoint says.
        """
        head = age_head_of(self.age_head)
        if self.embedding_size is not None:
            network = build_embedding_network(self.embedding_size, head)
        else:
            network = build_network(self.backbone, self.image_size, head)
        network.tta = self.tta
        try:
            network.load_state_dict(self.state)
        except RuntimeError as error:
            raise InputError(
                f"the checkpoint's weights do not fit backbone {self.backbone}; train it again"
            ) from error
        return network.eval()


def library_versions() -> dict[str, str]:
    """Return the versions that a result may depend on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "numpy": np.__version__,
    }


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        TrainingError: the file cannot be written.
    """
    content = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    content["format"] = FORMAT
    content["tta"] = checkpoint.tta.value
    content["dataset"] = asdict(checkpoint.dataset)
    content["baseline"] = asdict(checkpoint.baseline)
    buffer = io.BytesIO()
    torch.save(content, buffer)
    try:
        write_atomically(path, buffer.getvalue())
    except OSError as error:
        raise TrainingError(f"the checkpoint {path} cannot be written ({error})") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        InputError: the file is missing, or is no checkpoint of this format.
    """
    if not path.is_file():
        raise InputError(f"there is no checkpoint {path}; `train fit` writes one")
    try:
        content = load_tensors(path)
    except ValueError as error:
        raise InputError(f"{path} is not a checkpoint; name a model.pt of `train fit`") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(
            f"{path} is not a checkpoint of this version; name a model.pt of `train fit`"
        )
    del content["format"]
    content["dataset"] = DatasetVersion(**content["dataset"])
    content["baseline"] = Baseline(**content["baseline"])
    # Files from before there was a choice of heads, views and embeddings, and a calibration.
    content.setdefault("age_head", {"kind": "gaussian", "gamma": content["gamma"]})
    content.setdefault("calibration", 1.0)
    content.setdefault("view", VIEW)
    mirrored = content.pop("mirror", False)
    content["tta"] = Tta(content.get("tta", Tta.mirror if mirrored else Tta.none))
    content.setdefault("embedding_size", None)
    return Checkpoint(**content)
