"""The synthetic world: who lives in it, what they post, and what is wrong with some posts.

Everything is decided here, before a pixel is drawn, from one seed. Each post has a random
stream of its own, so its picture does not depend on who draws it or on what was drawn before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from curation.demo.person import Gender, Person, make_person
from curation.demo.places import PLACES, Place
from curation.demo.tags import age_hashtag, ordinary_hashtags
from curation.errors import InputError
from curation.identity import content_id

# Share of the posts with each defect; the rest are as they should be. A picture that was "saved"
# keeps its bytes; the other copies are new files of the same photograph.
DEFECTS: dict[str, float] = {
    "wrong_hashtag": 0.06,
    "no_age_hashtag": 0.04,
    "copy_saved": 0.02,
    "copy_reencoded": 0.02,
    "copy_resized": 0.02,
    "copy_cropped": 0.02,
    "group": 0.03,
    "no_face": 0.03,
    "truncated_jpeg": 0.01,
    "html_named_jpg": 0.01,
    "statue": 0.02,
    "cartoon": 0.02,
}
COPIES = tuple(defect for defect in DEFECTS if defect.startswith("copy_"))
FEWEST_POSTS = 4 * len(DEFECTS)
FIRST_DAY = datetime(2013, 1, 1, tzinfo=UTC)
PEOPLE_STREAM, DEFECT_STREAM, POST_STREAM, PICTURE_STREAM = range(4)


@dataclass(frozen=True)
class Author:
    """One author, who posts pictures of one person."""

    name: str
    place: Place
    person: Person
    first_age: float  # years at the first post
    first_day: datetime


@dataclass(frozen=True)
class PlannedPost:
    """One post and the truth about it.

    `index` is its place in the world and names its random stream. `age` is the true age of the
    person in years, `claimed_age` what the hashtags say (None: nothing). For a copy, `original`
    is the index of the post whose picture it repeats, and person and age are that post's.
    """

    index: int
    id: str
    author: str
    country: str
    subject: str
    person: Person
    age: float
    claimed_age: float | None
    hashtags: tuple[str, ...]
    published_at: datetime
    defect: str | None
    original: int | None

    @property
    def image(self) -> str:
        """The path of its picture, relative to the folder of the world."""
        return f"images/{self.id}.jpg"


def plan_world(posts: int, seed: int) -> list[PlannedPost]:
    """Plan `posts` posts from one seed; raises InputError if too few to show every defect."""
    if posts < FEWEST_POSTS:
        raise InputError(
            f"--posts {posts} is too few to show every defect; use {FEWEST_POSTS} or more"
        )
    defects = _assign_defects(posts, np.random.default_rng([seed, DEFECT_STREAM]))
    authors = _fill_with_authors(posts, seed)
    planned: list[PlannedPost] = []
    sound: list[int] = []  # posts whose picture others may copy
    for index in range(posts):
        defect = defects[index]
        if defect in COPIES and not sound:
            defect = None
        author, turn = authors[index]
        rng = np.random.default_rng([seed, POST_STREAM, index])
        if defect in COPIES:
            original = planned[sound[int(rng.integers(len(sound)))]]
            planned.append(_plan_copy(index, seed, author, original, defect or "", rng))
        else:
            planned.append(_plan_post(index, seed, author, turn, defect, rng))
        if defect is None:
            sound.append(index)
    return planned


def _assign_defects(posts: int, rng: np.random.Generator) -> list[str | None]:
    """Give every post its defect or None: each kind as often as its share says, at least once."""
    kinds: list[str | None] = []
    for defect, share in DEFECTS.items():
        kinds += [defect] * max(1, round(share * posts))
    kinds += [None] * (posts - len(kinds))
    order = rng.permutation(posts)
    assigned = [kinds[i] for i in order]
    # A copy needs something to copy: the world opens with a sound post.
    first_sound = assigned.index(None)
    assigned[0], assigned[first_sound] = assigned[first_sound], assigned[0]
    return assigned


def _fill_with_authors(posts: int, seed: int) -> list[tuple[Author, int]]:
    """Return for every post its author and which of the author's posts it is (0 is the first)."""
    filled: list[tuple[Author, int]] = []
    number = 0
    while len(filled) < posts:
        rng = np.random.default_rng([seed, PEOPLE_STREAM, number])
        author = _make_author(number, rng)
        count = int(rng.choice((1, 2, 3, 4), p=(0.45, 0.3, 0.15, 0.1)))
        filled += [(author, turn) for turn in range(count)]
        number += 1
    return filled[:posts]


