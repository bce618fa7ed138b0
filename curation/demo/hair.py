"""Hair: what falls behind the head, and what grows over it."""

from __future__ import annotations

import numpy as np

from curation.demo.canvas import Canvas, Points, curve, ellipse
from curation.demo.looks import CENTRE, CROWN, Looks
from curation.demo.person import Person
from curation.demo.skin import tinted


def draw_hair_behind(
    canvas: Canvas, person: Person, looks: Looks, rng: np.random.Generator
) -> None:
    """Draw long hair, a bun or a ponytail; it goes under the head, so it is drawn before it."""
    length = looks.hair_length * looks.hair_amount
    if length < 0.18:
        return
    bottom = looks.eye_y + 40 + 250 * length
    volume = 16 + 22 * person.curl + (10 if person.style == "wavy" else 0)
    reach = looks.half_width + volume
    if person.style == "ponytail":
        side = 1 if rng.random() < 0.5 else -1
        tail = np.concatenate(
            [
                curve(
                    (CENTRE, CROWN + 20),
                    (CENTRE + side * 170, CROWN + 20),
                    (CENTRE + side * 150, bottom),
                ),
                curve(
                    (CENTRE + side * 120, bottom + 6),
                    (CENTRE + side * 100, CROWN + 110),
                    (CENTRE + side * 60, CROWN + 60),
                ),
            ]
        )
        canvas.fill(tail, tinted(looks.hair_colour, 0.8), 1.0, 1.5)
        return
    wave = 9.0 if person.style == "wavy" else 2.0 + 6 * person.curl
    y = np.linspace(CROWN + 40, bottom, 30)
    grow = 1 + 0.16 * (y - y[0]) / 300
    sway = wave * np.sin((y - y[0]) / 22 + rng.uniform(0, 6))
    right = np.stack([CENTRE + reach * grow + sway, y], 1)
    left = np.stack([CENTRE - reach * grow + sway, y], 1)[::-1]
    top = ellipse(CENTRE, CROWN + 50, reach, 72)
    canvas.fill(top, tinted(looks.hair_colour, 0.8), 1.0, 1.0)
    canvas.fill(np.concatenate([right, left]), tinted(looks.hair_colour, 0.8), 1.0, 1.5)
    strands = [
        curve(
            (CENTRE + s * (looks.half_width + 4), looks.eye_y - 30),
            (CENTRE + s * reach * rng.uniform(0.95, 1.1), looks.chin - 30),
            (CENTRE + s * reach * rng.uniform(0.75, 1.15), bottom),
        )
        for s in (-1, 1)
        for _ in range(9)
    ]
    canvas.strokes(strands, tinted(looks.hair_colour, 1.25), 2, 0.45, 0.8)


def draw_hair_over(canvas: Canvas, person: Person, looks: Looks, rng: np.random.Generator) -> None:
    """Draw the hair that covers the skull, from the hairline to the outline of the hairdo."""
    amount = looks.hair_amount
    volume = 7 + 17 * looks.hair_length + 20 * person.curl * min(1.0, amount)
    if person.style in ("crew", "short"):
        volume = 6 + 6 * person.curl
    volume *= 0.35 + 0.65 * amount
    cap = _cap(looks, volume, person)
    canvas.fill(cap, looks.hair_colour, min(1.0, 0.10 + 0.95 * amount), 2.2)
    if looks.temples > 0.45 and amount < 0.55:  # what stays when the crown is bare
        for side in (-1, 1):
            x = CENTRE + side * (looks.half_width - 1)
            canvas.fill(ellipse(x, looks.eye_y - 16, 13, 40), looks.hair_colour, 0.9, 3.0)
    if looks.hair_length >= 0.18 and person.style != "ponytail":
        for side in (-1, 1):
            low = looks.eye_y + 20 + 130 * min(0.75, looks.hair_length)
            edge = CENTRE + side * (looks.half_width + volume)
            lock = np.concatenate(
                [
                    curve(
                        (CENTRE + side * looks.half_width * 0.75, looks.hairline + 16),
                        (CENTRE + side * looks.half_width * 0.98, looks.eye_y),
                        (CENTRE + side * (looks.half_width + 1), low),
                    ),
                    curve(
                        (edge, low),
                        (edge + side * 3, looks.eye_y),
                        (CENTRE + side * looks.half_width, CROWN + 50),
                    ),
                ]
            )
            canvas.fill(lock, looks.hair_colour, 0.96 * amount, 1.5)
    _strands(canvas, person, looks, volume, rng)


def _cap(looks: Looks, volume: float, person: Person) -> Points:
    """Return the region between the outline of the hairdo and the hairline."""
    middle = CROWN + 0.52 * (looks.chin - CROWN)
    start = looks.eye_y - 8
    angle = np.linspace(0.0, np.pi, 40)
    outer = np.stack(
        [
            CENTRE - (looks.half_width + volume * 0.75) * np.cos(angle),
            middle - (middle - CROWN + volume) * np.sin(angle) ** 0.92,
        ],
        1,
    )
    outer[:, 1] = np.minimum(outer[:, 1], start)
    line, temple = looks.hairline, 30 * looks.temples
    parted = -26.0 if person.style in ("side", "bob") else 0.0
    right = curve(
        (CENTRE + looks.half_width * 0.98, start),
        (CENTRE + looks.half_width * 0.93, line + 26 - temple),
        (CENTRE + looks.half_width * 0.62, line - 2 - 1.6 * temple),
        (CENTRE + parted, line - 6),
    )
    left = curve(
        (CENTRE + parted, line - 6),
        (CENTRE - looks.half_width * 0.62, line - 2 - 1.6 * temple),
        (CENTRE - looks.half_width * 0.93, line + 26 - temple),
        (CENTRE - looks.half_width * 0.98, start),
    )
    return np.concatenate([outer, right, left])


def _strands(
    canvas: Canvas, person: Person, looks: Looks, volume: float, rng: np.random.Generator
) -> None:
    """Draw single strands, light and dark, so that hair does not look like a helmet."""
    if looks.hair_amount < 0.55:
        return
    middle = CROWN + 0.52 * (looks.chin - CROWN)
    for factor in (0.62, 1.4):
        lines = []
        for angle in rng.uniform(0.12, 0.88, 16) * np.pi:
            reach = rng.uniform(0.86, 0.99)
            x = CENTRE - (looks.half_width + volume * 0.6) * reach * np.cos(angle)
            y = middle - (middle - CROWN + volume * 0.8) * reach * np.sin(angle)
            if y > looks.hairline and abs(x - CENTRE) < looks.half_width * 0.8:
                continue
            if person.curl > 0.5:
                lines.append(ellipse(x, y, 4, 4, 8))
            else:
                toward = (CENTRE + (x - CENTRE) * 0.75, y + rng.uniform(-14, 2))
                lines.append(curve((x, y), ((x + toward[0]) / 2, y - 8), toward, steps=6))
        canvas.strokes(lines, tinted(looks.hair_colour, factor), 1.6, 0.5, 0.6)
