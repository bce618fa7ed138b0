"""First weights of a backbone: ImageNet's by name, a file's, or random ones."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import torchvision
from torch import Tensor, nn

from curation.errors import InputError, TrainingError
from training.checkpoint import FORMAT
from training.model import FaceNetwork, bare_backbone, classifier_name
from training.tensor_files import load_tensors

DOWNLOAD_TIMEOUT = 30.0  # seconds without a byte; without a limit an unreachable host hangs


def load_backbone_weights(network: FaceNetwork, name: str, weights: str) -> None:
    """Fill the backbone of `network` (built on `name`) with `weights`.

    `weights` is "none" (leave the random ones), "imagenet", or a path: of a state dict of the
    torchvision model `name`, classifier included or not, or of a model.pt of `train fit` with the
    same backbone, at any size of pictures and with any age head.

    Raises:
        TrainingError: the ImageNet weights cannot be reached.
        InputError: the file is missing, is no state dict, or is one of another architecture.
    """
    if weights == "none":
        return
    if weights == "imagenet":
        state = _imagenet_weights(name)
        origin = f"the ImageNet weights of {name}"
    else:
        state = _read_state_dict(Path(weights))
        origin = weights
    head = classifier_name(name, bare_backbone(name)) + "."
    state = {key: tensor for key, tensor in state.items() if not key.startswith(head)}
    _load_exactly(network.backbone, state, name, origin)


def _imagenet_weights(name: str) -> Mapping[str, Tensor]:
    """Fetch the weights, or take them from torch's cache.

    The first published set (IMAGENET1K_V1) comes before the later, higher-scoring ones: features
    trained with label smoothing and mixing transfer worse (Kornblith et al. 2021).
    """
    choices = torchvision.models.get_model_weights(name)
    chosen = choices.__members__.get("IMAGENET1K_V1", choices.DEFAULT)
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # torch.hub prints what it downloads
            state: Mapping[str, Tensor] = chosen.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            f"the ImageNet weights of {name} cannot be fetched from {chosen.url} ({error}); "
            "use --weights none, or --weights FILE with a state dict fetched elsewhere"
        ) from error
    finally:
        socket.setdefaulttimeout(previous)
    return state


def _read_state_dict(path: Path) -> Mapping[str, Tensor]:
    try:
        state = load_tensors(path)
    except FileNotFoundError as error:
        raise InputError(
            f"--weights {path}: there is no such file; it takes imagenet, none or a file"
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is not a PyTorch state dict") from error
    if isinstance(state, Mapping) and state.get("format") == FORMAT:
        backbone = "backbone."
        trained: Mapping[str, Tensor] = state["state"]
        return {
            key.removeprefix(backbone): value
            for key, value in trained.items()
            if key.startswith(backbone)
        }
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise InputError(f"{path} is not a state dict: it must map names to tensors")
    return state


def _load_exactly(backbone: nn.Module, state: Mapping[str, Tensor], name: str, origin: str) -> None:
    expected = backbone.state_dict()
    differing = sorted(
        key
        for key in expected.keys() | state.keys()
        if key not in expected or key not in state or expected[key].shape != state[key].shape
        if not key.endswith("num_batches_tracked")  # absent from files of old PyTorch versions
    )
    if differing:
        raise InputError(
            f"{origin} does not fit backbone {name}: {len(differing)} tensors are missing, "
            f"unexpected or of another shape, first {differing[0]}; name the right --backbone"
        )
    backbone.load_state_dict(dict(state), strict=False)