def _make_author(number: int, rng: np.random.Generator) -> Author:
    place = PLACES[_pick([place.share for place in PLACES], rng)]
    gender: Gender = "female" if rng.random() < place.female else "male"
    race = place.races[_pick([share for _, share in place.races], rng)][0]
    person = make_person(rng, gender, race)
    day = FIRST_DAY + timedelta(days=int(rng.integers(0, 5 * 365)))
    return Author(f"author{number:04d}", place, person, _draw_age(rng), day)


def _draw_age(rng: np.random.Generator) -> float:
    """Draw the age at a birthday worth a post: children and round ages more often."""
    group = _pick((0.06, 0.24, 0.20, 0.30, 0.20), rng)
    if group == 0:
        return int(rng.integers(1, 12)) / 12
    low, high = ((1, 11), (12, 22), (22, 51), (50, 88))[group - 1]
    age = int(rng.integers(low, high))
    if group > 2 and rng.random() < 0.3:
        age = round(age / 10) * 10
    return float(age)


def _plan_post(
    index: int,
    seed: int,
    author: Author,
    turn: int,
    defect: str | None,
    rng: np.random.Generator,
) -> PlannedPost:
    # An infant is shown again after two months, everybody else on the next birthday.
    step = 2 / 12 if author.first_age < 1 else 1.0
    age = author.first_age + turn * step
    if author.first_age < 1:
        age = min(age, 11 / 12)
    day = author.first_day + timedelta(days=round(365.25 * step * turn))
    claimed: float | None = age
    if defect == "wrong_hashtag":
        claimed = _wrong_age(age, rng)
    elif defect == "no_age_hashtag":
        claimed = None
    hashtags = ordinary_hashtags(author.place.language, rng)
    if claimed is not None:
        tag = age_hashtag(claimed, author.place.language, rng)
        hashtags.insert(int(rng.integers(len(hashtags) + 1)), tag)
    return PlannedPost(
        index=index,
        id=content_id("demo", seed, index)[:16],
        author=author.name,
        country=author.place.country,
        subject=author.name,
        person=author.person,
        age=age,
        claimed_age=claimed,
        hashtags=tuple(hashtags),
        published_at=day + timedelta(seconds=int(rng.integers(86_400))),
        defect=defect,
        original=None,
    )


def _plan_copy(
    index: int,
    seed: int,
    author: Author,
    original: PlannedPost,
    defect: str,
    rng: np.random.Generator,
) -> PlannedPost:
    """Plan a post that shows another post's picture again, by its author or by somebody else."""
    same = rng.random() < 0.5
    language = next(p.language for p in PLACES if p.country == original.country)
    assert original.claimed_age is not None
    hashtags = [*ordinary_hashtags(language, rng), age_hashtag(original.claimed_age, language, rng)]
    return PlannedPost(
        index=index,
        id=content_id("demo", seed, index)[:16],
        author=original.author if same else author.name,
        country=original.country if same else author.place.country,
        subject=original.subject,
        person=original.person,
        age=original.age,
        claimed_age=original.claimed_age,
        hashtags=tuple(hashtags),
        published_at=original.published_at + timedelta(hours=int(rng.integers(1, 2000))),
        defect=defect,
        original=original.index,
    )


def _wrong_age(age: float, rng: np.random.Generator) -> float:
    """Draw an age that nobody would believe of someone of `age`."""
    while True:
        wrong = float(rng.integers(1, 90))
        if abs(wrong - age) >= 12 + 0.25 * min(wrong, age):
            return wrong


def _pick(shares: Sequence[float], rng: np.random.Generator) -> int:
    return int(np.searchsorted(np.cumsum(shares), rng.random() * sum(shares), side="right"))
