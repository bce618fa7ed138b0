"""Eyes, brows, nose, mouth, beard and glasses."""

from __future__ import annotations

import numpy as np

from curation.demo.canvas import Canvas, curve, ellipse
from curation.demo.looks import CENTRE, Looks
from curation.demo.person import Person
from curation.demo.skin import lightened, tinted

EYE_WHITE = (238.0, 236.0, 232.0)
BLACK = (14.0, 12.0, 12.0)


def draw_eyes(canvas: Canvas, person: Person, looks: Looks, gaze: tuple[float, float]) -> None:
    """Draw both eyes with lids and lashes; `gaze` shifts the irises (pixels)."""
    lid = tinted(person.skin, 0.42, 4)
    for side in (-1, 1):
        x, y = CENTRE + side * looks.eye_dx, looks.eye_y
        half, opening = looks.eye_half_width, looks.eye_opening
        inner, outer = (x - side * half, y + 2.0), (x + side * half, y - 1.0)
        upper = curve(
            inner,
            (x - side * half * 0.4, y - 2.1 * opening),
            (x + side * half * 0.55, y - 1.9 * opening),
            outer,
        )
        lower = curve(
            outer,
            (x + side * half * 0.4, y + 1.4 * opening),
            (x - side * half * 0.5, y + 1.3 * opening),
            inner,
        )
        almond = np.concatenate([upper, lower])
        canvas.fill(almond, EYE_WHITE, 1.0, 0.6)
        centre = x + gaze[0], y - 0.12 * opening + gaze[1]
        iris = ellipse(*centre, looks.iris, looks.iris)
        iris[:, 1] = np.clip(iris[:, 1], y - 1.35 * opening, y + 0.98 * opening)
        canvas.fill(iris, tinted(person.eyes, 0.55), 1.0, 0.7)
        inside = ellipse(*centre, looks.iris * 0.78, looks.iris * 0.78)
        inside[:, 1] = np.clip(inside[:, 1], y - 1.3 * opening, y + 0.95 * opening)
        canvas.fill(inside, person.eyes, 0.9, 0.8)
        canvas.fill(ellipse(*centre, looks.iris * 0.42, looks.iris * 0.42, 16), BLACK, 1.0, 0.5)
        canvas.fill(
            ellipse(centre[0] - 2.5, centre[1] - 3.0, 2.2, 2.2, 10), (255, 255, 255), 0.9, 0.4
        )
        canvas.stroke(upper, (40, 30, 28), 1.5 + 2.6 * looks.lashes, 0.85, 0.7)
        canvas.stroke(lower, lid, 1.5, 0.45, 0.7)
        crease = upper[2:] - np.array([0, 3.5 + 0.25 * opening])
        canvas.stroke(crease, lid, 2, 0.40 + 0.3 * looks.sagging, 1.2)
        if looks.lashes > 0.4:
            wing = curve(
                outer, (outer[0] + side * 5, outer[1] - 2), (outer[0] + side * 9, outer[1] - 7)
            )
            canvas.stroke(wing, (40, 30, 28), 2.2, 0.8 * looks.lashes, 0.5)


def draw_brows(canvas: Canvas, person: Person, looks: Looks) -> None:
    """Draw both brows: thick and level on men, thin and arched on women, faint on infants."""
    arch = 9.0 if person.gender == "female" else 4.0
    reach = looks.eye_half_width + 5
    for side in (-1, 1):
        x = CENTRE + side * looks.eye_dx
        line = curve(
            (x - side * reach, looks.brow_y + 5),
            (x, looks.brow_y - arch),
            (x + side * reach * 0.7, looks.brow_y - arch),
            (x + side * (reach + 5), looks.brow_y + 5),
        )
        canvas.stroke(line, looks.brow_colour, 1.0 + 1.3 * looks.brow_thickness, 0.82, 1.4)


def draw_nose(canvas: Canvas, person: Person, looks: Looks) -> None:
    """Draw the nose by its shadows: bridge, wings, nostrils, and the light on its tip."""
    dark, tip, half = tinted(person.skin, 0.55, 4), looks.nose_tip, looks.nose_half_width
    for side in (-1, 1):
        bridge = curve(
            (CENTRE + side * 13, looks.brow_y + 12),
            (CENTRE + side * 7, (looks.eye_y + tip) / 2),
            (CENTRE + side * half * 0.85, tip - 8),
        )
        canvas.stroke(bridge, dark, 6, 0.36, 3.2)
        wing = curve(
            (CENTRE + side * half * 0.8, tip - 12),
            (CENTRE + side * (half + 5), tip - 2),
            (CENTRE + side * half * 0.6, tip + 6),
        )
        canvas.stroke(wing, dark, 3, 0.72, 1.5)
        nostril = ellipse(CENTRE + side * half * 0.47, tip + 2, half * 0.28, 3.2, 16)
        canvas.fill(nostril, tinted(person.skin, 0.25), 0.85, 1.0)
    base = curve((CENTRE - half * 0.6, tip + 6), (CENTRE, tip + 10), (CENTRE + half * 0.6, tip + 6))
    canvas.stroke(base, dark, 3, 0.45, 1.6)
    light = curve((CENTRE, looks.eye_y), (CENTRE, tip - 8))
    canvas.stroke(light, lightened(person.skin, 0.4), 6, 0.36, 3.2)
    canvas.fill(ellipse(CENTRE, tip - 6, 6, 5, 16), lightened(person.skin, 0.5), 0.42, 2.4)


