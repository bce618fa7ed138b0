"""Which faces are asked about first: those that the balance targets are short of."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
from moderation.faces import add_faces
from sqlalchemy import update

from curation.database.models import Claim, Image, Project, Rejection, Task, Verdict
from curation.database.upsert import insert_new
from curation.dataset.shortage import value_of_faces, worth
from curation.identity import content_id
from curation.workspace import Workspace


def test_wherever_asking_stops_the_same_share_of_every_cell_was_asked_about() -> None:
    """Hand-worked: 3 of 6 are in hand in cell 0, none of 3 in cell 1; cell 2 is not wanted."""
    rows = [(f"h{n}", 0, False) for n in range(3)]
    rows += [(f"a{n}", 0, True) for n in range(5)]
    rows += [(f"b{n}", 1, True) for n in range(4)] + [("c0", 2, True), ("lost", -1, True)]
    faces = pd.DataFrame(rows, columns=["sample_id", "cell", "waits"])
    faces["confidence"] = [0.9 - 0.01 * n for n in range(len(faces))]
    value = worth(faces, faces["cell"].to_numpy(), np.array([6, 3, 0]))
    assert set(value) == set(faces["sample_id"][faces["waits"]]) - {"lost"}
    order = sorted(value, key=lambda face: -value[face])
    # Cell 1 catches up with cell 0 (half of it in hand), then they go on alike; the least certain
    # claims of a cell, which have the highest numbers here, come first.
    assert order[0] == "b3"
    assert Counter(face[0] for face in order[:3]) == {"b": 2, "a": 1}
    assert order[-1] == "c0"
    asked = [face for face in order if face[0] == "a"]
    assert asked == ["a4", "a3", "a2", "a1", "a0"]
    for stop in range(3, 7):
        parts = Counter(face[0] for face in order[:stop])
        assert abs((3 + parts["a"]) / 6 - parts["b"] / 3) <= 1 / 3


def test_the_gender_that_a_country_lacks_is_asked_about_first(workspace: Workspace) -> None:
    """30 women were confirmed and 10 men; equal in each country is what the settings want."""
    faces = add_faces(workspace, 100)
    women, men = faces[:60], faces[60:]
    with workspace.database.session() as session:
        claims = [
            {"face_id": face, "attribute": attribute, "value": value, "origin": "hashtag"}
            | {"confidence": 0.8}
            for face in faces
            for attribute, value in (
                ("gender", "female" if face in women else "male"),
                ("country", "JP"),
            )
        ]
        insert_new(session, Claim, claims)
        project = {"id": "p" * 32, "server": "s", "questions": "q", "remote_id": 1}
        insert_new(session, Project, [project])
        known = [*women[:30], *men[:10]]
        tasks = [
            {"id": content_id("t", face), "project_id": "p" * 32, "face_id": face}
            | {"claimed_age": 7.0, "remote_id": number, "stale": False}
            for number, face in enumerate(known)
        ]
        insert_new(session, Task, tasks)
        verdicts = [
            {"face_id": face, "attribute": "gender", "value": "male", "probability": 0.99}
            | {"votes": 3, "method": "majority"}
            for face in men[:10]
        ]
        insert_new(session, Verdict, verdicts)
        out = {"id": content_id("r"), "stage": "verdict", "reason": "not-relevant", "detail": ""}
        insert_new(session, Rejection, [out | {"face_id": women[0]}])
        hidden = hashlib.sha256(b"image 99").hexdigest()
        session.execute(update(Image).where(Image.id == hidden).values(kept=False))
        session.execute(
            update(Claim)
            .where(Claim.face_id == men[20], Claim.attribute == "gender")
            .values(confidence=0.3)
        )
    value = value_of_faces(workspace)
    order = sorted(value, key=lambda face: (-value[face], face))
    assert set(order) == {*women[30:], *men[10:39]}
    assert order[0] == men[20]  # among men, the one that is least certain
    first_woman = next(place for place, face in enumerate(order) if face in women)
    assert 15 <= first_woman <= 22  # 29 of 39 women are in hand: men catch up first
