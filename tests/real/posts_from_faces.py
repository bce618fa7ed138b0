"""Make birthday posts of real photographs whose ages are known, to run the whole line on them.

    python tests/real/posts_from_faces.py FACES OUT [--seed 1]

FACES holds `utkface/` and `utkface_duplicates/` (chips named `[age]_[gender]_[race]_[time]…`,
UTKFace, with their known copies in `utkface_duplicate_groups.csv`) and `fairface/` with
`fairface_labels.csv` (age group, gender, race; FairFace). OUT gets `posts.jsonl` with absolute
image paths and `truth.csv`, in the form that `curate demo vote` and `curate demo report` read.
Hashtags follow from the known age; one post in ten claims an age far off. Countries are drawn by
race group. Nothing is copied.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curation.demo.files import TRUTH_COLUMNS

UTKFACE_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d+\.jpg\.chip\.jpg")
UTKFACE_RACES = ("White", "Black", "Asian", "Indian", "Other")
FORMS = ("happy{n}{th}birthday", "turning{n}", "{n}yearsold", "мне{n}{years}", "{n}{th}birthday")
COUNTRIES = {
    "White": ["US", "US", "GB", "BR"],
    "Black": ["NG", "NG", "US", "BR"],
    "Asian": ["JP", "ID", "US"],
    "East Asian": ["JP", "JP", "US"],
    "Southeast Asian": ["ID", "ID", "US"],
    "Indian": ["IN", "IN", "GB"],
}
WRONG_SHARE = 0.1


@dataclass(frozen=True)
class Photograph:
    path: Path
    age: int  # years; for an age group one drawn from it
    gender: str
    race: str


def utkface(folder: Path) -> Iterator[Photograph]:
    """Yield the chips whose names can be read."""
    for path in sorted(folder.glob("*.jpg")):
        if match := UTKFACE_NAME.fullmatch(path.name):
            age, gender, race = (int(part) for part in match.groups())
            yield Photograph(path, age, ("male", "female")[gender], UTKFACE_RACES[race])


def fairface(labels: Path, rng: random.Random) -> Iterator[Photograph]:
    """Yield the photographs of the label table, with an age drawn from the group."""
    with labels.open(newline="") as file:
        for row in csv.DictReader(file):
            low, _, high = row["age_group"].removeprefix("more than ").partition("-")
            age = rng.randint(int(low), int(high or 80))
            path = labels.parent / row["file"]
            yield Photograph(path, age, row["gender"].lower(), row["race"])


def hashtags(age: int, gender: str, rng: random.Random) -> list[str]:
    """Return birthday hashtags for an age in years; an infant's is told in months."""
    if age == 0:
        return [f"#{rng.randint(2, 11)}monthsold", "#birthday"]
    th = "th" if age % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(age % 10, "th")
    last = 0 if age % 100 in (11, 12, 13, 14) else age % 10
    years = "год" if last == 1 else "года" if last in (2, 3, 4) else "лет"
    tags = ["#" + rng.choice(FORMS).format(n=age, th=th, years=years), "#birthday", "#cake"]
    if rng.random() < 0.2:
        tags.append("#birthdaygirl" if gender == "female" else "#birthdayboy")
    return tags


def claimed(age: int, rng: random.Random) -> int:
    """Return the age the post claims: the true one, or for a share of the posts one far off."""
    if rng.random() >= WRONG_SHARE:
        return age
    off = rng.randint(8, 20) + round(0.3 * age)
    return age - off if age - off >= 1 and rng.random() < 0.5 else min(age + off, 115)


def known_copies(groups: Path) -> dict[str, str]:
    """Return the first photograph of its group for every later one, by name."""
    first: dict[str, str] = {}
    copies = {}
    with groups.open(newline="") as file:
        for row in csv.DictReader(file):
            original = first.setdefault(row["group"], row["file"])
            if original != row["file"]:
                copies[row["file"]] = original
    return copies


def main() -> None:
    """Write posts and truth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    faces, rng = arguments.faces.resolve(), random.Random(arguments.seed)
    photographs = [
        *utkface(faces / "utkface"),
        *utkface(faces / "utkface_duplicates"),
        *fairface(faces / "fairface_labels.csv", rng),
    ]
    copies = known_copies(faces / "utkface_duplicate_groups.csv")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (
        (arguments.out / "posts.jsonl").open("w", encoding="utf-8") as posts,
        (arguments.out / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        table = csv.DictWriter(truth, TRUTH_COLUMNS, restval="")
        table.writeheader()
        for photograph in photographs:
            claim = claimed(photograph.age, rng)
            name = f"{photograph.path.parent.name}/{photograph.path.name}"
            country = rng.choice(COUNTRIES.get(photograph.race, ["US", "BR", "GB"]))
            post = {
                "id": name,
                "image": str(photograph.path),
                "hashtags": hashtags(claim, photograph.gender, rng),
                "author": copies.get(name, name),
                "country": country,
                "licence": "research only",
                "race": photograph.race,
            }
            posts.write(json.dumps(post, ensure_ascii=False) + "\n")
            defect = "copy" if name in copies else ""
            if claim != photograph.age:
                defect = "wrong_hashtag"
            table.writerow(
                {
                    "id": name,
                    "subject": copies.get(name, name),
                    "age": photograph.age or 0.5,
                    "gender": photograph.gender,
                    "race": photograph.race,
                    "country": country,
                    "claimed_age": claim or 0.5,
                    "relevant": "yes",
                    "defect": defect,
                    "copy_of": copies.get(name, ""),
                }
            )


if __name__ == "__main__":
    main()
