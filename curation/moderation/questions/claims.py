"""The age that a post claims, as moderators see it, and the data of a task."""

from __future__ import annotations

from functools import lru_cache

from curation.moderation.questions.languages import WORDINGS
from curation.moderation.questions.wording import Wording

EXTERNAL_ID = "face"  # the field of a task's data that holds our own id of the task
MONTHS_SHOWN_BELOW = 2.0  # years; younger children are told apart by months
# Half the width of the band within which a claim fits: a part that does not depend on the age, and
# a share of it, for people misjudge ages in proportion to them.
BAND = (0.5, 0.2)  # years
MONTH_BAND = (2.0, 0.2)  # months, for claims that are shown in months
CHILD_BELOW = 13.0  # years; nobody takes an adult for younger


def age_band(years: float) -> tuple[float, float]:
    """Return from which age to which (years) a person may look whose claimed age fits.

    Half the band is 1 year at 2, 2 years at 7, 6 years at 30 and 12 years at 60.
    """
    if years < MONTHS_SHOWN_BELOW:
        months = round(years * 12)
        width = round(MONTH_BAND[0] + MONTH_BAND[1] * months)
        return max(0, months - width) / 12, (months + width) / 12
    width = max(1, round(BAND[0] + BAND[1] * years))
    return max(0.0, years - width), years + width


@lru_cache(maxsize=10_000)  # there are few ages, and many tasks
def claim_in_language(years: float, language: str) -> str:
    """Return the claim in the words of a language by its code."""
    return claim_in_words(years, WORDINGS[language])


def claim_in_words(years: float, wording: Wording) -> str:
    """Return "Claimed age: 7 years ± 2 (5 to 9), a child" in the words of a language."""
    low, high = age_band(years)
    scale = 12 if years < MONTHS_SHOWN_BELOW else 1
    numbers = [round(value * scale, 1) for value in (high - years, low, high)]
    width, first, last = (number_in_words(number, wording) for number in numbers)
    band = wording.band.format(width=width, low=first, high=last)
    child = wording.child if years < CHILD_BELOW else ""
    return f"{wording.claim} {age_in_words(years, wording)} {band}{child}"


def age_in_words(years: float, wording: Wording) -> str:
    """Return an age as people say it: "7 years", "6 months" for the youngest."""
    if years < MONTHS_SHOWN_BELOW:
        months = round(years * 12)
        return f"{months} {wording.months(months)}"
    return f"{number_in_words(years, wording)} {wording.years(years)}"


def number_in_words(number: float, wording: Wording) -> str:
    """Return a number with the language's decimal sign."""
    return f"{number:g}".replace(".", wording.decimal)


def task_data(
    external_id: str, crop_url: str, photo_url: str, claimed_age: float
) -> dict[str, str]:
    """Return the data of one Label Studio task. The age is in years.

    The claim is there in every language, so that the screen may be shown in any of them later.
    """
    claims = {
        f"claim_{language}": claim_in_language(claimed_age, language) for language in WORDINGS
    }
    return {EXTERNAL_ID: external_id, "crop": crop_url, "photo": photo_url, **claims}
