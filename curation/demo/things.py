"""Pictures that are not of a real person: landscapes, objects, statues, cartoons."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.demo.canvas import Canvas, ellipse
from curation.demo.person import Person
from curation.demo.portraits import draw_figure, grain
from curation.demo.scene import draw_background, draw_portrait, photograph

STONE = (176.0, 174.0, 168.0)


def draw_landscape(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw ridges under a sky: RGB uint8."""
    width, height = size
    sky, land = rng.uniform(120, 240, 3), rng.uniform(30, 120, 3)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = np.linspace(sky, sky * 0.7 + 60, height)[:, None].clip(0, 255)
    x = np.linspace(0, width, 24)
    for ridge in range(4):
        y = height * (0.40 + 0.15 * ridge) + rng.normal(0, 0.035 * height, 24)
        outline = np.concatenate([np.stack([x, y], 1), [(width, height), (0, height)]])
        shade = tuple(float(c) for c in (land * (1.3 - 0.25 * ridge)).clip(0, 255))
        cv2.fillPoly(picture, [np.round(outline).astype(np.int32)], shade, cv2.LINE_AA)
    return photograph(picture, rng)


def draw_still_life(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw a birthday cake with candles on a table: RGB uint8."""
    width, height = size
    picture = draw_background(rng, size)
    canvas = Canvas(width, height)
    cream, icing, plate = (tuple(float(c) for c in rng.uniform(90, 240, 3)) for _ in range(3))
    x, base = width * float(rng.uniform(0.4, 0.6)), height * float(rng.uniform(0.65, 0.8))
    half, tall = width * float(rng.uniform(0.18, 0.3)), height * float(rng.uniform(0.15, 0.28))
    canvas.fill(ellipse(x, base, half * 1.35, half * 0.28), plate)
    block = [(x - half, base - tall), (x + half, base - tall), (x + half, base), (x - half, base)]
    canvas.fill(np.array(block), cream)
    canvas.fill(ellipse(x, base, half, half * 0.2), cream)
    canvas.fill(ellipse(x, base - tall, half, half * 0.2), icing)
    for share in np.linspace(-0.7, 0.7, int(rng.integers(3, 9))):
        foot, top = base - tall, base - tall - 0.16 * height
        stick = np.array([(x + share * half, foot), (x + share * half, top)])
        canvas.stroke(stick, icing[::-1], 7)
        canvas.fill(ellipse(x + share * half, top - 10, 5, 11), (250, 200, 70), 1.0, 2.0)
    drawn = canvas.to_pixels()
    share_below = 1 - drawn[..., 3:].astype(np.float32) / 255
    return photograph((picture * share_below + drawn[..., :3]).clip(0, 255).astype(np.uint8), rng)


def draw_statue(
    person: Person, age: float, rng: np.random.Generator, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Draw a bust of grey stone: RGB uint8. A face detector may well find its face."""
    width, height = size
    figure = draw_figure(person, age, rng)
    alpha = figure[..., 3].astype(np.float32) / 255
    relief = cv2.cvtColor(figure[..., :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = grain(rng, figure.shape[1], figure.shape[0], 2.0)
    stone = np.clip(0.30 + 0.85 * relief / 255 + 0.03 * rough, 0, 1.25) * alpha
    bust = np.stack([stone * c for c in STONE], -1).clip(0, 255)
    scale = 0.85 * height / figure.shape[0]
    fitted = (round(figure.shape[1] * scale), round(figure.shape[0] * scale))
    fitted_bust = cv2.resize(bust, fitted, interpolation=cv2.INTER_AREA)
    below = 1 - cv2.resize(alpha, fitted, interpolation=cv2.INTER_AREA)[..., None]
    picture = draw_background(rng, size)
    left = (width - fitted[0]) // 2
    region = picture[height - fitted[1] :, left : left + fitted[0]]
    region[:] = (region * below + fitted_bust).clip(0, 255).astype(np.uint8)
    return photograph(picture, rng)


def draw_cartoon(
    person: Person, age: float, rng: np.random.Generator, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Draw a portrait as a comic in few loud colours with black outlines: RGB uint8."""
    portrait = cv2.medianBlur(draw_portrait(person, age, rng, size), 9)
    flat = (portrait // 64) * 64 + 32
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    edges = cv2.dilate(cv2.Canny(grey, 40, 110), np.ones((3, 3), np.uint8))
    flat[edges > 0] = 0
    hue = int(rng.integers(0, 180))
    colours = cv2.cvtColor(flat, cv2.COLOR_RGB2HSV)
    colours[..., 0] = (colours[..., 0].astype(np.int32) + hue) % 180
    colours[..., 1] = np.minimum(colours[..., 1].astype(np.int32) + 70, 255)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_HSV2RGB), np.uint8)
