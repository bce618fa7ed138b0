"""What an exported network says of itself, so that the file is enough to use it.

ONNX and safetensors files both carry a map of texts; each value here is one JSON text under its
own name, readable with any tool that shows metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from training.augment import stored_size
from training.baseline import Baseline
from training.checkpoint import Checkpoint
from training.choices import Tta
from training.heads import age_head_of
from training.manifest import DatasetVersion

FORMAT = "evenface export 1"
FORMAT_KEY = "evenface.format"
INPUT = "crops"  # of the ONNX graph: (B, input_size, input_size, 3) uint8 RGB
GENDER = "female_probability"  # (B,) float32; what the age head says follows
PREPARATION = (
    "align the face so that its landmarks (left eye, right eye, nose, left and right corner of "
    "the mouth) lie on template, RGB, crop_size pixels; reduce it to input_size pixels by area "
    "averaging; the network sees the share view of its side, image_size pixels, normalised by "
    "mean and std of values in 0 … 1"
)


@dataclass(frozen=True)
class ExportedFacts:
    """Everything needed to use an exported network, and where it comes from."""

    backbone: str  # torchvision's name
    gamma: float  # years
    image_size: int  # pixels that the backbone sees
    input_size: int  # pixels of the reduced crop: the side of the ONNX input
    crop_size: int  # pixels of the aligned crop
    view: float  # share of the crop's side that the backbone sees
    tta: str  # over which views of the crop the outputs are means: none, mirror, ten-crop
    mean: tuple[float, ...]  # per channel, for values in 0 … 1
    std: tuple[float, ...]
    template: tuple[tuple[float, ...], ...]  # the five landmarks in the crop, pixels
    preparation: str
    age_head: str  # what the outputs of the age mean
    head: dict[str, Any]  # the age head's kind and dials
    calibration: float  # that is in them already: σ times this, or logits by it
    dataset: DatasetVersion
    baseline: Baseline
    metrics: dict[str, float]  # on the validation split
    versions: dict[str, str]  # of the libraries that trained it
    checkpoint_sha256: str

    @classmethod
    def of(cls, checkpoint: Checkpoint, sha256: str) -> ExportedFacts:
        """Return the facts of a checkpoint whose file has that SHA-256."""
        return cls(
            backbone=checkpoint.backbone,
            gamma=checkpoint.gamma,
            image_size=checkpoint.image_size,
            input_size=stored_size(checkpoint.image_size, checkpoint.crop_size, checkpoint.view),
            crop_size=checkpoint.crop_size,
            view=checkpoint.view,
            tta=checkpoint.tta.value,
            mean=tuple(checkpoint.mean),
            std=tuple(checkpoint.std),
            template=tuple(tuple(point) for point in checkpoint.template),
            preparation=PREPARATION,
            age_head=age_head_of(checkpoint.age_head).explanation(),
            head=checkpoint.age_head,
            calibration=checkpoint.calibration,
            dataset=checkpoint.dataset,
            baseline=checkpoint.baseline,
            metrics=checkpoint.metrics,
            versions=checkpoint.versions,
            checkpoint_sha256=sha256,
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the graph's outputs."""
        return (GENDER, *age_head_of(self.head).says)

    def metadata(self) -> dict[str, str]:
        """Return the texts that a file carries."""
        texts = {
            f"evenface.{name}": json.dumps(value, ensure_ascii=False)
            for name, value in asdict(self).items()
        }
        return {FORMAT_KEY: FORMAT, **texts}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> ExportedFacts:
        """Read the texts of a file.

        Raises:
            ValueError: they are not those of an export of this version.
        """
        if metadata.get(FORMAT_KEY) != FORMAT:
            raise ValueError("no export of this version")
        try:
            gaussian = {"kind": "gaussian", "gamma": json.loads(metadata["evenface.gamma"])}
            # Files from before there was a choice of heads and views, and a calibration.
            mirror = json.loads(metadata.get("evenface.mirror", "false"))
            before = {
                "head": gaussian,
                "calibration": 1.0,
                "tta": (Tta.mirror if mirror else Tta.none).value,
            }
            known: dict[str, Any] = {
                item.name: json.loads(metadata[key])
                if (key := f"evenface.{item.name}") in metadata or item.name not in before
                else before[item.name]
                for item in fields(cls)
            }
            known["dataset"] = DatasetVersion(**known["dataset"])
            known["baseline"] = Baseline(**known["baseline"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"the metadata are not whole: {error}") from error
        for name in ("mean", "std"):
            known[name] = tuple(known[name])
        known["template"] = tuple(tuple(point) for point in known["template"])
        return cls(**known)
