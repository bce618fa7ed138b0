"""TrivialAugment (Müller and Hutter 2021) for a whole batch at once on its device.

Each picture gets one operation, drawn evenly from the list, at a strength drawn evenly from its
range: the paper's wide space, without anything to tune. Geometric operations become part of the
picture's affine view, so that it is interpolated once; faces are mirrored besides, as always.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from training import photometric
from training.augment import ONLY_FLIPPED, VIEW, random_views, show

# Figure 2 of the paper, wide space. Colour operations end at 0.01 and 1.99, as there.
SHEAR, TRANSLATION, ROTATION, COLOUR = 0.99, 32 / 224, 135.0, 0.99
GEOMETRIC = ("shear x", "shear y", "translate x", "translate y", "rotate")
PHOTOMETRIC = (
    "brightness",
    "colour",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "autocontrast",
    "equalize",
)
OPERATIONS = ("identity", *GEOMETRIC, *PHOTOMETRIC)


def trivial(crops: Tensor, size: int, generator: torch.Generator, view: float = VIEW) -> Tensor:
    """Return one random operation on each picture, (B, 3, size, size) float32 in 0 … 1.

    `crops` are (B, H, W, 3) uint8; all draws come from `generator` (CPU).
    """
    count, device = len(crops), crops.device
    chosen = torch.randint(len(OPERATIONS), (count,), generator=generator)
    strength = torch.rand(count, generator=generator)  # 0 … 1
    sign = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    views = random_views(count, ONLY_FLIPPED, generator, view)
    images = show(crops, compose(views, geometry(chosen, strength * sign)).to(device), size)
    for number, name in enumerate(OPERATIONS):
        rows = torch.nonzero(chosen == number).flatten()
        if name in PHOTOMETRIC and len(rows):
            signed = (strength * sign)[rows].to(device)
            changed = apply(name, images[rows.to(device)], signed)
            images = images.index_copy(0, rows.to(device), changed)
    return images


def geometry(chosen: Tensor, strength: Tensor) -> Tensor:
    """Return the affine maps (B, 2, 3) of the geometric operations; others stay where they are.

    `chosen` (B,) are places in `OPERATIONS`, `strength` (B,) is in -1 … 1.
    """
    maps = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).repeat(len(chosen), 1, 1)

    def put(name: str, row: int, column: int, values: Tensor) -> None:
        here = chosen == OPERATIONS.index(name)
        maps[here, row, column] = values[here]

    put("shear x", 0, 1, strength * SHEAR)
    put("shear y", 1, 0, strength * SHEAR)
    put("translate x", 0, 2, strength * TRANSLATION * 2)
    put("translate y", 1, 2, strength * TRANSLATION * 2)
    angle = strength * math.radians(ROTATION)
    put("rotate", 0, 0, torch.cos(angle))
    put("rotate", 1, 1, torch.cos(angle))
    put("rotate", 0, 1, -torch.sin(angle))
    put("rotate", 1, 0, torch.sin(angle))
    return maps


def compose(views: Tensor, inner: Tensor) -> Tensor:
    """Return the maps (B, 2, 3) that apply `inner` first and then `views`."""
    linear = views[:, :, :2] @ inner[:, :, :2]
    shift = (views[:, :, :2] @ inner[:, :, 2:]) + views[:, :, 2:]
    return torch.cat([linear, shift], dim=2)


def apply(name: str, images: Tensor, strength: Tensor) -> Tensor:
    """Return images (B, 3, H, W) in 0 … 1 after one photometric operation; strength in -1 … 1."""
    if name == "brightness":
        return photometric.brightness(images, 1 + strength * COLOUR)
    if name == "colour":
        return photometric.colour(images, 1 + strength * COLOUR)
    if name == "contrast":
        return photometric.contrast(images, 1 + strength * COLOUR)
    if name == "sharpness":
        return photometric.sharpness(images, 1 + strength * COLOUR)
    if name == "posterize":
        return posterize(images, 8 - (strength.abs() * 6).round())
    if name == "solarize":
        return solarize(images, 1 - strength.abs())
    if name == "autocontrast":
        return autocontrast(images)
    return equalize(images)


def posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Return the pictures with so many bits (B,) per channel, 2 … 8."""
    step = (2.0 ** (8 - bits)).view(-1, 1, 1, 1)
    return ((images * 255).round() / step).floor() * step / 255


def solarize(images: Tensor, threshold: Tensor) -> Tensor:
    """Return the pictures with all values from `threshold` (B,) on inverted."""
    return torch.where(images >= threshold.view(-1, 1, 1, 1), 1 - images, images)


def autocontrast(images: Tensor) -> Tensor:
    """Return the pictures stretched, channel by channel, to the whole range."""
    low = images.amin(dim=(2, 3), keepdim=True)
    high = images.amax(dim=(2, 3), keepdim=True)
    flat = high <= low
    return torch.where(flat, images, (images - low) / torch.where(flat, 1.0, high - low))


def equalize(images: Tensor) -> Tensor:
    """Return the pictures with each channel's histogram made even, as Pillow makes it."""
    count, channels, height, width = images.shape
    levels = (images * 255).round().long().flatten(2)
    histogram = torch.zeros(count, channels, 256, device=images.device)
    histogram.scatter_add_(2, levels, torch.ones_like(levels, dtype=torch.float32))
    # Pillow's step leaves out the brightest level; without a step the channel stays.
    used = torch.arange(256, device=images.device) * (histogram > 0)
    last = histogram.gather(2, used.amax(dim=2, keepdim=True))
    step = ((height * width - last) / 255).floor()
    before = histogram.cumsum(2) - histogram
    table = ((before + (step / 2).floor()) / step.clamp(min=1)).floor().clamp(0, 255)
    even = table.gather(2, levels).view(count, channels, height, width) / 255
    return torch.where((step > 0)[..., None], even, images)
