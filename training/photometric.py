"""What light, lenses, files and hands do to a picture, for a whole batch at once on its device.

Images are (B, 3, H, W) float32 in 0 … 1, and so are results. Strengths are tensors (B,), one per
picture, and each operation leaves a picture as it is at its neutral strength.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in JPEG files

# How often each part of `harden` happens, and how far it goes.
JITTER = 0.8
BRIGHTNESS, CONTRAST, SATURATION, HUE = 0.4, 0.4, 0.4, 0.03
TO_GREY = 0.05
BLUR, BLUR_SIGMA = 0.2, (0.3, 2.0)  # of pixels that the network sees
FILE, FILE_QUALITY = 0.3, (20.0, 90.0)  # JPEG qualities
ERASE, ERASED_AREA, ERASED_ASPECT = 0.25, (0.02, 0.25), (0.3, 3.3)

# ITU T.81, tables K.1 and K.2: what quality 50 divides the frequencies of 8 × 8 pixels by.
LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8 for _ in range(4)),
)
# ITU T.871 (JFIF): luminance, blue and red difference of RGB.
YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def harden(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return the pictures under other light, blurred, saved as poor JPEGs, and partly covered.

    Each happens to a random part of the batch; all draws come from `generator` (CPU).
    """
    count, device = len(images), images.device

    def happens(probability: float) -> Tensor:
        return torch.rand(count, generator=generator) < probability

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    jitter = happens(JITTER)
    for operation, limit in ((brightness, BRIGHTNESS), (contrast, CONTRAST), (colour, SATURATION)):
        strength = torch.where(jitter, uniform(1 - limit, 1 + limit), 1.0)
        images = operation(images, strength.to(device))
    images = hue(images, torch.where(jitter, uniform(-HUE, HUE), 0.0).to(device))
    images = colour(images, torch.where(happens(TO_GREY), 0.0, 1.0).to(device))
    sigma = uniform(*BLUR_SIGMA)
    images = _where(happens(BLUR), images, lambda part, of: blur(part, sigma[of].to(device)))
    quality = uniform(*FILE_QUALITY)
    images = _where(happens(FILE), images, lambda part, of: jpeg(part, quality[of].to(device)))
    boxes = erased_boxes(count, images.shape[-1], generator)
    boxes[~happens(ERASE)] = 0
    return erase(images, boxes.to(device), generator)


def brightness(images: Tensor, strength: Tensor) -> Tensor:
    """Return the pictures darker (below 1) or brighter; 0 is black."""
    return (images * _each(strength)).clamp_(0, 1)


def contrast(images: Tensor, strength: Tensor) -> Tensor:
    """Return the pictures with less (below 1) or more contrast; 0 is their mean grey."""
    mean = grey(images).mean(dim=(1, 2, 3), keepdim=True)
    return torch.lerp(mean, images, _each(strength)).clamp_(0, 1)


def colour(images: Tensor, strength: Tensor) -> Tensor:
    """Return the pictures with less (below 1) or more colour; 0 is grey."""
    return torch.lerp(grey(images), images, _each(strength)).clamp_(0, 1)


def hue(images: Tensor, turn: Tensor) -> Tensor:
    """Return the pictures with their colours turned around the grey axis, by `turn` of a round.

    The axis is that of YIQ's luminance, so brightness stays: a turn in the plane of I and Q.
    """
    device = images.device
    to_yiq = torch.tensor(
        [GREY, (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135)], device=device
    )
    cosine, sine = torch.cos(2 * math.pi * turn), torch.sin(2 * math.pi * turn)
    one, zero = torch.ones_like(turn), torch.zeros_like(turn)
    rotation = torch.stack([one, zero, zero, zero, cosine, -sine, zero, sine, cosine], dim=1)
    whole = torch.linalg.inv(to_yiq) @ rotation.view(-1, 3, 3) @ to_yiq
    return torch.einsum("bij,bjhw->bihw", whole, images).clamp_(0, 1)


def grey(images: Tensor) -> Tensor:
    """Return the luminance, (B, 1, H, W)."""
    return (images * torch.tensor(GREY, device=images.device).view(1, 3, 1, 1)).sum(1, keepdim=True)


def blur(images: Tensor, sigma: Tensor) -> Tensor:
    """Return the pictures under Gaussian blur; `sigma` in pixels, above 0, edges mirrored."""
    size = images.shape[-1]
    radius = min(size - 1, max(1, math.ceil(3 * float(sigma.max()))))
    offsets = torch.arange(-radius, radius + 1, device=images.device, dtype=torch.float32)
    kernels = torch.exp(-0.5 * (offsets / sigma[:, None]).square())
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(3, dim=0)
    flat = functional.pad(images, (radius,) * 4, mode="reflect").flatten(0, 1)[None]
    across = functional.conv2d(flat, kernels[:, None, None, :], groups=len(kernels))
    both = functional.conv2d(across, kernels[:, None, :, None], groups=len(kernels))
    return both.view_as(images).clamp_(0, 1)


