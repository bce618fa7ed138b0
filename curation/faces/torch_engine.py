"""The cascade's heavy work in torch, for CUDA: integral images, P-Net, R-Net and O-Net.

All integral images of a batch lie one after the other in one tensor; levels and crops are gathered
from it with four look-ups per value, as in `integral`. P-Net takes images of one size together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from curation.faces.boxes import Indices
from curation.faces.convolution import Floats
from curation.faces.integral import integral_size
from curation.faces.networks import State, read_weights
from curation.faces.pyramid import Level, pyramid

CROPS = 512  # that go through a network at once


class TorchEngine:
    """Integral images of a batch on `device`, and what the networks say of its parts."""

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._proposal, self._refine, self._output = (
            {name: torch.from_numpy(values).to(self._device) for name, values in state.items()}
            for state in map(_by_channels, ("pnet", "rnet", "onet"))
        )

    def load(self, images: Sequence[NDArray[np.uint8]]) -> None:
        """Make `images`, each (H, W, 3) uint8, the batch that the other methods are about."""
        self._shapes = [(image.shape[0], image.shape[1]) for image in images]
        sizes = [integral_size(*shape) // 3 for shape in self._shapes]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._sums = torch.zeros(int(self._starts[-1]), 3, dtype=torch.int32, device=self._device)
        for image, (height, width), start, size in zip(
            images, self._shapes, self._starts, sizes, strict=False
        ):
            pixels = torch.from_numpy(np.array(image)).to(self._device)
            sums = pixels.cumsum(0, dtype=torch.int32).cumsum(1, dtype=torch.int32)
            mine = self._sums[int(start) : int(start) + size]
            mine.view(height + 1, width + 1, 3)[1:, 1:] = sums

    @torch.inference_mode()
    def propose(
        self, min_faces: Sequence[float], threshold: float
    ) -> list[list[tuple[Level, Floats]]]:
        """Run P-Net over every level of every image, as `cascade.Engine` says."""
        least = float(np.log(threshold / (1 - threshold))) - 1e-3
        found: list[list[tuple[Level, Floats]]] = [[] for _ in self._shapes]
        alike = defaultdict(list)
        for number, (shape, min_face) in enumerate(zip(self._shapes, min_faces, strict=True)):
            alike[(*shape, min_face)].append(number)
        for (height, width, min_face), numbers in alike.items():
            whole = np.tile(np.array([[0, 0, width, height]], np.int64), (len(numbers), 1))
            for level in pyramid(height, width, min_face):
                pixels = self._averages(np.array(numbers), whole, level.height, level.width)
                said = _proposals(self._proposal, pixels)
                image, row, column = torch.nonzero(said[:, 1] - said[:, 0] >= least, as_tuple=True)
                values = said[image, :, row, column]
                places = torch.stack([column, row], 1).to(values.dtype)
                outputs = torch.cat([places, values], 1).cpu().numpy()
                owners = image.cpu().numpy()
                for position, number in enumerate(numbers):
                    found[number].append((level, outputs[owners == position]))
        return found

    @torch.inference_mode()
    def refine(self, owners: Indices, boxes: Indices) -> Floats:
        """Return R-Net's outputs, (n, 6) float32, on the parts `boxes` of the images `owners`."""
        said: list[Floats] = [np.empty((0, 6), np.float32)]
        for first in range(0, len(boxes), CROPS):
            part = slice(first, first + CROPS)
            x = self._averages(owners[part], boxes[part], 24, 24)
            x = functional.max_pool2d(_layer(self._refine, 1, x), 3, 2, ceil_mode=True)
            x = functional.max_pool2d(_layer(self._refine, 2, x), 3, 2, ceil_mode=True)
            said.append(_heads(self._refine, 4, _layer(self._refine, 3, x)))
        return np.concatenate(said)

    @torch.inference_mode()
    def output(self, owners: Indices, boxes: Indices) -> Floats:
        """Return O-Net's outputs, (n, 16) float32, on the parts `boxes` of the images `owners`."""
        said: list[Floats] = [np.empty((0, 16), np.float32)]
        for first in range(0, len(boxes), CROPS):
            part = slice(first, first + CROPS)
            x = self._averages(owners[part], boxes[part], 48, 48)
            x = functional.max_pool2d(_layer(self._output, 1, x), 3, 2, ceil_mode=True)
            x = functional.max_pool2d(_layer(self._output, 2, x), 3, 2, ceil_mode=True)
            x = functional.max_pool2d(_layer(self._output, 3, x), 2, 2, ceil_mode=True)
            said.append(_heads(self._output, 5, _layer(self._output, 4, x)))
        return np.concatenate(said)

    def _averages(self, owners: Indices, boxes: Indices, rows: int, columns: int) -> Tensor:
        """Resize the parts `boxes` by area to (n, 3, rows, columns) float32, -1 … 1."""
        across = torch.tensor([self._shapes[owner][1] + 1 for owner in owners.tolist()])
        across = across.to(self._device)[:, None]
        starts = torch.from_numpy(self._starts[owners]).to(self._device)[:, None]
        left, top, right, bottom = torch.from_numpy(boxes).to(self._device)[..., None].unbind(1)
        y0, y1 = _windows(top, bottom - top, rows)
        x0, x1 = _windows(left, right - left, columns)
        upper, lower = starts + y0 * across, starts + y1 * across
        total = self._sums[lower[:, :, None] + x1[:, None]]
        total -= self._sums[lower[:, :, None] + x0[:, None]]
        total -= self._sums[upper[:, :, None] + x1[:, None]]
        total += self._sums[upper[:, :, None] + x0[:, None]]
        areas = (y1 - y0)[:, :, None] * (x1 - x0)[:, None]
        means = total.float() / areas[..., None].float()
        return ((means - 127.5) * 0.0078125).permute(0, 3, 1, 2)


