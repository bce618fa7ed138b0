"""Weights that tell drawn people apart, without any training; and crops of drawn people."""

from __future__ import annotations

from pathlib import Path

import cv2
import torch
from facenet_pytorch import InceptionResnetV1
from faces.drawn_faces import portrait

from curation.dataset.likeness import REGION, SIDE


def crop(seed: int, quality: int = 95) -> bytes:
    """One drawn person; another JPEG quality is another photograph of the same one."""
    picture = cv2.cvtColor(portrait(seed, 256), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def random_weights(path: Path) -> None:
    """Random weights as they are: to such a network everybody looks the same."""
    torch.manual_seed(0)
    torch.save(InceptionResnetV1(pretrained=None, classify=False).state_dict(), path)


def telling_weights(path: Path) -> None:
    """Random weights, the statistics of the normalisations taken from drawn people.

    Strangers' vectors then point in all directions, and those of one picture saved twice in nearly
    the same. The last layer, which released weights have and the program must leave out, is there.
    """
    torch.manual_seed(0)
    network = InceptionResnetV1(pretrained=None, classify=True, num_classes=3).train()
    network.dropout.eval()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            layer.momentum = None  # the mean of all that was seen
    left, top, right, bottom = REGION
    views = [
        cv2.resize(portrait(seed, 256)[top:bottom, left:right], (SIDE, SIDE))
        for seed in range(20, 26)
    ]
    batch = torch.stack([torch.from_numpy(view).permute(2, 0, 1).float() for view in views])
    with torch.no_grad():
        network((batch - 127.5) / 128)
    torch.save(network.state_dict(), path)
