"""Test-time augmentation: the views of a face over which a finished network's answer is a mean.

A face that is mirrored or moved a little has the same gender and age, but a network says something
a little different of each; the mean as a rule errs less than one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional

from training.choices import Tta as Tta

# How far a corner view is moved along each axis, as a share of the image's side; what lies beyond
# the edge looks like the edge.
SHIFT = 1 / 32


def views_of(images: Tensor, how: Tta) -> Iterator[Tensor]:
    """Yield the views of images (B, 3, S, S), each of the same shape, the images themselves first.

    `ten-crop` is the centre, the four corners, and the mirror images of these five (Krizhevsky,
    Sutskever and Hinton 2012, 4.1).
    """
    for view in _moved(images) if how is Tta.ten_crop else [images]:
        yield view
        if how is not Tta.none:
            yield view.flip(-1)


def _moved(images: Tensor) -> Iterator[Tensor]:
    yield images
    side = images.shape[-1]
    by = max(1, round(SHIFT * side))
    wide = functional.pad(images, (by, by, by, by), mode="replicate")
    for top in (0, 2 * by):
        for left in (0, 2 * by):
            yield wide[..., top : top + side, left : left + side]