def sharpness(images: Tensor, strength: Tensor) -> Tensor:
    """Return the pictures softer (below 1) or sharper; 0 is Pillow's SMOOTH filter; edges stay."""
    kernel = torch.tensor([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]], device=images.device) / 13
    soft = images.clone()
    inner = functional.conv2d(images, kernel.expand(3, 1, 3, 3), groups=3)
    soft[..., 1:-1, 1:-1] = inner
    return torch.lerp(soft, images, _each(strength)).clamp_(0, 1)


def jpeg(images: Tensor, quality: Tensor) -> Tensor:
    """Return the pictures as a JPEG of that quality (1 … 100) would show them, colours at a half.

    What a file loses is lost in rounding the frequencies of 8 × 8 pixels (ITU T.81, A.3); the
    coding after it loses nothing and is left out. Tables are scaled as libjpeg scales them.
    """
    size = images.shape[-1]
    spare = -size % 16
    whole = functional.pad(images, (0, spare, 0, spare), mode="replicate")
    transform = torch.tensor(YCC, device=images.device)
    planes = torch.einsum("ij,bjhw->bihw", transform, whole) * 255
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    light = _through_blocks(planes[:, :1] - 128, _table(LUMINANCE, scale)) + 128
    chroma = functional.avg_pool2d(planes[:, 1:], 2)
    chroma = _through_blocks(chroma, _table(CHROMINANCE, scale))
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="bilinear")
    back = torch.linalg.inv(transform)
    seen = torch.einsum("ij,bjhw->bihw", back, torch.cat([light, chroma], dim=1)) / 255
    return seen[..., :size, :size].clamp(0, 1)


def erased_boxes(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Return boxes to erase, (count, 4) int64 x1, y1, x2, y2 in pixels, wholly inside.

    Random erasing (Zhong et al. 2020, algorithm 1): areas and logarithms of aspect are uniform.
    """
    area = ERASED_AREA[0] + (ERASED_AREA[1] - ERASED_AREA[0]) * torch.rand(
        count, generator=generator
    )
    low, high = math.log(ERASED_ASPECT[0]), math.log(ERASED_ASPECT[1])
    aspect = torch.exp(low + (high - low) * torch.rand(count, generator=generator))
    sides = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], dim=1)
    sides = (sides * size).round().clamp(1, size)
    first = (torch.rand(count, 2, generator=generator) * (size - sides + 1)).floor()
    return torch.cat([first, first + sides], dim=1).long()


def erase(images: Tensor, boxes: Tensor, generator: torch.Generator) -> Tensor:
    """Return the pictures with boxes, (B, 4) int64 x1, y1, x2, y2, filled with one colour each.

    The colours are drawn from `generator` (CPU). An empty box erases nothing.
    """
    fill = torch.rand(len(images), 3, 1, 1, generator=generator).to(images.device)
    height, width = images.shape[-2:]
    x = torch.arange(width, device=images.device).view(1, 1, 1, -1)
    y = torch.arange(height, device=images.device).view(1, 1, -1, 1)
    x1, y1, x2, y2 = (edge.view(-1, 1, 1, 1) for edge in boxes.unbind(1))
    return torch.where((x >= x1) & (x < x2) & (y >= y1) & (y < y2), fill, images)


def _where(chosen: Tensor, images: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the batch with `change(part, rows)` in place of the chosen pictures."""
    rows = torch.nonzero(chosen).flatten()
    if not len(rows):
        return images
    on_device = rows.to(images.device)
    return images.index_copy(0, on_device, change(images[on_device], rows))


def _each(strength: Tensor) -> Tensor:
    return strength.view(-1, 1, 1, 1)


def _table(table: tuple[tuple[int, ...], ...], scale: Tensor) -> Tensor:
    """Return each picture's divisors (B, 1, 1, 1, 8, 8), as libjpeg's jpeg_add_quant_table."""
    base = torch.tensor(table, device=scale.device, dtype=torch.float32)
    return ((base * scale.view(-1, 1, 1, 1, 1, 1) + 50) / 100).floor().clamp(1, 255)


def _through_blocks(planes: Tensor, table: Tensor) -> Tensor:
    """Return planes (B, C, H, W) after rounding the frequencies of their blocks of 8 × 8."""
    count, channels, height, width = planes.shape
    blocks = planes.view(count, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    cosines = _cosines().to(planes.device)
    frequencies = cosines @ blocks @ cosines.T
    rounded = (frequencies / table).round() * table
    return (cosines.T @ rounded @ cosines).transpose(3, 4).reshape_as(planes)


@lru_cache(maxsize=1)
def _cosines() -> Tensor:
    """Return the 8-point cosine transform as an orthonormal matrix (8, 8)."""
    k, n = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
    matrix = 0.5 * torch.cos(math.pi * (2 * n + 1) * k / 16)
    matrix[0] /= math.sqrt(2)
    return matrix
