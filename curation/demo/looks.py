"""How a person looks at an age: proportions, skin and hair as plain numbers.

Lengths are pixels of the drawing canvas, on which every head has about the same size: how large
a head is in a picture says nothing of its age. The proportions follow the known growth of the
head: an infant's eyes lie below the middle of the head and are wide open, the face is short and
broad, nose and mouth are small; then the face grows downwards until about twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from curation.demo.person import Colour, Person

CROWN = 110.0  # y of the top of the skull
CENTRE = 256.0  # x of the middle of the face


@dataclass(frozen=True)
class Looks:
    """One face at one age. Lengths in canvas pixels, amounts from 0 to 1."""

    half_width: float
    chin: float
    jaw_power: float  # exponent of the jaw's outline; larger is squarer
    cheeks: float  # roundness added to the lower face
    eye_y: float
    eye_dx: float
    eye_half_width: float
    eye_opening: float
    iris: float
    brow_y: float
    brow_thickness: float
    nose_tip: float
    nose_half_width: float
    mouth_y: float
    mouth_half_width: float
    lip: float
    lip_colour: Colour
    hair_colour: Colour
    brow_colour: Colour
    hair_amount: float
    hair_length: float  # 0 cropped to 1 below the shoulders
    hairline: float  # y of the middle of the hairline
    temples: float  # 0 to 1, how far the hair has receded
    wrinkles: float
    sagging: float
    spots: float
    acne: float
    blush: float
    roughness: float
    beard: float
    stubble: float
    lashes: float


def looks_at(person: Person, age: float) -> Looks:
    """Work out how `person` looks at `age` (years, 0 to about 100)."""
    woman = person.gender == "female"
    child = exp(-((age / 8.5) ** 1.15))  # 1 at birth, 0.58 at 5, 0.3 at 10, 0.07 at 20
    adult = _rise(age, 15.5, 1.6)
    years = age * person.ageing
    wrinkles = _rise(years, 55, 9.0)
    sagging = _rise(years, 64, 7.0)
    grey = _rise(age, person.greying_age, 5.5)
    manly = 0.0 if woman else adult

    def grown(infant: float, full: float) -> float:
        return full + (infant - full) * child

    length = grown(226, 262 + 6 * manly)
    half_width = grown(107, 91 + 4 * manly) * person.face_width

    def level(infant: float, full: float) -> float:
        return CROWN + length * grown(infant, full)

    balding = person.balding * (_rise(age, 44, 9.0) if not woman else _rise(age, 65, 7.0))
    lips = person.lipstick * adult * (1 - 0.5 * sagging)
    skin_lip = tuple(c * k for c, k in zip(person.skin, (0.80, 0.50, 0.50), strict=True))
    lip_colour = _mix(skin_lip, (178.0, 36.0, 58.0), 0.75 * lips + 0.25 * woman)
    hair = _mix(person.hair, (206.0, 204.0, 202.0), grey)
    if woman:
        hair_length = {"long": 1.0, "wavy": 0.9, "ponytail": 0.75, "bob": 0.5, "short": 0.2}[
            person.style
        ] * min(1.0, 0.35 + age / 4)
        if age > 60:
            hair_length *= 0.75
    else:
        hair_length = {"crew": 0.0, "short": 0.06, "side": 0.1, "bob": 0.3}[person.style]
    return Looks(
        half_width=half_width,
        chin=CROWN + length,
        jaw_power=(2.15 + 0.75 * manly - 0.12 * adult * woman) * person.jaw,
        cheeks=0.10 * child + 0.05 * sagging,
        eye_y=level(0.605, 0.495),
        eye_dx=grown(47, 42) * person.eye_distance,
        eye_half_width=grown(23.5, 19.5) * person.eye_size,
        eye_opening=(grown(14.0, 9.2) - 2.2 * sagging) * person.eye_size,
        iris=grown(12.6, 9.6) * person.eye_size,
        brow_y=level(0.605, 0.495) - grown(29, 23 - 3 * manly),
        brow_thickness=grown(3.0, 5.2) * person.brow,
        nose_tip=level(0.745, 0.70) + 4 * sagging,
        nose_half_width=grown(14, 17.5 + 2 * manly) * person.nose + 2 * sagging,
        mouth_y=level(0.855, 0.815),
        mouth_half_width=grown(21, 30 + 2 * manly) * person.mouth,
        lip=grown(7.0, 9.5) * person.lip_fullness * (1 - 0.25 * sagging),
        lip_colour=lip_colour,
        hair_colour=hair,
        brow_colour=_mix(
            _mix(person.hair, person.skin, 0.15 + 0.45 * child), (150, 147, 144), 0.75 * grey
        ),
        hair_amount=min(1.0, 0.12 + age / 2.2) * (1 - 0.85 * balding),
        hair_length=hair_length * (1 if age > 1 else 0.3),
        hairline=CROWN + length * (grown(0.24, 0.21) - 0.14 * balding),
        temples=balding,
        wrinkles=wrinkles,
        sagging=sagging,
        spots=_rise(years, 66, 6.0),
        acne=max(0.0, 1 - abs(age - 15) / 3.5),
        blush=0.5 * child + 0.12 * woman,
        roughness=0.15 + 0.3 * adult + 0.7 * wrinkles,
        beard=person.beard * _rise(age, 21, 1.8) if not woman else 0.0,
        stubble=0.0 if woman else (0.75 * _rise(age, 18.5, 1.5)),
        lashes=(0.55 + 0.45 * adult) if woman else 0.15,
    )


def _rise(x: float, middle: float, width: float) -> float:
    """Rise smoothly from 0 to 1 around `middle`: the logistic function."""
    return 1 / (1 + exp(-(x - middle) / width))


def _mix(a: tuple[float, ...], b: tuple[float, ...], share: float) -> Colour:
    """Mix two colours: `share` of `b`, the rest of `a`."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )
