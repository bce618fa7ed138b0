"""What the reader keeps of the sides of numbers changes no reading, and is bounded."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from curation.hashtags import AgeReading, read_hashtag
from curation.hashtags.reader import _COMPILED, forget

NUMBERS = ["0", "1", "5", "12", "21", "40", "120", "121", "007", "1999", "2k20", "1.5", "½", "٢٥",
           "５", "4-0", "20_21", "3-o", "1.55"]  # fmt: skip
CHANGED = 6_000


def _tags() -> list[str]:
    """Every hashtag of the tables, and thousands changed at random."""
    written: list[str] = []
    for path in sorted(Path(__file__).parent.glob("*_table.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            written += [row["tag"] for row in csv.DictReader(file)]
    chance = random.Random(5)
    changed = []
    for _ in range(CHANGED):
        tag, other = chance.choice(written), chance.choice(written)
        place = chance.randrange(len(tag) + 1)
        changed.append(
            chance.choice(
                [
                    "".join(chance.choice(NUMBERS) if c.isdecimal() else c for c in tag),
                    tag[:place] + chance.choice(NUMBERS) + tag[place:],
                    tag[:place] + tag[place + 1 :],
                    tag[:place] + other[chance.randrange(len(other)) :],
                    f"{tag}_{other}",
                ]
            )
        )
    return list(dict.fromkeys(written + changed))


def _read(tags: list[str]) -> dict[str, AgeReading | None]:
    return {tag: read_hashtag.__wrapped__(tag) for tag in tags}


def test_with_and_without_what_is_kept_every_hashtag_is_read_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tags = _tags()
    assert len(tags) > 9_000
    forget()
    _read(tags)
    again = random.Random(6).sample(tags, len(tags))
    kept = _read(again)  # behind all the others, in another order
    assert sum(lexicon.before.cache_info().hits for lexicon in _COMPILED) > len(tags)
    for lexicon in _COMPILED:
        monkeypatch.setattr(lexicon, "before", lexicon.read_before)
        monkeypatch.setattr(lexicon, "behind", lexicon.read_behind)
    alone = _read(tags)
    assert sum(reading is not None for reading in alone.values()) > 2_000
    assert {tag: (kept[tag], alone[tag]) for tag in tags if kept[tag] != alone[tag]} == {}


def test_what_is_kept_is_bounded_and_can_be_forgotten() -> None:
    forget()
    for number in range(6_000):
        read_hashtag.__wrapped__(f"happyname{number:x}z7thbirthdayname{number:x}z")
    sizes = [info().currsize for lexicon in _COMPILED
             for info in (lexicon.before.cache_info, lexicon.behind.cache_info)]  # fmt: skip
    assert 1_000 < max(sizes) <= 4096
    forget()
    assert sum(lexicon.before.cache_info().currsize for lexicon in _COMPILED) == 0
    assert sum(lexicon.behind.cache_info().currsize for lexicon in _COMPILED) == 0
