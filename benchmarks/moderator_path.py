"""A moderator's path in a real browser: invited, logs in, labels three faces by keys, is pulled.

A workspace with six drawn portraits is made, its own Label Studio is started, the faces are pushed
and two moderators are invited. Each gets a browser of the size that is named (a desktop's and a
phone's), follows the link, logs in with the first password, and answers three faces with the keys
of the questions and Ctrl+Enter. Then `curate pull` has to bring exactly these votes. Screenshots
of every step lie in the folder that is named, to be looked at.

Playwright is no dependency of Evenface; it is driven in an environment of its own:

    python -m venv /somewhere/browser && /somewhere/browser/bin/pip install playwright==1.65.*
    python benchmarks/moderator_path.py /somewhere/browser/bin/python --screenshots shots

Chromium is taken from /usr/bin/chromium; `--chromium` names another.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WINDOWS = {"desktop": (1280, 860), "phone": (390, 844)}
FACES = 3  # that each moderator answers
WAIT = 90_000  # milliseconds, on a machine that is busy with other things


def main() -> None:
    """Walk the path in both windows; exit with 1 where a vote is not what was pressed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("playwright", help="the Python of an environment with Playwright")
    parser.add_argument("--screenshots", type=Path, default=Path("screenshots"))
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    options.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EVENFACE_WORKSPACE"] = f"{folder}/workspace"
        os.environ["EVENFACE_MODERATION__VOTES"] = "2"
        curate("init", f"{folder}/workspace")
        add_portraits(2 * FACES)
        curate("label-studio", "up")
        try:
            curate("push")
            arrived = [walk(name, size, options) for name, size in WINDOWS.items()]
        finally:
            curate("label-studio", "down")
    sys.exit(0 if all(arrived) else 1)


def walk(name: str, size: tuple[int, int], options: argparse.Namespace) -> bool:
    """Walk the path in one window; return whether the votes that arrived are those pressed."""
    from curation.moderation.questions import QUESTIONS

    (invited,) = json.loads(curate("moderators", "invite", name, "--json"))
    pressed = [
        {one.attribute: one.choices[turn % len(one.choices)] for one in QUESTIONS if one.choices}
        for turn in range(FACES)
    ]
    asked = {
        **invited,
        "window": size,
        "keys": [[choice.hotkey for choice in answers.values()] for answers in pressed],
        "screenshots": str(options.screenshots / name),
        "chromium": options.chromium,
    }
    subprocess.run(
        [options.playwright, __file__, "--drive"], input=json.dumps(asked), text=True, check=True
    )
    sys.stdout.write(curate("pull"))
    expected = sorted(
        tuple((attribute, choice.value) for attribute, choice in sorted(answers.items()))
        for answers in pressed
    )
    arrived = votes_of(invited["pseudonym"])
    said = "the votes arrived" if arrived == expected else f"{arrived} arrived, not {expected}"
    sys.stdout.write(f"{name}: {said}\n")
    return arrived == expected


def curate(*arguments: str) -> str:
    """Run a command as a user would; return what it prints."""
    command = [sys.executable, "-m", "curation", *arguments]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def votes_of(moderator: str) -> list[tuple[tuple[str, str], ...]]:
    """Return the votes of each answer of a moderator, as the database has them."""
    from sqlalchemy import select

    from curation.database.models import Annotation, Vote
    from curation.workspace import open_workspace

    answers: dict[str, list[tuple[str, str]]] = {}
    with open_workspace().database.session() as session:
        for row in session.execute(
            select(Vote)
            .join(Annotation, Annotation.id == Vote.annotation_id)
            .where(Annotation.moderator_id == moderator, Annotation.state == "current")
        ).scalars():
            answers.setdefault(row.annotation_id, []).append((row.attribute, row.value))
    return sorted(tuple(sorted(votes)) for votes in answers.values())


def add_portraits(number: int) -> None:
    """Write faces with drawn portraits and claimed ages, as the stages before `push` do."""
    import hashlib

    import numpy as np

    from curation.database.models import Claim, Face, Image
    from curation.database.upsert import insert_new
    from curation.demo.person import make_person
    from curation.demo.pictures import encode_jpeg
    from curation.demo.scene import draw_portrait
    from curation.identity import content_id
    from curation.workspace import open_workspace

    workspace, random = open_workspace(), np.random.default_rng(7)
    rows: list[tuple[Any, dict[str, Any]]] = []
    for index in range(number):
        age = float(8 + 9 * index)
        person = make_person(random, ("female", "male")[index % 2], "White")
        picture = draw_portrait(person, age, random, (480, 480))
        image = hashlib.sha256(encode_jpeg(picture, 90)).hexdigest()
        face = content_id(image, 0)
        keys = [
            workspace.store.key(*of) for of in (("images", image, "jpg"), ("crops", face, "jpg"))
        ]
        workspace.store.put(keys[0], encode_jpeg(picture, 90))
        workspace.store.put(keys[1], encode_jpeg(picture[100:356, 112:368], 90))
        shared = {"id": image, "store_key": keys[0], "format": "JPEG", "width": 480, "height": 480}
        rows += [
            (
                Image,
                shared
                | {
                    "byte_count": 1,
                    "face_count": 1,
                    "phash": index,
                    "group_id": image,
                    "kept": True,
                },
            ),
            (
                Face,
                {"id": face, "image_id": image, "position": 0, "x1": 0.0, "y1": 0.0, "x2": 90.0}
                | {"y2": 90.0, "landmarks": [0.0] * 10, "score": 1.0, "eye_distance": 60.0}
                | {"crop_key": keys[1]},
            ),
            (
                Claim,
                {"face_id": face, "attribute": "age", "value": str(age)}
                | {"origin": "hashtag", "confidence": 0.9},
            ),
        ]
    with workspace.database.session() as session:
        for model, row in rows:
            insert_new(session, model, [row])


def drive() -> None:
    """Be the browser: what to do comes on standard input. Needs Playwright and nothing of ours."""
    from playwright.sync_api import sync_playwright

    asked = json.load(sys.stdin)
    width, height = asked["window"]
    shot = iter(range(100))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=asked["chromium"], args=FLAGS.split())
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(WAIT)

        def look(what: str) -> None:
            page.screenshot(path=f"{asked['screenshots']}-{next(shot)}-{what}.png")

        page.goto(asked["link"])
        page.fill("input[name=email]", asked["address"])
        page.fill("input[name=password]", asked["password"])
        look("log-in")
        page.press("input[name=password]", "Enter")
        for number, keys in enumerate(asked["keys"], 1):
            page.wait_for_selector("input[type=checkbox], input[type=radio]")
            page.wait_for_function(
                "[...document.images].some(i => i.naturalWidth >= 200 && i.complete)"
            )
            page.wait_for_timeout(1500)
            if number == 1:
                look("face")
            for key in keys:
                page.keyboard.press(key)
                page.wait_for_timeout(200)
            look(f"answered-{number}")
            with page.expect_response(
                lambda answer: "/annotations" in answer.url and answer.request.method == "POST"
            ) as sent:
                page.keyboard.press("Control+Enter")
            if sent.value.status != 201:
                raise SystemExit(f"the answer was refused: {sent.value.status}")
            page.wait_for_timeout(2500)
        look("after")
        browser.close()


if __name__ == "__main__":
    drive() if sys.argv[1:] == ["--drive"] else main()
