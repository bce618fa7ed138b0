"""What moderators say of age and race goes before what was claimed."""

from __future__ import annotations

import numpy as np
from dataset.confirmed import Confirmed, add_confirmed

from curation.database.models import Claim, Verdict
from curation.database.upsert import insert_new
from curation.dataset.pool import open_pool
from curation.workspace import Workspace


def test_a_corrected_age_stands_where_the_claim_does_not_fit(workspace: Workspace) -> None:
    fitting, corrected, rejected = (
        Confirmed(1, age=20.0),
        Confirmed(2, age=20.0, age_fits="too_old"),
        Confirmed(3, age=20.0, age_fits="too_old"),
    )
    add_confirmed(workspace, [fitting, corrected, rejected])
    rows = [
        {"face_id": face.face_id, "attribute": "age", "value": value, "age": age}
        | {"probability": probability, "votes": 4, "method": "student-t"}
        for face, value, age, probability in (
            (fitting, "accepted", 20.0, 0.9),
            (corrected, "corrected", 31.5, 0.97),
            (rejected, "rejected", None, 0.97),
        )
    ]
    with workspace.database.session() as session:
        insert_new(session, Verdict, rows)
    with open_pool(workspace) as pool:
        found = pool.frame.set_index("sample_id")
    assert set(found.index) == {fitting.face_id, corrected.face_id}
    assert found.loc[corrected.face_id, "age"] == 31.5
    assert found.loc[corrected.face_id, "age_probability"] == np.float32(0.97)
    assert found.loc[fitting.face_id, "age"] == 20.0


def test_the_race_that_moderators_perceive_goes_before_a_claim_unless_they_cannot_tell(
    workspace: Workspace,
) -> None:
    seen, unclear, unasked = (Confirmed(number) for number in (1, 2, 3))
    add_confirmed(workspace, [seen, unclear, unasked])
    claims = [
        {"face_id": face.face_id, "attribute": "race", "value": "White"}
        | {"origin": "source", "confidence": 1.0}
        for face in (seen, unclear, unasked)
    ]
    rows = [
        {"face_id": face.face_id, "attribute": "race", "value": value, "probability": 0.99}
        | {"votes": 3, "method": "dawid-skene"}
        for face, value in ((seen, "East Asian"), (unclear, "unclear"))
    ]
    with workspace.database.session() as session:
        insert_new(session, Claim, claims)
        insert_new(session, Verdict, rows)
    with open_pool(workspace) as pool:
        origins = pool.words["race_origin"].at(np.arange(len(pool))).to_pylist()
        found = pool.frame.assign(race_origin=origins).set_index("sample_id")
    assert found.loc[seen.face_id, ["race", "race_origin"]].tolist() == ["East Asian", "moderator"]
    assert found.loc[unclear.face_id, "race"] == found.loc[unasked.face_id, "race"] == "White"
