"""Draw one person at one age: a figure with transparent surroundings."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.demo.body import draw_body
from curation.demo.canvas import Canvas, curve, ellipse
from curation.demo.features import (
    draw_beard,
    draw_brows,
    draw_eyes,
    draw_glasses,
    draw_mouth,
    draw_nose,
)
from curation.demo.hair import draw_hair_behind, draw_hair_over
from curation.demo.looks import CENTRE, CROWN, Looks, looks_at
from curation.demo.person import Person
from curation.demo.skin import draw_head, draw_skin_marks

WIDTH, HEIGHT = 512, 640


def draw_figure(person: Person, age: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw `person` at `age` (years): (640, 512, 4) uint8, premultiplied red, green, blue, alpha.

    What changes from picture to picture of the same person (gaze, smile, clothes) comes from
    `rng`; who it is and how old comes from the arguments only.
    """
    looks = looks_at(person, age)
    canvas = Canvas(WIDTH, HEIGHT)
    gaze = float(rng.uniform(-2.5, 2.5)), float(rng.uniform(-1, 1))
    smile, teeth = float(rng.uniform(-0.2, 1)), float(rng.uniform(0, 1))
    teeth = teeth if smile > 0.35 and teeth > 0.6 and age > 1 else 0.0

    draw_hair_behind(canvas, person, looks, rng)
    draw_body(canvas, person, looks, rng)
    draw_head(canvas, person, looks, grain(rng, WIDTH, HEIGHT, 1.3))
    draw_skin_marks(canvas, person, looks, rng)
    draw_beard(canvas, person, looks, rng)
    draw_nose(canvas, person, looks)
    draw_mouth(canvas, person, looks, smile, teeth)
    draw_eyes(canvas, person, looks, gaze)
    draw_brows(canvas, person, looks)
    draw_hair_over(canvas, person, looks, rng)
    _adorn(canvas, person, looks, age, rng)
    return canvas.to_pixels()


def grain(rng: np.random.Generator, width: int, height: int, size: float) -> NDArray[np.float32]:
    """Return (height, width) float32 noise, mean 0, deviation 1; `size` is its grain in pixels."""
    noise = rng.integers(0, 256, (height, width), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), size).astype(np.float32)
    smooth -= smooth.mean()
    smooth /= smooth.std()
    return smooth


def _adorn(
    canvas: Canvas, person: Person, looks: Looks, age: float, rng: np.random.Generator
) -> None:
    if person.glasses and age > 5:
        shade = float(rng.uniform(20, 110))
        draw_glasses(canvas, looks, (shade, shade * 0.9, shade * 0.8))
    if person.gender == "female" and age < 4 and rng.random() < 0.7:
        band = curve(
            (CENTRE - looks.half_width - 4, looks.eye_y - 66),
            (CENTRE, CROWN - 22),
            (CENTRE + looks.half_width + 4, looks.eye_y - 66),
        )
        canvas.stroke(band, (226, 110, 150), 11, 0.95, 0.8)
        for side in (-1, 1):
            canvas.fill(ellipse(CENTRE + side * 16, CROWN + 14, 15, 10), (226, 90, 140), 0.95, 0.8)
    if person.earrings and age > 6:
        for side in (-1, 1):
            x = CENTRE + side * (looks.half_width + 4)
            canvas.fill(ellipse(x, looks.eye_y + 56, 5, 6), (232, 206, 120), 1.0, 0.7)
