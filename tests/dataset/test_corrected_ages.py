"""A face whose claimed age was corrected is in the dataset with the corrected age."""

from __future__ import annotations

from dataset.confirmed import Confirmed, add_confirmed

from curation.database.models import Verdict
from curation.database.upsert import insert_new
from curation.dataset.candidates import read_candidates
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
        found = read_candidates(session).set_index("sample_id")
    assert set(found.index) == {fitting.face_id, corrected.face_id}
    assert found.loc[corrected.face_id, "age"] == 31.5
    assert found.loc[corrected.face_id, "age_probability"] == 0.97
    assert found.loc[fitting.face_id, "age"] == 20.0
