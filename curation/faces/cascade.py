"""MTCNN's cascade over a batch of images: P-Net proposes, R-Net refines, O-Net decides.

K. Zhang et al., "Joint face detection and alignment using multitask cascaded convolutional
networks", IEEE Signal Processing Letters 23(10), 2016, with the constants and roundings of
facenet-pytorch. What is found in an image does not depend on the others in its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from curation.faces.boxes import Indices, moved, pixel_edges, squared, suppress, suppress_within
from curation.faces.convolution import Floats
from curation.faces.pyramid import CELL, Level

PROPOSED, REFINED, DECIDED = 0.6, 0.7, 0.7  # the least probabilities of the three networks
STRIDE = 2  # level pixels between outputs of P-Net


class Engine(Protocol):
    """What computes: integral images, P-Net over pyramids, R-Net and O-Net over crops."""

    def load(self, images: Sequence[NDArray[np.uint8]]) -> None:
        """Make `images`, each (H, W, 3) uint8, the batch that the other methods are about."""
        ...

    def propose(
        self, min_faces: Sequence[float], threshold: float
    ) -> list[list[tuple[Level, Floats]]]:
        """Return, per image and level from its `min_faces` up, (n, 8) float32 of P-Net's outputs.

        Column, row, the logits of no face and of a face, and the box, of all outputs whose
        probability may reach `threshold`.
        """
        ...

    def refine(self, owners: Indices, boxes: Indices) -> Floats:
        """Return R-Net's two logits and box, (n, 6), of parts of the images `owners`."""
        ...

    def output(self, owners: Indices, boxes: Indices) -> Floats:
        """Return O-Net's two logits, box, five x and five y, (n, 16), of parts of `owners`."""
        ...


class Found(NamedTuple):
    """The faces of one image: boxes (n, 4), scores (n,), landmarks (n, 5, 2), all float32."""

    boxes: Floats
    scores: Floats
    landmarks: Floats


class _Candidates(NamedTuple):
    owners: Indices  # the image of each
    boxes: Floats
    scores: Floats


def cascade(
    engine: Engine, images: Sequence[NDArray[np.uint8]], min_faces: Sequence[float]
) -> list[Found]:
    """Return the faces of each image, (H, W, 3) uint8 RGB, of any sizes, in their order.

    `min_faces` are the sides of the smallest face looked for in each, in pixels, at least 12.
    """
    engine.load(images)
    sizes = np.array([image.shape[:2] for image in images], np.int64).reshape(-1, 2)
    proposals = [_proposals(levels) for levels in engine.propose(min_faces, PROPOSED)]
    owners = np.repeat(np.arange(len(images)), [len(scores) for _, scores in proposals])
    boxes = np.concatenate([boxes for boxes, _ in proposals])
    scores = np.concatenate([scores for _, scores in proposals])
    refined = _refined(engine, _Candidates(owners, boxes, scores), sizes)
    decided, landmarks = _decided(engine, refined, sizes)
    return [
        Found(decided.boxes[mine], decided.scores[mine], landmarks[mine])
        for mine in (decided.owners == number for number in range(len(images)))
    ]


def _proposals(levels: Sequence[tuple[Level, Floats]]) -> tuple[Floats, Floats]:
    """Return the boxes and scores that P-Net proposes for one image."""
    corners: list[Floats] = [np.empty((0, 4), np.float32)]
    scores: list[Floats] = [np.empty(0, np.float32)]
    offsets: list[Floats] = [np.empty((0, 4), np.float32)]
    for level, found in levels:
        probability = face_probability(found[:, 2:4])
        found = found[probability >= np.float32(PROPOSED)]
        probability = probability[probability >= np.float32(PROPOSED)]
        first = STRIDE * found[:, :2] + 1
        ends = np.hstack([first, first + (CELL - 1)]).astype(np.float32)
        square = np.floor(ends / np.float32(level.scale))
        stays = suppress(square, probability, 0.5)
        corners.append(square[stays])
        scores.append(probability[stays])
        offsets.append(found[stays, 4:])
    boxes, probability = np.concatenate(corners), np.concatenate(scores)
    stays = suppress(boxes, probability, 0.7)
    boxes = moved(boxes[stays], np.concatenate(offsets)[stays], 0)
    return squared(boxes), probability[stays]


def _refined(engine: Engine, proposed: _Candidates, sizes: Indices) -> _Candidates:
    owners, boxes = proposed.owners, proposed.boxes
    edges = pixel_edges(boxes, sizes[owners])
    owners, boxes, edges = _inside(edges, owners, boxes, edges)
    said = engine.refine(owners, edges)
    scores = face_probability(said[:, :2])
    sure = scores > np.float32(REFINED)
    owners, boxes, scores, offsets = owners[sure], boxes[sure], scores[sure], said[sure, 2:]
    stays = _per_image(owners, lambda mine: suppress(boxes[mine], scores[mine], 0.7))
    boxes = squared(moved(boxes[stays], offsets[stays], 1))
    return _Candidates(owners[stays], boxes, scores[stays])


def _decided(engine: Engine, refined: _Candidates, sizes: Indices) -> tuple[_Candidates, Floats]:
    owners, boxes = refined.owners, refined.boxes
    edges = pixel_edges(boxes, sizes[owners])
    owners, boxes, edges = _inside(edges, owners, boxes, edges)
    said = engine.output(owners, edges)
    scores = face_probability(said[:, :2])
    sure = scores > np.float32(DECIDED)
    owners, boxes, scores, said = owners[sure], boxes[sure], scores[sure], said[sure]
    sides = boxes[:, 2:] - boxes[:, :2] + np.float32(1)
    shares = np.stack([said[:, 6:11], said[:, 11:16]], axis=2)
    landmarks = sides[:, np.newaxis] * shares + boxes[:, np.newaxis, :2] - np.float32(1)
    boxes = moved(boxes, said[:, 2:6], 1)
    stays = _per_image(owners, lambda mine: suppress_within(boxes[mine], scores[mine], 0.7))
    return _Candidates(owners[stays], boxes[stays], scores[stays]), landmarks[stays]


def face_probability(logits: Floats) -> Floats:
    """Return the softmax probability of a face, (n,) float32, of logits (n, 2), none first."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers[:, 1] / (powers[:, 0] + powers[:, 1]), np.float32)


def _inside(edges: Indices, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """Drop the boxes that have no pixel inside their image."""
    has_pixels = (edges[:, 2] > edges[:, 0]) & (edges[:, 3] > edges[:, 1])
    return [array[has_pixels] for array in arrays]


def _per_image(owners: Indices, choose: Callable[[Indices], Indices]) -> Indices:
    """Choose among the candidates of each image apart; return all that were chosen."""
    chosen: list[Indices] = [np.empty(0, np.int64)]
    for owner in np.unique(owners):
        mine = np.flatnonzero(owners == owner)
        chosen.append(mine[choose(mine)])
    return np.concatenate(chosen)
