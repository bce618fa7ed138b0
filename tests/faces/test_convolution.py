"""The compiled arithmetic against torch: convolutions, pooling, area averages, whole networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from curation.faces.boxes import suppress
from curation.faces.convolution import convolve, dense, layer, max_pool, pooled
from curation.faces.integral import average, integral_size, integrate, windows

Floats = NDArray[np.float32]


def noise(*shape: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def channels_first(image: Floats) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None]


@pytest.mark.parametrize(
    ("height", "width", "inputs", "kernel", "outputs"),
    [
        (9, 11, 3, 3, 10),
        (24, 24, 3, 3, 28),
        (11, 11, 28, 3, 48),
        (4, 4, 64, 2, 128),
        (3, 5, 16, 3, 32),
    ],
)
def test_a_convolution_with_prelu_is_torchs(
    height: int, width: int, inputs: int, kernel: int, outputs: int
) -> None:
    image = noise(height, width, inputs)
    weights, bias = noise(outputs, inputs, kernel, kernel, seed=2), noise(outputs, seed=3)
    slopes = noise(outputs, seed=4)
    laid_out = layer(weights, bias, slopes)
    rows, columns = height - kernel + 1, width - kernel + 1
    out = np.full((rows * columns + 6) * laid_out.outputs, np.nan, np.float32)
    source = np.concatenate([image.ravel(), np.zeros(6 * inputs * kernel, np.float32)])
    convolve(source, 0, height, width, laid_out, out, 0)
    found = out[: rows * columns * laid_out.outputs].reshape(rows, columns, -1)[..., :outputs]
    expected = functional.prelu(
        functional.conv2d(channels_first(image), torch.from_numpy(weights), torch.from_numpy(bias)),
        torch.from_numpy(slopes),
    )[0].permute(1, 2, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [1, 5, 6, 7, 40])
def test_each_row_of_a_dense_layer_is_the_same_in_any_company(count: int) -> None:
    rows = noise(48, 576)
    laid_out = layer(noise(128, 576, seed=2), noise(128, seed=3))
    together, alone = np.empty(48 * 128, np.float32), np.empty(48 * 128, np.float32)
    dense(rows.ravel(), 48, laid_out, together)
    dense(rows.ravel(), count, laid_out, alone)
    np.testing.assert_array_equal(alone[: count * 128], together[: count * 128])
    expected = rows @ noise(128, 576, seed=2).T + noise(128, seed=3)
    np.testing.assert_allclose(together.reshape(48, 128), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("height", "width", "channels", "window"),
    [(22, 22, 28, 3), (9, 9, 48, 3), (8, 8, 64, 2), (7, 10, 10, 2), (1, 5, 10, 2)],
)
def test_pooling_rounds_up_as_torch_does(
    height: int, width: int, channels: int, window: int
) -> None:
    stored = -(-channels // 16) * 16
    image = noise(height, width, stored)
    rows, columns = pooled(height, window), pooled(width, window)
    out = np.empty(rows * columns * channels + 16, np.float32)
    max_pool(image.ravel(), height, width, stored, channels, window, out, 0)
    found = out[: rows * columns * channels].reshape(rows, columns, channels)
    expected = functional.max_pool2d(channels_first(image), window, 2, ceil_mode=True)
    np.testing.assert_array_equal(found, expected[0].permute(1, 2, 0)[..., :channels])


@pytest.mark.parametrize(
    ("shape", "part", "size"),
    [
        ((100, 150), (0, 0, 150, 100), (31, 46)),  # a level of the pyramid
        ((37, 41), (0, 0, 41, 37), (37, 41)),  # not resized at all
        ((200, 300), (120, 40, 251, 171), (24, 24)),  # a crop
        ((200, 300), (290, 190, 300, 200), (48, 48)),  # a crop that is enlarged
        ((64, 64), (63, 0, 64, 1), (24, 24)),  # one pixel
    ],
)
def test_area_averages_are_torchs_within_a_millionth(
    shape: tuple[int, int], part: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    image = np.random.default_rng(5).integers(0, 256, (*shape, 3), dtype=np.uint8)
    left, top, right, bottom = part
    pixels = channels_first(image[top:bottom, left:right].astype(np.float32))
    expected = (functional.interpolate(pixels, size=size, mode="area") - 127.5) * 0.0078125
    np.testing.assert_allclose(
        averaged(image, part, size), expected[0].permute(1, 2, 0), rtol=0, atol=1e-6
    )


def test_sums_beyond_two_thousand_million_are_exact_all_the_same() -> None:
    white = np.full((3000, 3400, 3), 255, np.uint8)  # sums up to 2.6e9, more than int32 holds
    found = averaged(white, (0, 0, 3400, 3000), (60, 68))
    np.testing.assert_array_equal(found, np.full((60, 68, 3), (255 - 127.5) / 128, np.float32))


def averaged(
    image: NDArray[np.uint8], part: tuple[int, int, int, int], size: tuple[int, int]
) -> Floats:
    left, top, right, bottom = part
    sums = np.empty(integral_size(*image.shape[:2]), np.int32)
    integrate(image, sums, 0)
    down, across = np.empty(2 * size[0], np.int64), np.empty(2 * size[1], np.int64)
    windows(top, bottom - top, size[0], down)
    windows(left, right - left, size[1], across)
    out = np.empty((*size, 3), np.float32)
    step = (image.shape[1] + 1) * 3
    average(sums, 0, step, down, across, 0, size[0], size[1], out.reshape(-1), 0)
    return out


def test_suppression_keeps_what_torchvision_keeps_in_its_order() -> None:
    from torchvision.ops import nms

    rng = np.random.default_rng(6)
    corners = rng.integers(0, 80, (400, 2)).astype(np.float32)
    boxes = np.hstack([corners, corners + rng.integers(10, 60, (400, 2))]).astype(np.float32)
    scores = rng.permutation(400).astype(np.float32)
    for threshold in (0.3, 0.5, 0.7):
        expected = nms(torch.from_numpy(boxes), torch.from_numpy(scores), threshold)
        np.testing.assert_array_equal(suppress(boxes, scores, threshold), expected)
