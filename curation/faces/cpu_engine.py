"""The cascade's heavy work on one core: integral images and the three networks, compiled.

P-Net runs down each level of the pyramid row by row, through all its layers: a row is used while
the core's cache still holds it. R-Net and O-Net run crop by crop through their convolutions, and
then over all crops of the batch at once through their dense layers, whose weights are large.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curation.faces.compiled import Whole, compiled
from curation.faces.convolution import Floats, convolve, dense, max_pool, pooled
from curation.faces.integral import Sums, average, integral_size, integrate, windows
from curation.faces.networks import CropNet, ProposalNet, output_net, proposal_net, refine_net
from curation.faces.pyramid import Level, pyramid
from curation.faces.tiles import PIXELS

Edges = NDArray[np.int64]
Boxes = NDArray[np.int64]


class CpuEngine:
    """Integral images of a batch, and what the networks say of its parts. Not for two threads."""

    def __init__(self) -> None:
        self._proposal, self._refine, self._output = proposal_net(), refine_net(), output_net()
        self._sums = np.empty(0, np.int32)
        self._floats: dict[str, Floats] = {}
        self._edges = np.empty(4 * 48, np.int64)

    def load(self, images: Sequence[NDArray[np.uint8]]) -> None:
        """Make `images`, each (H, W, 3) uint8, the batch that the other methods are about."""
        self._shapes = np.array([image.shape[:2] for image in images], np.int64)
        sizes = [integral_size(*image.shape[:2]) for image in images]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        if len(self._sums) < self._starts[-1]:
            self._sums = np.empty(self._starts[-1], np.int32)
        for image, start in zip(images, self._starts, strict=False):
            integrate(image, self._sums, start)

    def propose(
        self, min_faces: Sequence[float], threshold: float
    ) -> list[list[tuple[Level, Floats]]]:
        """Run P-Net over every level of every image.

        Per image and level: (n, 8) float32, column and row of the output, the logits of no face
        and of a face, and the box; of those whose probability may reach `threshold`.
        """
        least = float(np.log(threshold / (1 - threshold))) - 1e-3
        return [
            [(level, self._slide(i, level, least)) for level in pyramid(height, width, min_face)]
            for i, ((height, width), min_face) in enumerate(
                zip(self._shapes.tolist(), min_faces, strict=True)
            )
        ]

    def refine(self, owners: Boxes, boxes: Boxes) -> Floats:
        """Return R-Net's outputs, (n, 6) float32, on the parts `boxes` of the images `owners`."""
        return self._judge(self._refine, owners, boxes)[:, :6]

    def output(self, owners: Boxes, boxes: Boxes) -> Floats:
        """Return O-Net's outputs, (n, 16) float32, on the parts `boxes` of the images `owners`."""
        return self._judge(self._output, owners, boxes)

    def _slide(self, number: int, level: Level, least: float) -> Floats:
        height, width = self._shapes[number].tolist()
        rows, columns = level.height, level.width
        spare = 64 * PIXELS  # the last tile of a narrow row reads and writes beyond it
        outputs = max(1, (rows // 2) * (columns // 2))
        if len(self._edges) < 2 * (rows + columns):
            self._edges = np.empty(2 * (rows + columns), np.int64)
        found = self._room("found", outputs * 8)
        count = _propose(
            self._sums,
            self._starts[number],
            height,
            width,
            rows,
            columns,
            self._proposal,
            least,
            self._edges,
            self._room("level", rows * columns * 3 + spare),
            self._room("conv1", 2 * columns * 16 + spare),
            self._room("pooled", outputs * 10 + (rows + columns) * 10 + spare),
            self._room("conv2", outputs * 16 + spare),
            self._room("conv3", columns * 32 + spare),
            self._room("heads", columns * 16 + spare),
            found,
        )
        return found[: count * 8].reshape(count, 8).copy()

    def _judge(self, net: CropNet, owners: Boxes, boxes: Boxes) -> Floats:
        count = len(boxes)
        rows = max(count, PIXELS)
        features = self._room("features", rows * net.dense.inputs)
        hidden = self._room("hidden", rows * net.dense.outputs)
        said = np.zeros(rows * net.heads.outputs, np.float32)
        wide, narrow = self._room("wide", 46 * 46 * 32), self._room("narrow", 23 * 23 * 32 + 16)
        _look(
            self._sums, self._starts, self._shapes, owners, boxes, net, self._edges, wide, narrow,
            features,
        )  # fmt: skip
        dense(features, count, net.dense, hidden)
        dense(hidden, count, net.heads, said)
        return said.reshape(rows, net.heads.outputs)[:count]

    def _room(self, name: str, size: int) -> Floats:
        """Return a buffer that is kept: fresh memory costs more than what is computed in it."""
        if len(self._floats.get(name, ())) < size:
            self._floats[name] = np.zeros(size, np.float32)
        return self._floats[name]


@compiled
def _propose(
    sums: Sums,
    at: Whole,
    image_height: Whole,
    image_width: Whole,
    rows: Whole,
    columns: Whole,
    net: ProposalNet,
    least: float,
    edges: Edges,
    level: Floats,
    conv1: Floats,
    pool: Floats,
    conv2: Floats,
    conv3: Floats,
    heads: Floats,
    found: Floats,
) -> int:
    """Run P-Net over one level; write what may be faces to `found`, and return how many."""
    zero, one, two = np.int64(0), np.int64(1), np.int64(2)
    across = edges[2 * rows :]
    windows(zero, image_height, rows, edges)
    windows(zero, image_width, columns, across)
    step = (image_width + 1) * 3
    width1 = columns - 2
    height1 = rows - 2
    width_pool = pooled(width1, two)
    width2 = width_pool - 2
    width3 = width2 - 2
    stored, channels = net.conv1.outputs, net.conv2.inputs
    ready: Whole = 0
    count = 0
    for row in range(pooled(height1, two)):
        here = min(2, height1 - 2 * row)  # rows of conv1 under this row of the pool
        wanted = 2 * row + here + 2
        average(sums, at, step, edges, across, ready, wanted, columns, level, 3 * ready * columns)
        ready = wanted
        convolve(level, 6 * row * columns, here + 2, columns, net.conv1, conv1, zero)
        max_pool(conv1, here, width1, stored, channels, two, pool, row * width_pool * channels)
        if row < 2:
            continue
        above, to = (row - 2) * width_pool * channels, (row - 2) * width2 * net.conv2.outputs
        convolve(pool, above, net.conv2.kernel, width_pool, net.conv2, conv2, to)
        if row < 4:
            continue
        above = (row - 4) * width2 * net.conv2.outputs
        convolve(conv2, above, net.conv3.kernel, width2, net.conv3, conv3, zero)
        convolve(conv3, zero, one, width3, net.heads, heads, zero)
        for column in range(width3):
            said = 16 * column
            if heads[said + 1] - heads[said] >= least:
                to = 8 * count
                found[to], found[to + 1] = column, row - 4
                for channel in range(6):
                    found[to + 2 + channel] = heads[said + channel]
                count += 1
    return count


@compiled
def _look(
    sums: Sums,
    starts: Edges,
    shapes: Edges,
    owners: Boxes,
    boxes: Boxes,
    net: CropNet,
    edges: Edges,
    wide: Floats,
    narrow: Floats,
    features: Floats,
) -> None:
    """Cut out every box, resize it, and run the convolutions over it."""
    zero = np.int64(0)
    last = len(net.convolutions) - 1
    down, across = edges[: 2 * net.side], edges[2 * net.side :]
    for n in range(len(boxes)):
        left, top, right, bottom = boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3]
        windows(top, bottom - top, net.side, down)
        windows(left, right - left, net.side, across)
        step = (shapes[owners[n], 1] + 1) * 3
        average(sums, starts[owners[n]], step, down, across, zero, net.side, net.side, narrow, zero)
        side: Whole = net.side
        for number in range(last):
            layer, window = net.convolutions[number], net.pools[number]
            channels = net.convolutions[number + 1].inputs
            convolve(narrow, zero, side, side, layer, wide, zero)
            side -= layer.kernel - 1
            max_pool(wide, side, side, layer.outputs, channels, window, narrow, zero)
            side = pooled(side, window)
        convolve(narrow, zero, side, side, net.convolutions[last], features, n * net.dense.inputs)
