"""The three networks of MTCNN: facenet-pytorch's weights, laid out for our convolutions.

The weights come from the files in facenet-pytorch's wheel; its code is not imported.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation.errors import EvenfaceError
from curation.faces.convolution import Floats, Layer, layer

State = dict[str, Floats]


class ProposalNet(NamedTuple):
    """P-Net: slides over the image; a score and a box wherever twelve pixels may be a face."""

    conv1: Layer
    conv2: Layer
    conv3: Layer
    heads: Layer  # two logits (none, face), then the box: 6 of 16 channels are used


class CropNet(NamedTuple):
    """R-Net or O-Net: convolutions over a crop of `side` pixels, then two dense layers.

    `pools` are the windows of the max pooling after each convolution, 0 where there is none. The
    heads are two logits (none, face), the box and, of O-Net, five x and five y.
    """

    side: int
    convolutions: tuple[Layer, ...]
    pools: NDArray[np.int64]
    dense: Layer
    heads: Layer


def proposal_net() -> ProposalNet:
    """Load P-Net."""
    state = read_weights("pnet")
    conv1, conv2, conv3 = (_convolution(state, n) for n in (1, 2, 3))
    return ProposalNet(conv1, conv2, conv3, _heads(state, "conv4_1", "conv4_2"))


def refine_net() -> CropNet:
    """Load R-Net, which looks at crops of 24 pixels."""
    state = read_weights("rnet")
    convolutions = tuple(_convolution(state, n) for n in (1, 2, 3))
    heads = _heads(state, "dense5_1", "dense5_2")
    return CropNet(24, convolutions, np.array([3, 3, 0]), _dense(state, 4, 3), heads)


def output_net() -> CropNet:
    """Load O-Net, which looks at crops of 48 pixels and places the landmarks too."""
    state = read_weights("onet")
    convolutions = tuple(_convolution(state, n) for n in (1, 2, 3, 4))
    heads = _heads(state, "dense6_1", "dense6_2", "dense6_3")
    return CropNet(48, convolutions, np.array([3, 3, 2, 0]), _dense(state, 5, 3), heads)


def read_weights(name: str) -> State:
    """Return the arrays of "pnet", "rnet" or "onet" by the names facenet-pytorch gave them.

    Raises:
        EvenfaceError: facenet-pytorch is not installed, or without its weights.
    """
    import torch

    package = find_spec("facenet_pytorch")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        file = Path(folder) / "data" / f"{name}.pt"
        if file.is_file():
            state = torch.load(file, map_location="cpu", weights_only=True)
            return {key: value.float().numpy() for key, value in state.items()}
    raise EvenfaceError(
        f"the detector's weights ({name}.pt of facenet-pytorch) are missing; "
        "`pip install facenet-pytorch==2.5.3` brings them"
    )


def _convolution(state: State, number: int) -> Layer:
    return layer(
        state[f"conv{number}.weight"], state[f"conv{number}.bias"], state[f"prelu{number}.weight"]
    )


def _dense(state: State, number: int, side: int) -> Layer:
    """Return the layer on the flattened features, which lie (column, row, channel) in the file."""
    weights = state[f"dense{number}.weight"]
    features = weights.reshape(len(weights), side, side, -1).transpose(0, 2, 1, 3)
    flat = np.ascontiguousarray(features).reshape(len(weights), -1)
    return layer(flat, state[f"dense{number}.bias"], state[f"prelu{number}.weight"])


def _heads(state: State, *names: str) -> Layer:
    """Return several outputs on the same features as one layer."""
    return layer(
        np.concatenate([state[f"{name}.weight"] for name in names]),
        np.concatenate([state[f"{name}.bias"] for name in names]),
    )
