"""Put figures into a picture: background, place, roll, light, lens and sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.demo.looks import CENTRE, CROWN
from curation.demo.person import Person
from curation.demo.portraits import draw_figure

FACE_MIDDLE = (CENTRE, CROWN + 150)  # on the figure's canvas
FACE_HEIGHT = 260.0
FAR = 4  # the background is drawn this much smaller: it is out of focus
EVEN_DEVIATION = 73.9  # of bytes that are drawn evenly from 0 to 255


@dataclass(frozen=True)
class Placement:
    """Where a face goes: its middle (pixels), height (pixels) and roll (degrees)."""

    x: float
    y: float
    height: float
    roll: float


def draw_portrait(
    person: Person, age: float, rng: np.random.Generator, size: tuple[int, int] = (640, 640)
) -> NDArray[np.uint8]:
    """Draw one person at one age somewhere in a picture of `size` (width, height): RGB uint8."""
    width, height = size
    face = float(rng.uniform(0.28, 0.6)) * min(width, height)
    place = Placement(
        x=width * float(rng.uniform(0.34, 0.66)),
        y=float(rng.uniform(0.40, 0.56)) * height,
        height=face,
        roll=float(np.clip(rng.normal(0, 6), -15, 15)),
    )
    return draw_scene([(person, age, place)], rng, size)


def draw_group(
    people: Sequence[tuple[Person, float]],
    rng: np.random.Generator,
    size: tuple[int, int] = (800, 600),
) -> NDArray[np.uint8]:
    """Draw people (person, age) side by side, the first one largest: RGB uint8."""
    width, height = size
    slot = width / len(people)
    order = rng.permutation(len(people))
    figures = []
    for index, (person, age) in enumerate(people):
        face = min(0.62 * slot, 0.42 * height) * (
            1.0 if index == 0 else float(rng.uniform(0.72, 0.85))
        )
        place = Placement(
            x=slot * (float(order[index]) + 0.5) + float(rng.uniform(-0.05, 0.05)) * slot,
            y=height * float(rng.uniform(0.40, 0.5)),
            height=face,
            roll=float(np.clip(rng.normal(0, 4), -9, 9)),
        )
        figures.append((person, age, place))
    figures.reverse()  # the largest stands in front
    return draw_scene(figures, rng, size)


def draw_scene(
    figures: Sequence[tuple[Person, float, Placement]],
    rng: np.random.Generator,
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """Draw figures over a background and photograph them: RGB uint8, (height, width, 3)."""
    picture = draw_background(rng, size)
    for person, age, place in figures:
        _place(picture, draw_figure(person, age, rng), place)
    return photograph(picture, rng)


def draw_background(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw an out-of-focus background of one of four kinds: RGB uint8."""
    kind = int(rng.integers(4))
    near, far = _muted(rng), _muted(rng)
    small = np.empty((40, 40, 3))
    ramp = np.linspace(0, 1, 40, dtype=np.float32)
    if kind == 0:  # a wall, evenly lit from one side
        small[:] = near + (near * 0.6 - near) * ramp[None, :, None]
    elif kind == 1:  # sky and ground
        small[:] = np.where((ramp > rng.uniform(0.45, 0.75))[:, None, None], near * 0.7, far)
    elif kind == 2:  # blotches, as of leaves or a crowd
        coarse = rng.uniform(0, 1, (10, 10))
        blotches = cv2.resize(coarse, (40, 40), interpolation=cv2.INTER_CUBIC)[..., None]
        small[:] = near + (far - near) * np.clip(blotches, 0, 1)
    else:  # stripes, as of curtains or shelves
        stripes = (np.sin(ramp * rng.uniform(12, 60)) > 0).astype(np.float32)
        stripes = stripes[None, :, None] if rng.random() < 0.6 else stripes[:, None, None]
        small[:] = near + (far - near) * 0.5 * stripes
    width, height = size
    shape = -(-width // FAR), -(-height // FAR)
    picture = cv2.resize(
        np.clip(small, 0, 255).astype(np.uint8), shape, interpolation=cv2.INTER_LINEAR
    )
    _clutter(np.asarray(picture), rng)
    picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 2.2)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _clutter(picture: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Draw what stands and hangs behind people: no two photographs have the same."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(5, 18))):
        colour = [float(c) for c in _muted(rng)]
        x, y = int(rng.integers(width)), int(rng.integers(height))
        reach_x, reach_y = (int(r) for r in rng.integers(4, 40, 2))
        kind = int(rng.integers(3))
        if kind == 0:
            cv2.rectangle(picture, (x, y), (x + reach_x, y + reach_y), colour, -1)
        elif kind == 1:
            cv2.circle(picture, (x, y), 2 + reach_x // 3, colour, -1)
        else:
            end = x + reach_x - 20, y + 2 * reach_y - 20
            cv2.line(picture, (x, y), end, colour, int(rng.integers(1, 6)))


def _muted(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a colour that is not too bright and not too loud."""
    grey = rng.uniform(40, 215)
    colour: NDArray[np.float64] = np.clip(grey + rng.normal(0, 26, 3), 15, 240)
    return colour


def photograph(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Give a drawing light from a side, exposure, colour cast, blur and sensor noise."""
    height, width = picture.shape[:2]
    blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.35, 1.3)))
    direction = rng.uniform(0, 2 * np.pi)
    strength = rng.uniform(0.0, 0.28)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light = 1 + strength * (np.cos(direction) * x + np.sin(direction) * y)
    cast = rng.uniform(0.80, 1.14) * np.clip(rng.normal(1, 0.025, 3), 0.92, 1.08)
    gain = cv2.merge([(light * c).astype(np.float32) for c in cast])
    lit = cv2.multiply(blurred.astype(np.float32), gain)
    deviation = float(rng.uniform(0.5, 8.0)) / EVEN_DEVIATION
    noise = rng.integers(0, 256, (height, width, 3), dtype=np.uint8).astype(np.float32)
    shot = cv2.addWeighted(lit, 1.0, noise, deviation, -127.5 * deviation, dtype=cv2.CV_8U)
    return np.asarray(shot, np.uint8)


def _place(picture: NDArray[np.uint8], figure: NDArray[np.uint8], place: Placement) -> None:
    """Lay a figure over `picture`, scaled, rolled and moved, in place."""
    scale, angle = place.height / FACE_HEIGHT, np.deg2rad(place.roll)
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    cx, cy = FACE_MIDDLE
    matrix = np.array([[a, -b, place.x - a * cx + b * cy], [b, a, place.y - b * cx - a * cy]])
    height, width = picture.shape[:2]
    warped = cv2.warpAffine(
        figure, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    rest = 255 - warped[..., 3]
    picture[:] = cv2.add(
        cv2.multiply(picture, cv2.merge([rest, rest, rest]), scale=1 / 255),
        np.ascontiguousarray(warped[..., :3]),
    )
