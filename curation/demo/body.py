"""Neck, shoulders and clothes."""

from __future__ import annotations

import numpy as np

from curation.demo.canvas import Canvas, curve, ellipse
from curation.demo.looks import CENTRE, Looks
from curation.demo.person import Colour, Person
from curation.demo.skin import tinted


def draw_body(canvas: Canvas, person: Person, looks: Looks, rng: np.random.Generator) -> None:
    """Draw neck, shoulders and clothes; the clothes tell nothing of the person."""
    slope = float(rng.uniform(0, 1))
    clothes = _colour(rng)
    child = 1 - min(1.0, looks.nose_tip / 293)
    neck = looks.half_width * (0.62 - 1.2 * child) * (0.9 if person.gender == "female" else 1.06)
    shoulder = looks.chin + 48 - 60 * child
    width = looks.half_width * (2.05 if person.gender == "female" else 2.3) * (1 - 1.2 * child)
    bottom = float(canvas.planes.shape[1])
    throat = np.array(
        [
            (CENTRE - neck, looks.chin - 50),
            (CENTRE + neck, looks.chin - 50),
            (CENTRE + neck * 1.1, shoulder + 20),
            (CENTRE - neck * 1.1, shoulder + 20),
        ]
    )
    canvas.fill(throat, tinted(person.skin, 0.80))
    canvas.fill(
        ellipse(CENTRE, looks.chin - 4, neck * 1.15, 26), tinted(person.skin, 0.58), 0.55, 9.0
    )
    right = curve(
        (CENTRE + neck, shoulder - 16),
        (CENTRE + width * 0.75, shoulder + 6 + 20 * slope),
        (CENTRE + width, shoulder + 34 + 40 * slope),
        (CENTRE + width * 1.02, bottom),
    )
    collar = curve(
        (CENTRE - neck, shoulder - 16), (CENTRE, shoulder + 46), (CENTRE + neck, shoulder - 16)
    )
    left = right[::-1] * (-1, 1) + (2 * CENTRE, 0)
    canvas.fill(np.concatenate([left, collar, right]), clothes)
    _pattern(canvas, shoulder, width, rng)
    canvas.stroke(collar, tinted(clothes, 0.7), 5, 0.8, 1.0)
    for side in (-1, 1):
        fold = curve(
            (CENTRE + side * width * 0.55, shoulder + 60),
            (CENTRE + side * width * 0.42, bottom - 60),
            (CENTRE + side * width * 0.5, bottom),
        )
        canvas.stroke(fold, tinted(clothes, 0.72), 10, 0.5, 6.0)


def _pattern(canvas: Canvas, shoulder: float, width: float, rng: np.random.Generator) -> None:
    """Draw stripes, dots or a print on the clothes, or nothing."""
    kind, colour = int(rng.integers(4)), _colour(rng)
    bottom = float(canvas.planes.shape[1])
    if kind == 0:
        pitch = float(rng.uniform(14, 40))
        rows = np.arange(shoulder + 60, bottom, pitch)
        reach = width * (0.48 + 0.46 * np.minimum(1, (rows - shoulder) / 130))
        lines = [
            np.array([(CENTRE - half, y), (CENTRE + half, y)])
            for y, half in zip(rows, reach, strict=True)
        ]
        canvas.strokes(lines, colour, pitch * 0.4, 0.9, 0.6)
    elif kind == 1:
        for _ in range(int(rng.integers(12, 30))):
            x = CENTRE + width * float(rng.uniform(-0.85, 0.85))
            y = float(rng.uniform(shoulder + 60, bottom))
            canvas.fill(ellipse(x, y, 6, 6, 12), colour, 0.9, 0.6)
    elif kind == 2:
        x, y = CENTRE + float(rng.uniform(-20, 20)), shoulder + float(rng.uniform(90, 140))
        corners = rng.uniform(-1, 1, (5, 2)) * (width * 0.4, 45) + (x, y)
        canvas.fill(corners, colour, 0.9, 0.8)


def _colour(rng: np.random.Generator) -> Colour:
    red, green, blue = (float(c) for c in rng.uniform(30, 225, 3))
    return red, green, blue
