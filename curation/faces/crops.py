"""The aligned crop of a picture's main face, for whoever needs no more than that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.faces.align import align


class MainFaceCrop:
    """Cut out the largest face that scores `min_score`; travels to worker processes."""

    def __init__(self, min_face: int = 40, min_score: float = 0.95) -> None:
        self._min_face = min_face
        self._min_score = min_score

    def open(self) -> None:
        """Load the networks of this process, which keeps to one core."""
        import torch

        from curation.faces.detector import Detector

        torch.set_num_threads(1)
        self._detector = Detector(self._min_face)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return the crop, (256, 256, 3) uint8 RGB, of `image`, (H, W, 3); None without a face."""
        faces = self._detector.detect(image)
        sure = [face for face in faces if face.score >= self._min_score]
        return align(image, sure[0].landmarks) if sure else None
