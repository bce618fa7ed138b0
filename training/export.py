"""Export a checkpoint: an ONNX file that needs no PyTorch, and weights as safetensors.

The ONNX graph goes from reduced aligned crops (uint8) to statements: cutting the view out of the
crop and normalising it are inside, so that a user cannot get them wrong. What is written has been
held against PyTorch before.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from curation.errors import InputError, TrainingError
from training.augment import plain_views
from training.checkpoint import Checkpoint, load_checkpoint
from training.exported import INPUT, ExportedFacts
from training.files import write_atomically
from training.manifest import file_sha256
from training.model import FaceNetwork
from training.packages import onnx_package

OPSET = 18
TOLERANCE = 1e-4  # of an output: absolute below 1, relative above
CHECKED_BATCHES = (1, 2, 5)
LARGEST = 2_000_000_000  # bytes: one ONNX file is one protobuf message, of less than 2 GiB


class ExportedNetwork(nn.Module):
    """From reduced crops (B, S, S, 3) uint8 to what `ExportedFacts.outputs` names, float32."""

    def __init__(self, network: FaceNetwork, facts: ExportedFacts) -> None:
        super().__init__()
        self.network = network
        self.calibration = facts.calibration
        size = facts.image_size
        grid = functional.affine_grid(
            plain_views(1, facts.view), [1, 3, size, size], align_corners=False
        )
        self.register_buffer("grid", grid)
        self.register_buffer("mean", torch.tensor(facts.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(facts.std).view(1, 3, 1, 1))

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        """Return P(female) and what the age head says, calibrated."""
        grid: Tensor = self.get_buffer("grid")
        images = crops.permute(0, 3, 1, 2).float() / 255.0
        seen = functional.grid_sample(
            images,
            grid.expand(images.shape[0], -1, -1, -1),
            padding_mode="border",
            align_corners=False,
        )
        said = self.network((seen - self.get_buffer("mean")) / self.get_buffer("std"))
        ages = self.network.age_head.exported(said.age, self.calibration)
        return said.gender_logit.sigmoid(), *ages


@dataclass(frozen=True)
class Exported:
    """What was written, and how far ONNX Runtime was from PyTorch at most."""

    onnx: Path | None
    safetensors: Path | None
    largest_difference: float | None


def export(model: Path, onnx: Path | None = None, safetensors: Path | None = None) -> Exported:
    """Write the checkpoint `model` as an ONNX file, as safetensors, or both.

    Both contents are made and checked before either file appears.

    Raises:
        InputError: `model` is no checkpoint, a package is missing, or a file would overwrite
            another one of this call.
        TrainingError: the network cannot be exported, answers otherwise than PyTorch, or a file
            cannot be written.
    """
    if onnx is None and safetensors is None:
        raise InputError("what is to be written? Name --onnx FILE, --safetensors FILE, or both")
    checkpoint = load_checkpoint(model)
    named = [path.resolve() for path in (model, onnx, safetensors) if path is not None]
    if len(set(named)) < len(named):
        raise InputError(f"{model}, --onnx and --safetensors must be different files")
    if onnx is not None and checkpoint.embedding_size is not None:
        raise InputError(
            f"{model} was trained on embeddings and sees no crops, which the ONNX file would start "
            "from; export --safetensors"
        )
    facts = ExportedFacts.of(checkpoint, file_sha256(model))
    contents: dict[Path, bytes] = {}
    difference = None
    if onnx is not None:
        contents[onnx], difference = onnx_bytes(checkpoint, facts)
    if safetensors is not None:
        contents[safetensors] = safetensors_bytes(checkpoint, facts)
    for path, content in contents.items():
        try:
            write_atomically(path, content)
        except OSError as error:
            raise TrainingError(f"{path} cannot be written ({error.strerror})") from error
    return Exported(onnx, safetensors, difference)


def onnx_bytes(checkpoint: Checkpoint, facts: ExportedFacts) -> tuple[bytes, float]:
    """Return the ONNX file of a network, and its largest difference from PyTorch.

    A difference d of an output y counts as d / max(1, |y|).

    Raises:
        InputError: onnx, onnxscript or onnxruntime is not installed.
        TrainingError: the backbone cannot be exported, or the difference is above 0.0001.
    """
    for package in ("onnx", "onnxscript", "onnxruntime"):
        onnx_package(package, "the ONNX export")
    size = sum(tensor.numel() * tensor.element_size() for tensor in checkpoint.state.values())
    if size > LARGEST:
        raise TrainingError(
            f"{facts.backbone} has {size / 1e9:.1f} GB of weights, more than one ONNX file holds; "
            "export --safetensors"
        )
    network = ExportedNetwork(checkpoint.network(), facts).eval()
    content = _graph(network, facts)
    difference = _largest_difference(network, content, facts)
    if not difference <= TOLERANCE:  # NaN too
        raise TrainingError(
            f"the ONNX file of {facts.backbone} answers otherwise than PyTorch (by "
            f"{difference:.2g}, at most {TOLERANCE:g} is allowed); nothing was written"
        )
    return content, difference


def safetensors_bytes(checkpoint: Checkpoint, facts: ExportedFacts) -> bytes:
    """Return the weights by the names of the checkpoint's state, bit for bit, as safetensors.

    Raises:
        InputError: safetensors is not installed.
        TrainingError: what was made does not hold the same tensors.
    """
    package = onnx_package("safetensors.torch", "the safetensors export")
    state = {name: tensor.clone().contiguous() for name, tensor in checkpoint.state.items()}
    content: bytes = package.save(state, metadata=facts.metadata())
    again = package.load(content)
    if again.keys() != state.keys() or any(
        not torch.equal(again[name], tensor) for name, tensor in state.items()
    ):
        raise TrainingError("safetensors does not give the same weights back; nothing was written")
    return content


def _graph(network: ExportedNetwork, facts: ExportedFacts) -> bytes:
    example = _crops(2, facts)
    try:
        with _quietly():
            program = torch.onnx.export(
                network,
                (torch.from_numpy(example),),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
                input_names=[INPUT],
                output_names=list(facts.outputs),
                opset_version=OPSET,
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        reason = str(error).strip().splitlines()[0]
        raise TrainingError(
            f"backbone {facts.backbone} cannot be exported to ONNX ({reason})"
        ) from error
    assert program is not None
    model = program.model_proto
    _strip(model)
    model.producer_name = "evenface"
    for key, value in facts.metadata().items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    return content


def _strip(model: Any) -> None:
    """Take out what the exporter remembers of this machine, and name the batch's dimension.

    Each node carries the stack that made it, with the paths of source files.
    """
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info)
    for one in (graph, *values, *graph.initializer, *graph.node, *model.functions):
        del one.metadata_props[:]
    for function in model.functions:
        for one in function.node:
            del one.metadata_props[:]
    del graph.value_info[:]
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"


def _largest_difference(network: ExportedNetwork, content: bytes, facts: ExportedFacts) -> float:
    session = onnx_package("onnxruntime", "the ONNX export").InferenceSession(
        content, providers=["CPUExecutionProvider"]
    )
    differences = []
    for count in CHECKED_BATCHES:
        crops = _crops(count, facts)
        with torch.inference_mode():
            wanted = [said.numpy() for said in network(torch.from_numpy(crops))]
        for one, other in zip(
            session.run(list(facts.outputs), {INPUT: crops}), wanted, strict=True
        ):
            differences.append(np.max(np.abs(one - other) / np.maximum(1.0, np.abs(other))))
    return float(np.max(differences))


def _crops(count: int, facts: ExportedFacts) -> NDArray[np.uint8]:
    """Return blurred noise, (count, S, S, 3): smooth as pictures are, and never twice the same."""
    random = np.random.default_rng(count)
    coarse = torch.from_numpy(random.uniform(0, 255, (count, 3, 8, 8)))
    smooth = functional.interpolate(coarse, size=facts.input_size, mode="bicubic")
    noisy = smooth.numpy() + random.normal(0, 8, tuple(smooth.shape))
    return np.ascontiguousarray(np.clip(noisy, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1))


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep the exporter's progress from the screen: it is of no use to whoever exports."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