def draw_mouth(canvas: Canvas, person: Person, looks: Looks, smile: float, teeth: float) -> None:
    """Draw the lips; `smile` lifts the corners (-0.3 to 1), `teeth` (0 to 1) opens the mouth."""
    y, half, lip = looks.mouth_y, looks.mouth_half_width * (1 + 0.12 * smile), looks.lip
    lift, gap = 7 * smile, 1.5 + 9 * teeth
    left, right = (CENTRE - half, y - lift), (CENTRE + half, y - lift)
    upper = curve(
        left,
        (CENTRE - half * 0.45, y - lip * 1.5),
        (CENTRE, y - lip * 0.45),
        (CENTRE + half * 0.45, y - lip * 1.5),
        right,
    )
    lower = curve(
        right,
        (CENTRE + half * 0.5, y + gap + lip * 1.9 + lift),
        (CENTRE - half * 0.5, y + gap + lip * 1.9 + lift),
        left,
    )
    canvas.fill(np.concatenate([upper, lower]), looks.lip_colour, 0.95, 1.1)
    parting = curve(left, (CENTRE, y + lift * 1.6), right)
    if teeth > 0.15:
        low = curve(right, (CENTRE, y + lift * 1.6 + 2 * gap), left)
        opened = np.concatenate([parting, low])
        canvas.fill(opened, (60, 20, 24), 0.95, 0.8)
        smaller = (opened - (CENTRE, y)) * (0.84, 0.8) + (CENTRE, y)
        canvas.fill(smaller, (236, 232, 222), 0.95, 0.8)
    else:
        canvas.stroke(parting, tinted(looks.lip_colour, 0.32), 4, 0.95, 0.9)
    shine = ellipse(CENTRE, y + gap + lip * 0.9 + lift * 0.9, half * 0.3, 2.2, 16)
    canvas.fill(shine, tinted(looks.lip_colour, 1.35), 0.4, 1.6)
    below = y + gap + lip * 1.7 + lift
    shadow = curve((CENTRE - half * 0.5, below), (CENTRE, below + 5), (CENTRE + half * 0.5, below))
    canvas.stroke(shadow, tinted(person.skin, 0.55, 4), 5, 0.5, 2.6)


def draw_beard(canvas: Canvas, person: Person, looks: Looks, rng: np.random.Generator) -> None:
    """Draw stubble on grown men's jaws, and a beard and moustache on those who wear one."""
    if looks.stubble <= 0.02 and looks.beard <= 0.02:
        return
    width = looks.half_width
    top = looks.mouth_y - 26
    outer = [
        curve(
            (CENTRE + s * width * 0.97, top - 22),
            (CENTRE + s * width * 0.98, looks.chin - 34),
            (CENTRE + s * width * 0.45, looks.chin + 3),
            (CENTRE, looks.chin + 4 + 14 * looks.beard),
        )
        for s in (-1, 1)
    ]
    inner = [
        curve(
            (CENTRE, looks.mouth_y - 15),
            (CENTRE + s * width * 0.52, looks.mouth_y - 20),
            (CENTRE + s * width * 0.72, looks.mouth_y + 6),
            (CENTRE + s * width * 0.9, top - 26),
        )
        for s in (1, -1)
    ]
    shape = np.concatenate([outer[0], outer[1][::-1], inner[0][::-1], inner[1]])
    dark = _mean(person.skin, looks.brow_colour, 0.55)
    canvas.fill(shape, dark, 0.30 * looks.stubble, 6)
    if looks.beard > 0.02:
        canvas.fill(shape, looks.hair_colour, 0.12 + 0.55 * looks.beard, 4.5)
        hairs = []
        for _ in range(round(60 * looks.beard)):
            side, share = rng.choice((-1, 1)), rng.uniform(0, 1)
            x = CENTRE + side * width * (0.85 - 0.75 * share)
            y = looks.mouth_y + 2 + (looks.chin - looks.mouth_y - 2) * share
            hairs.append(np.array([(x, y), (x + rng.uniform(-4, 4), y + rng.uniform(6, 13))]))
        canvas.strokes(hairs, tinted(looks.hair_colour, 1.3), 1.2, 0.5 * looks.beard)
        for side in (-1, 1):
            moustache = curve(
                (CENTRE, looks.mouth_y - 13),
                (CENTRE + side * looks.mouth_half_width * 0.6, looks.mouth_y - 15),
                (CENTRE + side * (looks.mouth_half_width + 5), looks.mouth_y + 2),
            )
            canvas.stroke(moustache, looks.hair_colour, 7, 0.75 * looks.beard, 1.8)


def draw_glasses(canvas: Canvas, looks: Looks, colour: tuple[float, float, float]) -> None:
    """Draw thin-rimmed glasses."""
    frames = []
    for side in (-1, 1):
        x = CENTRE + side * looks.eye_dx
        rim = ellipse(x, looks.eye_y + 3, looks.eye_half_width + 9, looks.eye_half_width + 3)
        frames.append(np.concatenate([rim, rim[:1]]))
        outer = x + side * (looks.eye_half_width + 9)
        ear = CENTRE + side * (looks.half_width + 4)
        frames.append(np.array([(outer, looks.eye_y - 2), (ear, looks.eye_y - 5)]))
    bridge = looks.eye_dx - looks.eye_half_width - 9
    frames.append(
        curve(
            (CENTRE - bridge, looks.eye_y),
            (CENTRE, looks.eye_y - 7),
            (CENTRE + bridge, looks.eye_y),
        )
    )
    canvas.strokes(frames, colour, 3, 0.85, 0.5)


def _mean(
    a: tuple[float, float, float], b: tuple[float, float, float], share: float
) -> tuple[float, float, float]:
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )
