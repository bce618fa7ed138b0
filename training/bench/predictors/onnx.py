"""Predictor `onnx`: a network of ours as `train export --onnx` wrote it, by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError, SettingsError
from training.baseline import Baseline
from training.bench.crops import check_template
from training.bench.predictions import Answers
from training.bench.predictors import PredictorOptions, TrainedOn, Wants
from training.bench.predictors.ages import age_columns, age_rule
from training.bench.predictors.checkpoint import BATCH
from training.bench.predictors.installed import versions
from training.bench.sample import Sample
from training.choices import Reported
from training.exported import INPUT, ExportedFacts
from training.heads import age_head_of
from training.manifest import file_sha256
from training.packages import onnx_package
from training.shards import resize_crops

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxPredictor:
    """One exported network; as many threads as PyTorch would take."""

    wants = Wants.crops

    def __init__(
        self,
        path: Path,
        device: str,
        batch_size: int,
        reported: Reported = Reported.by_metric,
    ) -> None:
        """Load the file.

        Raises:
            InputError: it is missing or no export of ours, or onnxruntime is not installed.
            SettingsError: ONNX Runtime cannot compute on that device here.
        """
        runtime = onnx_package("onnxruntime", "the predictor onnx")
        if not path.is_file():
            raise InputError(f"there is no model {path}; `train export MODEL --onnx FILE` makes it")
        self.path = path
        self.reported, self.age_rule = reported, age_rule(reported)
        self.batch_size = batch_size
        self.device = _device(device, runtime.get_available_providers())
        self._session = _session(runtime, path, self.device)
        try:
            known = self._session.get_modelmeta().custom_metadata_map
            self.facts = ExportedFacts.from_metadata(known)
        except ValueError:
            raise InputError(
                f"{path} is not a network of ours; name a file of `train export MODEL --onnx FILE`"
            ) from None
        check_template(path, self.facts.template)
        self.name = f"{self.facts.backbone} (ONNX)"
        data = self.facts.dataset
        self.trained_on = (TrainedOn(data.name, data.version, data.sha256),)

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> OnnxPredictor:
        """Load the file that the options name.

        Raises:
            InputError, SettingsError: as the constructor.
        """
        assert options.model is not None
        return cls(
            options.model,
            options.device or "auto",
            options.batch_size or BATCH,
            options.estimate or Reported.by_metric,
        )

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        """Need nothing."""

    def predict(self, samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]]) -> Answers:
        """Answer for the crops."""
        size = self.facts.input_size
        crops = np.stack([resize_crops(image, size) for image in images])
        parts = [
            self._session.run(list(self.facts.outputs), {INPUT: crops[at : at + self.batch_size]})
            for at in range(0, len(crops), self.batch_size)
        ]
        female, *said = (
            np.concatenate(values).astype(np.float64) for values in zip(*parts, strict=True)
        )
        return Answers(
            count=len(samples),
            female_probability=female,
            **age_columns(age_head_of(self.facts.head).read(said), self.reported),
        )

    def baseline(self) -> Baseline | None:
        """Return what the training labels alone would say."""
        return self.facts.baseline

    def describe(self) -> dict[str, Any]:
        """Return file, hash, backbone, training data and the checkpoint that it was made of."""
        return {
            "file": str(self.path),
            "sha256": file_sha256(self.path),
            "backbone": self.facts.backbone,
            "image_size": self.facts.image_size,
            "age_head": self.facts.head,
            "calibration": self.facts.calibration,
            "trained_on": asdict(self.facts.dataset),
            "checkpoint_sha256": self.facts.checkpoint_sha256,
            "versions": versions("onnxruntime"),
        }


def _device(name: str, available: Sequence[str]) -> str:
    if name == "auto":
        return "cuda" if PROVIDERS["cuda"] in available else "cpu"
    provider = PROVIDERS.get(name.partition(":")[0])
    if provider not in available:
        raise SettingsError(
            f"ONNX Runtime cannot compute on device {name!r} here; take --device cpu, or install "
            "onnxruntime-gpu in place of onnxruntime"
        )
    return name


def _session(runtime: Any, path: Path, device: str) -> Any:
    import torch

    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors
    options.intra_op_num_threads = torch.get_num_threads()
    kind, _, number = device.partition(":")
    place = {"device_id": number or "0"} if kind == "cuda" else {}
    failures = runtime.capi.onnxruntime_pybind11_state
    try:
        return runtime.InferenceSession(
            str(path), sess_options=options, providers=[(PROVIDERS[kind], place)]
        )
    except (
        failures.Fail, failures.InvalidArgument, failures.InvalidGraph, failures.InvalidProtobuf,
        failures.NoModel, failures.NotImplemented, failures.RuntimeException,
    ) as error:  # fmt: skip
        raise InputError(
            f"{path} is no ONNX file that ONNX Runtime can load; name a file of `train export "
            "MODEL --onnx FILE`"
        ) from error
