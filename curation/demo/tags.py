"""Write the hashtags of a birthday post, as people in the synthetic world do."""

from __future__ import annotations

import numpy as np

ORDINARY = {
    "en": (
        "birthday",
        "happybirthday",
        "party",
        "cake",
        "family",
        "love",
        "instagood",
        "throwback",
        "sunshine",
        "blessed",
        "memories",
    ),
    "ru": (
        "деньрождения",
        "сднемрождения",
        "праздник",
        "семья",
        "торт",
        "любовь",
        "счастье",
        "подарки",
        "друзья",
        "happybirthday",
    ),
}
# Hashtags with a number that is not an age.
MISLEADING = ("30daychallenge", "class2016", "covid19", "80s", "route66", "10yearanniversary")


def age_hashtag(age: float, language: str, rng: np.random.Generator) -> str:
    """Return one hashtag, without its `#`, that states `age` (years; below 1 in whole months)."""
    if age < 1:
        return f"{max(1, round(age * 12))}monthsold"
    years = round(age)
    if years == 16 and rng.random() < 0.4:
        return "sweet16"
    if language == "ru" and years > 1 and rng.random() < 0.7:
        return f"мне{years}{russian_years(years)}"
    forms = [f"{ordinal(years)}birthday", f"turning{years}"]
    if years > 1:
        forms.append(f"{years}yearsold")
    return forms[int(rng.integers(len(forms)))]


def ordinary_hashtags(language: str, rng: np.random.Generator) -> list[str]:
    """Return one to four hashtags, without `#`, that state no age; some hold a number."""
    words = ORDINARY[language]
    chosen = [words[i] for i in rng.permutation(len(words))[: int(rng.integers(1, 4))]]
    if rng.random() < 0.08:
        chosen.append(MISLEADING[int(rng.integers(len(MISLEADING)))])
    return chosen


def ordinal(number: int) -> str:
    """Return an English ordinal: 1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def russian_years(number: int) -> str:
    """Return the form of "years" that follows a number in Russian: 1 год, 2 года, 5 лет."""
    if number % 100 in (11, 12, 13, 14):
        return "лет"
    return {1: "год", 2: "года", 3: "года", 4: "года"}.get(number % 10, "лет")
