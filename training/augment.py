"""Views of a crop: one affine map per picture, applied to a whole batch on the device.

Flip, rotation, zoom and shift are a single `grid_sample` (on a processor `training.cpu_views`,
which does the same in one pass), so that a picture is interpolated once.
A plain view (validation, inference) is the central part of the crop. By default only what cameras
and aligners do by themselves is imitated; what goes further is asked for by name.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.choices import Augment as Augment
from training.cpu_views import show_normalised

# The share of the crop's side that the network sees, unless `--view` says otherwise. The margin
# leaves room to shift and turn.
VIEW = 224 / 256


@dataclass(frozen=True)
class Augmentation:
    """How far a training view may stray: what cameras and aligners do by themselves."""

    flip: float = 0.5  # probability of a mirrored face
    rotation: float = 10.0  # degrees either way
    zoom: float = 0.10  # ± share of the view's side
    shift: float = 0.05  # ± share of the crop's side, across and down


HARD_VIEWS = Augmentation(rotation=25.0, zoom=0.20, shift=0.10)
ONLY_FLIPPED = Augmentation(rotation=0.0, zoom=0.0, shift=0.0)


def stored_size(image_size: int, crop_size: int, view: float = VIEW) -> int:
    """Return to how many pixels a crop is reduced, so that the view has about `image_size`."""
    return min(crop_size, round(image_size / view))


def plain_views(count: int, view: float = VIEW) -> Tensor:
    """Return the affine maps (count, 2, 3), float32, that show the central part of each crop."""
    return torch.tensor([[view, 0.0, 0.0], [0.0, view, 0.0]]).expand(count, 2, 3)


def random_views(
    count: int, augmentation: Augmentation, generator: torch.Generator, view: float = VIEW
) -> Tensor:
    """Return `count` random affine maps (count, 2, 3), float32, drawn from `generator` (CPU).

    They map output to input positions, both in -1 … 1 from edge to edge, as `affine_grid` wants.
    """

    def uniform(limit: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * limit

    mirrored = torch.rand(count, generator=generator) < augmentation.flip
    angle = torch.deg2rad(uniform(augmentation.rotation))
    scale = view * (1 + uniform(augmentation.zoom))
    # In -1 … 1 the side is 2 long.
    across, down = uniform(2 * augmentation.shift), uniform(2 * augmentation.shift)
    sign = torch.where(mirrored, -1.0, 1.0)
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    return torch.stack(
        [
            torch.stack([sign * cosine, -sine, across], dim=1),
            torch.stack([sign * sine, cosine, down], dim=1),
        ],
        dim=1,
    )


def show(crops: Tensor, views: Tensor, size: int) -> Tensor:
    """Return the views of a batch, (B, 3, size, size) float32 in 0 … 1.

    `crops` are (B, H, W, 3) uint8 and `views` (B, 2, 3) float32, both on the device of the result.
    What lies outside of a crop looks like its nearest edge.
    """
    if crops.device.type == "cpu":
        return show_normalised(crops, views, size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    images = crops.permute(0, 3, 1, 2).float().div_(255.0)
    grid = functional.affine_grid(views, [len(images), 3, size, size], align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def normalise(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Return images (B, 3, H, W) of values in 0 … 1 less `mean`, by `std`; channels last."""
    offset = torch.tensor(mean, device=images.device).view(1, 3, 1, 1)
    scale = torch.tensor(std, device=images.device).view(1, 3, 1, 1)
    return ((images - offset) / scale).contiguous(memory_format=torch.channels_last)


def render(
    crops: Tensor, views: Tensor, size: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> Tensor:
    """Return the views of a batch, normalised: (B, 3, size, size) float32, channels last.

    `crops` are (B, H, W, 3) uint8 and `views` (B, 2, 3) float32, both on the device of the
    result; `mean` and `std` are per channel for values in 0 … 1.
    """
    if crops.device.type == "cpu":
        return show_normalised(crops, views, size, mean, std)
    return normalise(show(crops, views, size), mean, std)


def augmented(
    crops: Tensor,
    how: Augment,
    size: int,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    generator: torch.Generator,
    view: float = VIEW,
) -> Tensor:
    """Return random training views of a batch, normalised: (B, 3, size, size) float32.

    All of it is computed for the whole batch on the device of `crops`, (B, H, W, 3) uint8; all
    draws come from `generator` (CPU), so that every device sees the same.
    """
    from training import photometric, trivial

    count, device = len(crops), crops.device
    if how is Augment.none:
        return render(crops, plain_views(count, view).to(device), size, mean, std)
    if how is Augment.natural:
        views = random_views(count, Augmentation(), generator, view)
        return render(crops, views.to(device), size, mean, std)
    if how is Augment.trivial:
        return normalise(trivial.trivial(crops, size, generator, view), mean, std)
    views = random_views(count, HARD_VIEWS, generator, view)
    images = photometric.harden(show(crops, views.to(device), size), generator)
    return normalise(images, mean, std)
