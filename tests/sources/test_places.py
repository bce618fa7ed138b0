"""Countries from coordinates and from names: right at borders and on islands, never a guess."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from curation.sources.countries import ALPHA_3, COUNTRIES, country_code
from curation.sources.places import country_at, country_named, read_place
from curation.sources.post import Post
from curation.sources.where import post_country

TABLE = (Path(__file__).parent / "points.csv").read_text(encoding="utf-8")
POINTS = list(csv.DictReader(TABLE.splitlines()))

# What the simplified polygons do not tell apart; docs/collecting.md says so.
KNOWN_WRONG = {"Baarle-Nassau", "Madha (enclave of Oman in the Emirates)", "Stanstead"}


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point["what"])
def test_a_point_is_in_its_country(point: dict[str, str]) -> None:
    found = country_at(float(point["latitude"]), float(point["longitude"])) or ""
    if point["what"] in KNOWN_WRONG:
        assert found != point["country"], "it is told right now: take it off the list and the docs"
    else:
        assert found == point["country"]


@pytest.mark.parametrize("point", [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_degrees_that_are_none_are_nowhere(point: tuple[float, float]) -> None:
    assert country_at(*point) is None


def test_ten_thousand_points_take_less_than_a_second() -> None:
    random = np.random.default_rng(1)
    points = np.column_stack([random.uniform(-60, 75, 10_000), random.uniform(-180, 180, 10_000)])
    country_at(0, 0)
    started = time.process_time()
    found = [country_at(latitude, longitude) for latitude, longitude in points.tolist()]
    assert time.process_time() - started < 1.0
    assert {code for code in found if code} <= COUNTRIES


NAMED = {
    "NG": ["Lagos, Nigeria", "Lagos Nigeria", "NIGERIA", "Abuja", "🇳🇬 home", "Port Harcourt, NG"],
    "BR": ["São Paulo - Brasil", "sao paulo", "Rio de Janeiro, RJ", "Бразилия", "ブラジル"],
    "RU": ["Москва", "Moscow, Russia", "Moskau", "СПб", "Россия, Казань", "Moscow"],
    "JP": ["東京", "東京都渋谷区", "Tokyo", "日本", "Osaka, Japan", "大阪府大阪市"],
    "US": [
        "NYC", "Paris, Texas", "Springfield, IL", "Atlanta, Georgia", "Portland, OR", "Brooklyn",
        "Los Angeles, CA", "Athens, Georgia", "San Jose, CA", "Moscow, Idaho", "USA", "Ohio",
        "St. Petersburg, FL", "Washington, DC", "Birmingham, AL", "Cambridge, Massachusetts",
    ],
    "FR": ["Paris", "75001 Paris", "Nice, France", "Frankreich", "Париж", "巴黎"],
    "GE": ["Tbilisi, Georgia", "Батуми, Грузия", "Тбилиси"],
    "CA": ["Toronto, CA", "London, Ontario", "Victoria, British Columbia", "Québec"],
    "GB": ["London", "Birmingham, UK", "Scotland", "Cambridge, England", "Лондон", "Belfast"],
    "DE": ["München", "Berlin, DE", "Köln", "Deutschland", "Germania", "बर्लिन"],
    "TR": ["İstanbul, Türkiye", "istanbul", "ANKARA", "Turkey", "Turquía"],
    "IN": ["भारत", "Mumbai, Maharashtra", "New Delhi", "Kerala"],
    "KR": ["서울특별시 강남구", "Seoul, Korea", "대한민국"],
    "CN": ["北京市朝阳区", "Beijing, China", "上海"],
    "EG": ["القاهرة", "مصر"],
    "IL": ["Tel Aviv, IL"],
    "PK": ["Lahore, Punjab"],
    "AU": ["Victoria, Australia", "Perth", "Sydney NSW"],
    "ID": ["Kuta, Bali", "Jakarta"],
    "CL": ["Santiago, Chile"],
    "MX": ["CDMX", "Guadalajara, Jalisco", "Mexico"],
    "CD": ["Kinshasa, DR Congo"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for code, names in NAMED.items() for name in names]
)
def test_a_name_tells_the_country(name: str, code: str) -> None:
    assert country_named(name) == code


@pytest.mark.parametrize(
    "name",
    [
        "", "Home", "Georgia", "Springfield", "Santiago", "Victoria", "Punjab", "Congo",
        "CA", "DE", "Birmingham", "San José", "Korea", "Little Italy", "Café Cuba",
        "China Town Restaurant",
        "my bed", "Earth", "St. Petersburg", "Cambridge", "Hyderabad", "New", "Me", "IN", "OR",
        "Paris Hilton", "Jordan Peterson", "🎂🎈", "12345", "Valencia", "Guinea pig",
        "at work, bored", "OK", "no", "it",
    ],
)  # fmt: skip
def test_a_name_that_may_be_in_several_countries_or_in_none_tells_nothing(name: str) -> None:
    assert country_named(name) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [("NG", "NG"), ("ng", "NG"), ("NGA", "NG"), ("UK", "GB"), ("gbr", "GB"), ("EL", "GR"),
     ("", None), ("XX", None), ("Nigeria", None), ("N", None)],
)  # fmt: skip
def test_iso_codes_of_two_and_three_letters_are_read(written: str, code: str | None) -> None:
    assert country_code(written) == code


def test_all_249_countries_have_both_codes() -> None:
    assert len(COUNTRIES) == len(ALPHA_3) == 249
    assert all(len(long) == 3 and len(short) == 2 for long, short in ALPHA_3.items())


LAGOS = (6.5244, 3.3792)


@pytest.mark.parametrize(
    ("told", "code", "rule", "confidence"),
    [
        ({"country": "NG"}, "NG", "iso", 0.95),
        ({"coordinates": LAGOS}, "NG", "coordinates", 0.95),
        ({"place": "Lagos, Nigeria"}, "NG", "place", 0.85),
        ({"place": "Lagos"}, "NG", "place", 0.75),
        ({"country": "NG", "coordinates": LAGOS, "place": "Lagos"}, "NG", "iso", 0.95),
        ({"coordinates": LAGOS, "place": "Paris"}, "NG", "coordinates", 0.5),
        ({"country": "FR", "coordinates": LAGOS}, "FR", "iso", 0.5),
        ({"coordinates": (0.0, -30.0), "place": "Dakar, Senegal"}, "SN", "place", 0.85),
    ],
)
def test_the_field_goes_before_coordinates_and_these_before_the_name(
    told: dict[str, object], code: str, rule: str, confidence: float
) -> None:
    found = post_country(Post("1", (), **told))  # type: ignore[arg-type]
    assert found is not None
    assert (found.code, found.rule, found.confidence) == (code, rule, confidence)
    assert str(LAGOS[0]) not in repr(found)
    assert "Lagos" not in repr(found)


def test_a_post_that_tells_no_place_has_no_country() -> None:
    assert post_country(Post("1", (), place="Home", coordinates=(0.0, 0.0))) is None


def test_what_was_recognised_is_said_and_not_the_name() -> None:
    kinds = [read_place(name) for name in ("Nigeria", "Ohio", "Lagos")]
    assert [found.kind for found in kinds if found] == ["country", "region", "city"]
