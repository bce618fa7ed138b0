"""A pool of confirmed faces."""

from __future__ import annotations

import pytest
from confirmed import Confirmed


@pytest.fixture
def pool() -> list[Confirmed]:
    """Four countries with more of one gender, two photographs per author."""
    sizes = {"US": (30, 18), "BR": (12, 20), "IN": (9, 14), "NO": (4, 0)}
    faces: list[Confirmed] = []
    for country, (women, men) in sizes.items():
        for gender, count in (("female", women), ("male", men)):
            for place in range(count):
                number = len(faces)
                author = f"{country}-{gender}-{place // 2}"
                age = float(5 + number % 60)
                faces.append(
                    Confirmed(number, author=author, gender=gender, age=age, country=country)
                )
    return faces
