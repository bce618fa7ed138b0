"""Which faces are worth asking about first: those that the balance targets are short of.

The plan is made of everybody who may still be confirmed: faces whose verdicts are in count as
judged, the others as their posts claim. It says how many of each cell the largest dataset takes.
Moderators' votes are best spent where the smallest part of that is in hand. The k-th waiting face
of a cell of which `planned` are wanted and `have` are confirmed or asked about is worth

    1 - (have + k - 1/2) / planned                                     (k = 1, 2, …)

so that wherever asking stops, the same share of every cell was asked about; what no plan takes
comes last. Within a cell the least certain claims come first: there a vote tells most.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from curation.balance.targets import GENDERS
from curation.database.models import Claim, Face, Image, Rejection, Task, Verdict
from curation.dataset.balancing import balance
from curation.errors import EvenfaceError, UsageError
from curation.workspace import Workspace

UNWANTED = 1e9  # taken off the worth of what no plan takes, more than any surplus


def value_of_faces(workspace: Workspace) -> dict[str, float]:
    """Return what asking about each face that nobody was asked about is worth, by face.

    Raises:
        SettingsError: a balance target cannot be used.
    """
    with workspace.database.session() as session:
        faces = read_faces(session)
    if faces.empty:
        return {}
    settings = workspace.settings.balance.model_copy(update={"max_per_subject": 0})
    try:
        plan = balance(faces, settings, workspace.settings.dataset.seed, workspace.root)
    except UsageError:
        raise
    except EvenfaceError:  # there are fewer faces than it asks for: all that there are, then
        without = settings.model_copy(update={"size": "max", "minima": []})
        plan = balance(faces, without, workspace.settings.dataset.seed, workspace.root)
    return worth(faces, plan.places, plan.plan.taken)


def worth(
    faces: pd.DataFrame, places: NDArray[np.int64], planned: NDArray[np.int64]
) -> dict[str, float]:
    """Return the worth of each waiting face; see the module.

    Args:
        faces: columns `sample_id`, `waits` (bool) and `confidence` (0 to 1), N rows.
        places: the cell of each, (N,) int64; -1 for one of no cell.
        planned: how many the plan takes of each cell, (C,) int64.
    """
    waits = faces["waits"].to_numpy(dtype=bool)
    inside = places >= 0
    have = np.bincount(places[inside & ~waits], minlength=len(planned))
    waiting = faces.assign(cell=places)[waits & inside]
    waiting = waiting.sort_values(["cell", "confidence", "sample_id"], kind="stable")
    cells = waiting["cell"].to_numpy()
    rank = waiting.groupby("cell").cumcount().to_numpy()
    wanted = planned[cells]
    value = 1 - (have[cells] + rank + 0.5) / np.maximum(wanted, 1)
    value[wanted == 0] -= UNWANTED
    return dict(zip(waiting["sample_id"], value.tolist(), strict=True))


def read_faces(session: Session) -> pd.DataFrame:
    """Return every face that is or may be confirmed, sorted by `sample_id`.

    Columns: `sample_id`, `age` (years), `gender`, `country`, `race` (text or None), `confidence`
    (the least of its claims of age and gender, 0 to 1) and `waits` (nobody was asked about it).
    A face of unknown gender counts for either as its id has it, so that half of them do.
    """
    age, gender, country, race = (aliased(Claim) for _ in range(4))
    judged = aliased(Verdict)
    statement = (
        select(
            Face.id,
            age.value,
            judged.value,
            gender.value,
            country.value,
            race.value,
            age.confidence,
            gender.confidence,
        )
        .join(Image, Image.id == Face.image_id)
        .join(age, (age.face_id == Face.id) & (age.attribute == "age"))
        .outerjoin(judged, (judged.face_id == Face.id) & (judged.attribute == "gender"))
        .outerjoin(gender, (gender.face_id == Face.id) & (gender.attribute == "gender"))
        .outerjoin(country, (country.face_id == Face.id) & (country.attribute == "country"))
        .outerjoin(race, (race.face_id == Face.id) & (race.attribute == "race"))
        .where(Image.kept.is_(True), Face.position == 0, Face.crop_key.is_not(None))
        .where(
            ~select(Rejection.id)
            .where(Rejection.face_id == Face.id, Rejection.stage == "verdict")
            .exists()
        )
        .order_by(Face.id)
    )
    asked = set(session.scalars(select(Task.face_id).where(Task.remote_id.is_not(None))))
    columns = [
        "sample_id",
        "age",
        "judged",
        "claimed",
        "country",
        "race",
        "age_confidence",
        "gender_confidence",
    ]
    frame = pd.DataFrame(
        [tuple(row) for row in session.execute(statement)], columns=columns, dtype=object
    )
    known = frame["judged"].where(frame["judged"].isin(GENDERS), frame["claimed"])
    either = [GENDERS[int(face[-1], 16) % 2] for face in frame["sample_id"]]
    confidence = frame[["age_confidence", "gender_confidence"]].astype(float).fillna(0.0)
    return pd.DataFrame(
        {
            "sample_id": frame["sample_id"],
            "age": frame["age"].astype(float),
            "gender": known.where(known.isin(GENDERS), pd.Series(either, dtype=object)),
            "country": frame["country"],
            "race": frame["race"],
            "confidence": confidence.min(axis=1),
            "waits": ~frame["sample_id"].isin(asked),
        }
    )
