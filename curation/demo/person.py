"""Who a drawn person is: traits that stay the same at every age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Gender = Literal["female", "male"]
Colour = tuple[float, float, float]  # red, green, blue, 0 to 255

# Mean skin tone (red, green, blue) of each group, in FairFace's names, and its hair colours.
SKIN: dict[str, Colour] = {
    "White": (236, 198, 176),
    "East Asian": (234, 197, 164),
    "Middle Eastern": (216, 172, 140),
    "Latino_Hispanic": (206, 158, 124),
    "Southeast Asian": (196, 148, 110),
    "Indian": (166, 116, 82),
    "Black": (110, 74, 54),
}
DARK_HAIR: tuple[Colour, ...] = ((28, 24, 22), (38, 28, 24), (52, 36, 28))
ANY_HAIR: tuple[Colour, ...] = (
    *DARK_HAIR,
    (92, 62, 40),
    (120, 82, 50),
    (176, 134, 82),
    (206, 168, 110),
    (142, 70, 38),
)
LIGHT_EYES: tuple[Colour, ...] = ((92, 122, 150), (96, 120, 88), (104, 76, 50), (70, 48, 34))
DARK_EYES: tuple[Colour, ...] = ((62, 40, 28), (48, 32, 24), (78, 52, 34))

FEMALE_STYLES = ("long", "wavy", "bob", "ponytail", "long", "wavy", "short")
MALE_STYLES = ("short", "crew", "side", "short", "side", "crew", "bob")


@dataclass(frozen=True)
class Person:
    """The traits of one person; lengths are factors around 1, colours are RGB from 0 to 255."""

    gender: Gender
    race: str
    skin: Colour
    hair: Colour
    eyes: Colour
    style: str
    curl: float  # 0 straight to 1 tight curls
    face_width: float
    jaw: float
    eye_size: float
    eye_distance: float
    nose: float
    mouth: float
    brow: float
    lip_fullness: float
    lipstick: float  # 0 to 1, worn by adults
    beard: float  # 0 shaven to 1 full, grown by adult men
    balding: float  # 0 none to 1 early
    greying_age: float  # years at which half of the hair is grey
    ageing: float  # how fast skin ages, a factor around 1
    glasses: bool
    earrings: bool


def make_person(rng: np.random.Generator, gender: Gender, race: str) -> Person:
    """Draw the traits of a person of this gender and race (a key of `SKIN`)."""
    light = race == "White"
    tone = np.array(SKIN[race]) * rng.normal(1.0, 0.05) + rng.normal(0, 3.0, 3)
    hair = _choose(rng, ANY_HAIR if light else DARK_HAIR)
    eyes = _choose(rng, LIGHT_EYES if light else DARK_EYES)
    woman = gender == "female"

    def around_one(spread: float) -> float:
        return float(np.clip(rng.normal(1.0, spread), 1 - 2 * spread, 1 + 2 * spread))

    styles = FEMALE_STYLES if woman else MALE_STYLES
    return Person(
        gender=gender,
        race=race,
        skin=_colour(np.clip(tone, 40, 248)),
        hair=_colour(np.clip(np.array(hair) * rng.normal(1.0, 0.08), 10, 235)),
        eyes=_colour(np.clip(np.array(eyes) + rng.normal(0, 6, 3), 15, 180)),
        style=styles[int(rng.integers(len(styles)))],
        curl=float(rng.uniform(0.6, 1.0) if race == "Black" else rng.uniform(0, 0.35)),
        face_width=around_one(0.035),
        jaw=around_one(0.06),
        eye_size=around_one(0.06) * (1.03 if woman else 0.98),
        eye_distance=around_one(0.03),
        nose=around_one(0.09) * (0.94 if woman else 1.06),
        mouth=around_one(0.06),
        brow=around_one(0.14) * (0.72 if woman else 1.3),
        lip_fullness=around_one(0.12) * (1.15 if woman else 0.85),
        lipstick=float(rng.uniform(0.3, 1.0)) if woman and rng.random() < 0.8 else 0.0,
        beard=float(rng.uniform(0.35, 1.0)) if not woman and rng.random() < 0.45 else 0.0,
        balding=float(rng.uniform(0, 1)) if not woman else float(rng.uniform(0, 0.12)),
        greying_age=float(np.clip(rng.normal(52, 6), 38, 68)),
        ageing=around_one(0.08),
        glasses=bool(rng.random() < 0.15),
        earrings=bool(woman and rng.random() < 0.4),
    )


def _choose(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _colour(values: NDArray[np.float64]) -> Colour:
    return float(values[0]), float(values[1]), float(values[2])