def _windows(start: Tensor, length: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the first pixels of the `count` windows along `length`, and the first after them."""
    steps = torch.arange(count, device=start.device)[None]
    first = torch.div(steps * length, count, rounding_mode="floor")
    after = torch.div((steps + 1) * length + count - 1, count, rounding_mode="floor")
    return start + first, start + after


def _by_channels(name: str) -> State:
    """Read a network, its heads joined into one layer "heads"."""
    state = read_weights(name)
    heads = sorted({key.split(".")[0] for key in state if "_" in key})
    for kind in ("weight", "bias"):
        state[f"heads.{kind}"] = np.concatenate([state[f"{head}.{kind}"] for head in heads])
    return state


def _layer(state: dict[str, Tensor], number: int, x: Tensor) -> Tensor:
    # TensorFloat-32 would keep ten bits of the weights, and move boxes by pixels.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        x = functional.conv2d(x, state[f"conv{number}.weight"], state[f"conv{number}.bias"])
    return functional.prelu(x, state[f"prelu{number}.weight"])


def _proposals(state: dict[str, Tensor], x: Tensor) -> Tensor:
    x = functional.max_pool2d(_layer(state, 1, x), 2, 2, ceil_mode=True)
    x = _layer(state, 3, _layer(state, 2, x))
    return functional.conv2d(x, state["heads.weight"], state["heads.bias"])


def _heads(state: dict[str, Tensor], number: int, x: Tensor) -> Floats:
    # The dense layers were trained on features in the order column, row, channel.
    x = x.permute(0, 3, 2, 1).flatten(1)
    x = functional.linear(x, state[f"dense{number}.weight"], state[f"dense{number}.bias"])
    x = functional.prelu(x, state[f"prelu{number}.weight"])
    said = functional.linear(x, state["heads.weight"], state["heads.bias"])
    return np.asarray(said.float().cpu().numpy(), np.float32)
