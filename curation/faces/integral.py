"""Area averages of any part of an image from its integral image: each costs four look-ups.

`torch.nn.functional.interpolate(mode="area")`, with which MTCNN resizes, is adaptive average
pooling: pixel i of n is the mean over source pixels floor(i · length / n) up to, not including,
ceil((i + 1) · length / n). With an integral image every level of the pyramid and every crop comes
from the same sums (F. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984).

The sums are int32 and wrap around in large images; a difference of wrapped sums is exact as long as
it is below 2^31 itself, which is a window of 8.4 million white pixels. Here windows are at most
1/144 of an image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.faces.compiled import Whole, compiled
from curation.faces.convolution import Floats

Sums = NDArray[np.int32]


def integral_size(height: int, width: int) -> int:
    """Return how many int32 the integral image of (height, width, 3) takes."""
    return (height + 1) * (width + 1) * 3


@compiled
def integrate(image: NDArray[np.uint8], sums: Sums, at: Whole) -> None:
    """Write the integral image of `image`, (H, W, 3) uint8, to `sums[at:]`: (H + 1, W + 1, 3)."""
    height, width = image.shape[0], image.shape[1]
    step = (width + 1) * 3
    for place in range(at, at + step):
        sums[place] = 0
    for y in range(height):
        row = at + (y + 1) * step
        above = row - step
        sums[row], sums[row + 1], sums[row + 2] = 0, 0, 0
        red, green, blue = np.int32(0), np.int32(0), np.int32(0)
        for x in range(width):
            red += np.int32(image[y, x, 0])
            green += np.int32(image[y, x, 1])
            blue += np.int32(image[y, x, 2])
            place = 3 * x + 3
            sums[row + place] = sums[above + place] + red
            sums[row + place + 1] = sums[above + place + 1] + green
            sums[row + place + 2] = sums[above + place + 2] + blue


@compiled
def windows(start: Whole, length: Whole, count: Whole, edges: NDArray[np.int64]) -> None:
    """Write the `count` windows along `length` pixels from `start` to `edges`: (count, 2)."""
    for i in range(count):
        edges[2 * i] = start + i * length // count
        edges[2 * i + 1] = start + ((i + 1) * length + count - 1) // count


@compiled
def average(
    sums: Sums,
    at: Whole,
    step: Whole,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    first: Whole,
    last: Whole,
    width: Whole,
    out: Floats,
    out_at: Whole,
) -> None:
    """Write output rows `first` to `last` of the area average, scaled to -1 … 1 as MTCNN wants it.

    The integral image lies at `sums[at:]` with `step` int32 per row; `rows` and `columns` are the
    `windows`, `width` how many columns there are. Row `first` goes to `out[out_at:]`.
    """
    for row in range(first, last):
        top = at + rows[2 * row] * step
        bottom = at + rows[2 * row + 1] * step
        height = rows[2 * row + 1] - rows[2 * row]
        to = out_at + (row - first) * width * 3
        for column in range(width):
            left, right = columns[2 * column], columns[2 * column + 1]
            area = np.float32(height * (right - left))
            left, right = 3 * left, 3 * right
            for channel in range(3):
                total = (
                    sums[bottom + right + channel]
                    - sums[bottom + left + channel]
                    - sums[top + right + channel]
                    + sums[top + left + channel]
                )
                mean = np.float32(np.int32(total)) / area
                out[to + 3 * column + channel] = (mean - np.float32(127.5)) * np.float32(0.0078125)
