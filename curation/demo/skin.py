"""The head and its skin: outline, light on the skin, and what age writes on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.demo.canvas import Canvas, Points, curve, ellipse
from curation.demo.looks import CENTRE, CROWN, Looks
from curation.demo.person import Colour, Person


def tinted(colour: Colour, factor: float, red: float = 0.0) -> Colour:
    """Return `colour` times `factor`, with `red` (0 to 255) added to its red."""
    return (
        min(255.0, colour[0] * factor + red),
        min(255.0, colour[1] * factor),
        min(255.0, colour[2] * factor),
    )


def lightened(colour: Colour, share: float) -> Colour:
    """Return `colour` moved by `share` (0 to 1) towards white: light reflected by the skin."""
    return (
        colour[0] + (255 - colour[0]) * share,
        colour[1] + (255 - colour[1]) * share,
        colour[2] + (255 - colour[2]) * share,
    )


def head_outline(looks: Looks, steps: int = 28) -> Points:
    """Return the outline of the head: half an ellipse above, a jaw of the given power below."""
    middle = CROWN + 0.52 * (looks.chin - CROWN)
    down = np.linspace(0, 1, steps)
    jaw = (1 - down**looks.jaw_power) ** 0.55
    jaw = jaw * (1 + looks.cheeks * np.sin(np.pi * down))
    right = np.stack([CENTRE + looks.half_width * jaw, middle + (looks.chin - middle) * down], 1)
    angle = np.linspace(0, np.pi, steps)
    top = np.stack(
        [
            CENTRE - looks.half_width * np.cos(angle),
            middle - (middle - CROWN) * np.sin(angle),
        ],
        1,
    )
    left = right[::-1] * (-1, 1) + (2 * CENTRE, 0)
    return np.concatenate([right, left, top])


def draw_head(canvas: Canvas, person: Person, looks: Looks, grain: NDArray[np.float32]) -> None:
    """Draw ears and the shaded head; `grain` is noise of the canvas's size, mean 0, deviation 1."""
    for side in (-1, 1):
        x = CENTRE + side * (looks.half_width + 3)
        size = 1 + 0.12 * looks.sagging
        ear = ellipse(x, looks.eye_y + 22, 13 * size, 29 * size)
        canvas.fill(ear, tinted(person.skin, 0.86, 6))
        canvas.stroke(
            curve(
                (x - side * 2, looks.eye_y + 4),
                (x + side * 9, looks.eye_y + 18),
                (x, looks.eye_y + 36),
            ),
            tinted(person.skin, 0.66, 8),
            4,
            0.6,
            1.6,
        )
    outline = head_outline(looks)
    left, top = np.floor(outline.min(0)).astype(int) - 2
    right, bottom = np.ceil(outline.max(0)).astype(int) + 3
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(
        mask, [np.round((outline - (left, top)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
    )
    height, width = mask.shape
    across = np.linspace(-1, 1, width)[None, :]
    down = np.linspace(-1, 1, height)[:, None]
    light = 1.06 - 0.26 * np.abs(across) ** 3 - 0.10 * down**4 - 0.05 * down
    shade = light.astype(np.float32)
    texture = grain[top:bottom, left:right] * np.float32(0.028 * looks.roughness)
    shade += texture
    share = mask.astype(np.float32) / 255
    for plane, tone in zip(canvas.planes[:3], person.skin, strict=True):
        region = plane[top:bottom, left:right]
        region += (np.minimum(tone * shade, 255) - region) * share
    alpha = canvas.planes[3, top:bottom, left:right]
    alpha += (255 - alpha) * share


def draw_skin_marks(canvas: Canvas, person: Person, looks: Looks, rng: np.random.Generator) -> None:
    """Draw blush, eye sockets, and what time leaves: acne, age spots, wrinkles, folds, bags."""
    dark = tinted(person.skin, 0.62, 6)
    for side in (-1, 1):
        cheek = ellipse(CENTRE + side * looks.half_width * 0.52, looks.nose_tip + 4, 26, 22)
        canvas.fill(cheek, tinted(person.skin, 0.94, 34), 0.55 * looks.blush, 10)
        socket = ellipse(
            CENTRE + side * looks.eye_dx, looks.eye_y - 4, looks.eye_half_width + 8, 17
        )
        canvas.fill(socket, dark, 0.38, 6)
        canvas.fill(
            ellipse(CENTRE + side * looks.half_width * 0.55, looks.eye_y + 36, 18, 11),
            lightened(person.skin, 0.35),
            0.34,
            7,
        )
    light = lightened(person.skin, 0.32)
    canvas.fill(ellipse(CENTRE, looks.chin - 18, 18, 10), light, 0.3, 6)
    forehead = ellipse(CENTRE, (looks.hairline + looks.brow_y) / 2, looks.half_width * 0.45, 17)
    canvas.fill(forehead, light, 0.3, 9)
    _spots(canvas, looks, rng, round(16 * looks.acne), (2.0, 3.2), tinted(person.skin, 0.80, 30))
    _spots(canvas, looks, rng, round(26 * looks.spots), (1.5, 5.0), tinted(person.skin, 0.68, 8))
    _wrinkles(canvas, looks, rng, tinted(person.skin, 0.52, 4))


def _spots(
    canvas: Canvas,
    looks: Looks,
    rng: np.random.Generator,
    count: int,
    radii: tuple[float, float],
    colour: Colour,
) -> None:
    for _ in range(count):
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0.1, 0.72))
        x = CENTRE + looks.half_width * reach * np.cos(angle)
        y = (CROWN + looks.chin) / 2 + 0.47 * (looks.chin - CROWN) * reach * np.sin(angle)
        radius = rng.uniform(*radii)
        canvas.fill(ellipse(x, y, radius, radius, 10), colour, rng.uniform(0.3, 0.65), 0.9)


def _wrinkles(canvas: Canvas, looks: Looks, rng: np.random.Generator, colour: Colour) -> None:
    w, fold = looks.wrinkles, max(looks.wrinkles, 0.18 * looks.beard)
    w = max(0.0, w - 0.03)
    forehead = []
    top, bottom = looks.hairline + 16, looks.brow_y - 12
    for share in np.linspace(0.1, 0.95, 4):
        y = top + (bottom - top) * share + rng.uniform(-2, 2)
        half = looks.half_width * rng.uniform(0.45, 0.68)
        shift = rng.uniform(-8, 8)
        forehead.append(
            curve(
                (CENTRE - half + shift, y + 5),
                (CENTRE - half / 2 + shift, y - 4),
                (CENTRE + half / 2 + shift, y - 4),
                (CENTRE + half + shift, y + 5),
            )
        )
    canvas.strokes(forehead, colour, 2, 0.6 * w, 1.0)
    frown = [
        curve((CENTRE + s * 7, looks.brow_y + 8), (CENTRE + s * 6, looks.brow_y - 14))
        for s in (-1, 1)
    ]
    canvas.strokes(frown, colour, 2, 0.4 * w, 1.0)
    for side in (-1, 1):
        eye = CENTRE + side * looks.eye_dx
        outer = eye + side * (looks.eye_half_width + 4)
        feet = [
            curve(
                (outer, looks.eye_y + d * 2),
                (outer + side * rng.uniform(14, 22), looks.eye_y + d * 9),
            )
            for d in (-1.1, 0.0, 1.1)
        ]
        canvas.strokes(feet, colour, 2, 0.65 * w, 0.8)
        bag = [
            curve(
                (eye - looks.eye_half_width, looks.eye_y + k),
                (eye, looks.eye_y + k + 12),
                (eye + looks.eye_half_width, looks.eye_y + k),
            )
            for k in (11, 18)
        ]
        canvas.strokes(bag, colour, 2, 0.45 * w, 1.3)
        nasolabial = curve(
            (CENTRE + side * (looks.nose_half_width + 3), looks.nose_tip - 4),
            (CENTRE + side * (looks.mouth_half_width + 8), looks.mouth_y - 16),
            (CENTRE + side * (looks.mouth_half_width + 11), looks.mouth_y + 8),
        )
        canvas.stroke(nasolabial, colour, 3, 0.12 + 0.55 * fold, 1.8 - 0.4 * w)
        jowl = curve(
            (CENTRE + side * (looks.mouth_half_width + 3), looks.mouth_y + 6),
            (CENTRE + side * (looks.mouth_half_width + 8), looks.chin - 22),
        )
        canvas.stroke(jowl, colour, 3, 0.5 * looks.sagging, 1.6)
        cheek = [
            curve(
                (CENTRE + side * looks.half_width * 0.8, looks.eye_y + 46 + 12 * k),
                (
                    CENTRE + side * looks.half_width * (0.62 - 0.04 * k),
                    looks.nose_tip + 18 + 14 * k,
                ),
            )
            for k in range(3)
        ]
        canvas.strokes(cheek, colour, 2, 0.4 * looks.sagging, 1.2)
    neck = [
        curve(
            (CENTRE - 34, looks.chin + k),
            (CENTRE, looks.chin + k + 8),
            (CENTRE + 34, looks.chin + k),
        )
        for k in (14, 26)
    ]
    canvas.strokes(neck, colour, 2, 0.6 * w, 1.0)
