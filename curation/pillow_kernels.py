"""What Pillow computes of pixels, bit for bit, compiled: it takes a fraction of the time.

Both follow Pillow's C code in its integer arithmetic (libImaging/Convert.c and Resample.c).
numba keeps the machine code on disk, so that only the first run on a machine compiles.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, pi, sin
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(nogil=True, cache=True))

LOBES = 3  # of the Lanczos kernel, on each side
FRACTION_BITS = 22  # of its weights

Grey = NDArray[np.uint8]
# Of every pixel of the result: where the pixels it is made of begin, how many, and their weights.
Weights = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]


def grey(rgb: NDArray[np.uint8]) -> Grey:
    """Return the luminance, (H, W) uint8, of (H, W, 3) RGB: as `convert("L")`, ITU-R 601-2."""
    height, width, _ = rgb.shape
    return _grey(np.ascontiguousarray(rgb).reshape(-1)).reshape(height, width)


def squeezed(picture: Grey, width: int, height: int) -> Grey:
    """Return a luminance picture at another size, as `resize((width, height), LANCZOS)`.

    Of pictures higher than wide, Pillow may squeeze the columns first, which rounds differently
    here and there: those are left to it.
    """
    if len(picture) > picture.shape[1]:
        from PIL import Image

        size = (width, height)
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
    rows, columns = picture.shape
    across = _resampled(np.ascontiguousarray(picture), width, *_weights(columns, width))
    down = _resampled(np.ascontiguousarray(across.T), height, *_weights(rows, height))
    return np.ascontiguousarray(down.T)


@compiled
def _grey(rgb: NDArray[np.uint8]) -> Grey:
    found = np.empty(len(rgb) // 3, np.uint8)
    for place in range(len(found)):
        red, green, blue = rgb[3 * place], rgb[3 * place + 1], rgb[3 * place + 2]
        found[place] = (
            np.uint32(red) * np.uint32(19595)
            + np.uint32(green) * np.uint32(38470)
            + np.uint32(blue) * np.uint32(7471)
            + np.uint32(0x8000)
        ) >> np.uint32(16)
    return found


@compiled
def _lanczos(x: float) -> float:
    """Return the kernel at x, -3 to 3: sinc(x) sinc(x / 3)."""
    if x == 0.0:
        return 1.0
    if not -LOBES <= x < LOBES:
        return 0.0
    near, far = x * pi, x / LOBES * pi
    return sin(near) / near * (sin(far) / far)


@compiled
def _resampled(
    picture: Grey,
    width: int,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    weights: NDArray[np.int32],
) -> Grey:
    """Return the picture with rows of `width` pixels."""
    found = np.empty((len(picture), width), np.uint8)
    for row in range(len(picture)):
        line = picture[row]
        for place in range(width):
            used = line[starts[place] : starts[place] + lengths[place]]
            shares = weights[place]
            total = np.int32(1 << (FRACTION_BITS - 1))
            for tap in range(len(used)):
                total += np.int32(used[tap]) * shares[tap]
            found[row, place] = min(max(total >> FRACTION_BITS, 0), 255)
    return found


@compiled
def _weights(before: int, after: int) -> Weights:
    """Return the weights that bring a line of `before` pixels to `after`."""
    step = before / after
    stretch = max(step, 1.0)
    reach = LOBES * stretch
    starts, lengths = np.empty(after, np.int64), np.empty(after, np.int64)
    weights = np.zeros((after, 2 * ceil(reach) + 1), np.int32)
    shares = np.empty(weights.shape[1], np.float64)
    for place in range(after):
        centre = (place + 0.5) * step
        start, stop = max(0, int(centre - reach + 0.5)), min(before, int(centre + reach + 0.5))
        total = 0.0
        for tap in range(start, stop):
            shares[tap - start] = _lanczos((tap - centre + 0.5) * (1 / stretch))
            total += shares[tap - start]
        for tap in range(stop - start):
            part = shares[tap] / total * (1 << FRACTION_BITS)
            weights[place, tap] = int(part - 0.5) if part < 0 else int(part + 0.5)
        starts[place], lengths[place] = start, stop - start
    return starts, lengths, weights
