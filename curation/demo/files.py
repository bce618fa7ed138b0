"""Write the synthetic world into a folder, and read its truth back."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from curation.demo.world import PlannedPost, plan_world
from curation.errors import InputError

POSTS, TRUTH, STAMP, IMAGES = "posts.jsonl", "truth.csv", "world.json", "images"
LICENCE = "CC0-1.0"
CHUNK = 15  # pictures a process draws between two reports
TRUTH_COLUMNS = (
    "id",
    "subject",
    "age",
    "gender",
    "race",
    "country",
    "claimed_age",
    "relevant",
    "defect",
    "copy_of",
)
# Defects whose picture shows no person of whom age and gender could be true; and those that are
# no photograph of one person.
NOBODY = ("no_face", "truncated_jpeg", "html_named_jpg", "statue", "cartoon")
IRRELEVANT = (*NOBODY, "group")


@dataclass(frozen=True)
class Truth:
    """What is true of the picture of one post; age in years. None where nobody is shown."""

    id: str
    subject: str
    age: float | None
    gender: str | None
    race: str | None
    country: str
    claimed_age: float | None
    relevant: bool
    defect: str | None
    copy_of: str | None


def write_world(
    folder: Path,
    posts: int,
    seed: int,
    processes: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Write `posts.jsonl`, `truth.csv` and `images/` into `folder`; return how many of each kind.

    The bytes depend on `posts` and `seed` only, not on the number of processes. A folder that
    holds this world already is left as it is. `advance` hears how many pictures were drawn.
    Raises InputError if the folder holds another world.
    """
    planned = plan_world(posts, seed)
    kinds = Counter(post.defect or "sound" for post in planned)
    stamp = {"posts": posts, "seed": seed, "world": 1}
    marker = folder / STAMP
    if marker.exists():
        if json.loads(marker.read_text(encoding="utf-8")) != stamp:
            raise InputError(
                f"{folder} holds a world of another size or seed; name another folder or remove it"
            )
        advance(posts)
        return kinds
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    chunks = [range(start, min(start + CHUNK, posts)) for start in range(0, posts, CHUNK)]
    workers = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_draw, str(folder), planned, chunk, seed) for chunk in chunks]
        for job in jobs:
            advance(job.result())
    _write(folder / POSTS, "".join(_post_line(post) for post in planned))
    _write_truth(folder / TRUTH, planned)
    _write(marker, json.dumps(stamp) + "\n")
    return kinds


def read_truth(path: Path) -> dict[str, Truth]:
    """Read `truth.csv`: the truth about each post, by its id. Raises InputError if not there."""
    if not path.exists():
        raise InputError(f"{path} does not exist; write a world with: curate demo world DIR")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: _truth(row) for row in csv.DictReader(file)}


def _draw(folder: str, planned: Sequence[PlannedPost], chunk: range, seed: int) -> int:
    """Draw the pictures of one chunk of posts, in a process of its own; return their number."""
    import cv2

    from curation.demo.pictures import render

    cv2.setNumThreads(1)
    for index in chunk:
        path = Path(folder) / planned[index].image
        beside = path.with_suffix(".part")
        beside.write_bytes(render(planned, index, seed))
        beside.replace(path)
    return len(chunk)


def _post_line(post: PlannedPost) -> str:
    row = {
        "id": post.id,
        "image": post.image,
        "hashtags": [f"#{tag}" for tag in post.hashtags],
        "author": post.author,
        "time": post.published_at.isoformat(),
        "url": f"https://photos.example/p/{post.id}",
        "licence": LICENCE,
        "country": post.country,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _write_truth(path: Path, planned: Sequence[PlannedPost]) -> None:
    beside = path.with_suffix(".part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TRUTH_COLUMNS)
        for post in planned:
            shown = post.defect not in NOBODY
            writer.writerow(
                (
                    post.id,
                    post.subject if shown else "",
                    f"{post.age:.4f}" if shown else "",
                    post.person.gender if shown else "",
                    post.person.race if shown else "",
                    post.country,
                    "" if post.claimed_age is None else f"{post.claimed_age:.4f}",
                    "no" if post.defect in IRRELEVANT else "yes",
                    post.defect or "",
                    "" if post.original is None else planned[post.original].id,
                )
            )
    beside.replace(path)


def _write(path: Path, text: str) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _truth(row: dict[str, str]) -> Truth:
    return Truth(
        id=row["id"],
        subject=row["subject"],
        age=float(row["age"]) if row["age"] else None,
        gender=row["gender"] or None,
        race=row["race"] or None,
        country=row["country"],
        claimed_age=float(row["claimed_age"]) if row["claimed_age"] else None,
        relevant=row["relevant"] == "yes",
        defect=row["defect"] or None,
        copy_of=row["copy_of"] or None,
    )
