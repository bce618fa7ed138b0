"""Which face of an image is the main one, and why an image may have none that can be used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from curation.faces.detector import DetectedFace
from curation.faces.quality import Quality, size
from curation.settings import DetectSettings
from curation.stages import Rejected


@dataclass(frozen=True)
class MeasuredFace:
    """A face and what it is worth."""

    face: DetectedFace
    quality: Quality


def main_face_first(
    faces: Sequence[MeasuredFace], width: int, height: int, settings: DetectSettings
) -> list[MeasuredFace]:
    """Return the faces with the main one first, the others from the largest to the smallest.

    The main face is the largest; with `several_faces = "central"` the one nearest to the centre
    of the image among those of at least `min_face` pixels.
    """
    ordered = sorted(faces, key=lambda found: -found.face.area)
    large = [found for found in ordered if size(found.face) >= settings.min_face]
    if settings.several_faces == "central" and large:
        main = min(large, key=lambda found: _from_centre(found.face, width, height))
        ordered.remove(main)
        ordered.insert(0, main)
    return ordered


def objection(
    found: Sequence[DetectedFace], sure: Sequence[MeasuredFace], settings: DetectSettings
) -> Rejected | None:
    """Return why an image is set aside, or None when its main face, `sure[0]`, can be used.

    `found` are all faces, `sure` those that reach `min_score`, the main one first. Reasons are
    `no-face`, `too-small`, `several-faces`, `too-turned` and `too-blurred`, in this order.
    """
    if not sure:
        best = max((face.score for face in found), default=0.0)
        unsure = f"the surest has a score of {best:.2f}, below {settings.min_score:g}"
        return Rejected("no-face", unsure if found else "")
    large = [one for one in sure if size(one.face) >= settings.min_face]
    if not large:
        largest = max(size(one.face) for one in sure)
        return Rejected(
            "too-small", f"the largest face has {largest:.0f} pixels, below {settings.min_face}"
        )
    if len(large) > 1 and settings.several_faces == "reject":
        return Rejected("several-faces", f"{len(large)} faces")
    if len(large) > 1 and settings.several_faces == "prominent":
        ratio = large[0].face.area / large[1].face.area
        if ratio < settings.prominent_ratio:
            return Rejected(
                "several-faces",
                f"{len(large)} faces, the largest {ratio:.1f} times the area of the second, "
                f"below {settings.prominent_ratio:g}",
            )
    quality = sure[0].quality
    for name, angle, most in (
        ("to the side", quality.yaw, settings.max_yaw),
        ("up or down", quality.pitch, settings.max_pitch),
    ):
        if abs(angle) > most:
            return Rejected("too-turned", f"{abs(angle):.0f}° {name}, above {most:g}")
    if quality.sharpness < settings.min_sharpness:
        return Rejected(
            "too-blurred", f"sharpness {quality.sharpness:.2f}, below {settings.min_sharpness:g}"
        )
    return None


def _from_centre(face: DetectedFace, width: int, height: int) -> float:
    x1, y1, x2, y2 = face.box
    return math.hypot((x1 + x2 - width) / 2, (y1 + y2 - height) / 2)
