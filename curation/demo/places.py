"""Where the people of the synthetic world live: skewed on purpose, so that balancing has work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A country (ISO 3166-1 alpha-2), its share of the authors, and who posts there."""

    country: str
    share: float
    female: float  # share of women among its authors
    language: str  # of its hashtags: "en" or "ru"
    races: tuple[tuple[str, float], ...]


PLACES: tuple[Place, ...] = (
    Place(
        "US",
        0.33,
        0.60,
        "en",
        (
            ("White", 0.55),
            ("Black", 0.15),
            ("Latino_Hispanic", 0.18),
            ("East Asian", 0.08),
            ("Indian", 0.04),
        ),
    ),
    Place(
        "RU", 0.25, 0.66, "ru", (("White", 0.88), ("East Asian", 0.07), ("Middle Eastern", 0.05))
    ),
    Place("BR", 0.15, 0.58, "en", (("Latino_Hispanic", 0.5), ("White", 0.28), ("Black", 0.22))),
    Place("IN", 0.13, 0.36, "en", (("Indian", 0.95), ("Southeast Asian", 0.05))),
    Place("NG", 0.08, 0.42, "en", (("Black", 0.98), ("Middle Eastern", 0.02))),
    Place("TR", 0.06, 0.50, "en", (("Middle Eastern", 0.75), ("White", 0.25))),
)
