"""Convolutions of small networks on one core, close to what its arithmetic units can do.

Images are channels-last float32 in flat arrays. Every output is the same sum in the same order,
wherever it stands in a tile or a batch: results do not depend on what is computed beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation.faces.compiled import Whole, compiled
from curation.faces.tiles import CHANNELS, PIXELS, maxima, tile

Floats = NDArray[np.float32]


class Layer(NamedTuple):
    """A convolution or a dense layer, with the PReLU after it.

    `weights` is laid out (outputs / 16, kernel, kernel · inputs, 16), flat; `outputs` is rounded up
    to a multiple of 16, the channels added being zero. `slopes` are PReLU's, 1 where none follows.
    """

    kernel: int
    inputs: int
    outputs: int
    weights: Floats
    bias: Floats
    slopes: Floats


def layer(weights: Floats, bias: Floats, slopes: Floats | None = None) -> Layer:
    """Lay out the weights (out, in, k, k) of a convolution, or (out, in) of a dense layer."""
    if weights.ndim == 2:
        weights = weights[:, :, np.newaxis, np.newaxis]
    outputs, inputs, kernel, _ = weights.shape
    padded = -(-outputs // CHANNELS) * CHANNELS
    wide = np.zeros((kernel, kernel * inputs, padded), np.float32)
    wide[..., :outputs] = weights.transpose(2, 3, 1, 0).reshape(kernel, kernel * inputs, outputs)
    blocks = wide.reshape(kernel, kernel * inputs, -1, CHANNELS).transpose(2, 0, 1, 3)
    given = np.ones(outputs, np.float32) if slopes is None else slopes
    return Layer(
        kernel,
        inputs,
        padded,
        np.ascontiguousarray(blocks).ravel(),
        np.pad(bias, (0, padded - outputs)),
        np.pad(given, (0, padded - outputs)),
    )


@compiled
def _next(
    start: Whole, column: Whole, columns: Whole, inputs: Whole, skipped: Whole
) -> tuple[Whole, Whole]:
    """Return where the next output pixel's window starts, and its column."""
    if column + 1 == columns:
        return start + inputs + skipped, 0
    return start + inputs, column + 1


@compiled
def convolve(
    source: Floats, at: Whole, height: Whole, width: Whole, layer: Layer, out: Floats, out_at: Whole
) -> None:
    """Convolve the image (height, width, layer.inputs) at `source[at:]`, without padding.

    Writes (height - k + 1, width - k + 1, layer.outputs) to `out[out_at:]`. Six pixels are always
    computed: where the result has fewer, `source` and `out` need room for the others.
    """
    kernel, inputs, outputs = layer.kernel, layer.inputs, layer.outputs
    columns = width - kernel + 1
    count = (height - kernel + 1) * columns
    run, skipped = kernel * inputs, (kernel - 1) * inputs
    for nth in range(0, count, PIXELS):
        pixel = max(0, min(nth, count - PIXELS))  # the last tile does some pixels again
        column = pixel % columns
        s0 = at + (pixel + pixel // columns * (kernel - 1)) * inputs
        s1, column = _next(s0, column, columns, inputs, skipped)
        s2, column = _next(s1, column, columns, inputs, skipped)
        s3, column = _next(s2, column, columns, inputs, skipped)
        s4, column = _next(s3, column, columns, inputs, skipped)
        s5, column = _next(s4, column, columns, inputs, skipped)
        for channel in range(0, outputs, CHANNELS):
            tile(
                source,
                (s0, s1, s2, s3, s4, s5),
                width * inputs,
                layer.weights,
                channel * kernel * run,
                kernel,
                run,
                layer.bias,
                layer.slopes,
                channel,
                out,
                out_at + pixel * outputs + channel,
                outputs,
            )


@compiled
def dense(source: Floats, count: int, layer: Layer, out: Floats) -> None:
    """Apply a dense layer to `count` rows of `layer.inputs` floats; the arrays hold six or more."""
    inputs = layer.inputs
    for channel in range(0, layer.outputs, CHANNELS):  # outside, so that weights stay in the cache
        for nth in range(0, count, PIXELS):
            row = max(0, min(nth, count - PIXELS))
            s0 = row * inputs
            starts = (
                s0,
                s0 + inputs,
                s0 + 2 * inputs,
                s0 + 3 * inputs,
                s0 + 4 * inputs,
                s0 + 5 * inputs,
            )
            tile(
                source,
                starts,
                0,
                layer.weights,
                channel * inputs,
                1,
                inputs,
                layer.bias,
                layer.slopes,
                channel,
                out,
                row * layer.outputs + channel,
                layer.outputs,
            )


@compiled
def max_pool(
    source: Floats,
    height: Whole,
    width: Whole,
    stored: Whole,
    channels: Whole,
    window: Whole,
    out: Floats,
    out_at: Whole,
) -> None:
    """Take maxima over windows of `window` squared every two pixels, as ceil_mode of torch does.

    `source` holds pixels of `stored` floats, of which the first `channels` are pooled; the result
    has pixels of `channels` floats. The last windows may reach beyond the image. Sixteen channels
    are always written: `out` needs room for those of its last pixel.
    """
    rows, columns = pooled(height, window), pooled(width, window)
    for row in range(rows):
        high = min(window, height - 2 * row)
        for column in range(columns):
            pixel = (2 * row * width + 2 * column) * stored
            to = out_at + (row * columns + column) * channels
            for channel in range(0, channels, CHANNELS):
                maxima(
                    source,
                    pixel + channel,
                    high,
                    width * stored,
                    min(window, width - 2 * column),
                    stored,
                    out,
                    to + channel,
                )


@compiled
def pooled(length: Whole, window: Whole) -> Whole:
    """Return how many windows `max_pool` places along `length` pixels."""
    return (length - window + 1) // 2 + 1
