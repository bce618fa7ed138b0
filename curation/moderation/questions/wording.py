"""What a language has to say about the questions. Each language has a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """One language's words.

    `questions` by attribute and `choices` by attribute and value. `band` has places for `width`,
    `low` and `high`; `years` and `months` give the word that goes with a number; `guide` is read
    by moderators before they begin, a paragraph each.
    """

    name: str
    questions: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    claim: str
    band: str
    child: str
    years: Callable[[float], str]
    months: Callable[[int], str]
    decimal: str
    guide: tuple[str, ...]
