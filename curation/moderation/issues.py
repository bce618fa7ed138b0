"""Labels that a network doubts go back to the moderators, for more votes.

The file comes from `train label-issues`. A doubt is written down as a label of the face with the
origin `model`: what the network would have said, how sure it is, and by which dataset version it
was trained. Nothing is taken over from it; the moderators' votes decide. Each doubt is acted on
once: the label, written when the server took the wish, is the mark of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curation.database.models import Annotation, Face, Label, Task
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.errors import InputError
from curation.identity import content_id

FORMAT = "evenface label issues 1"
RULE = "label-issues"
COLUMNS = ("sample_id", "attribute", "label", "suggested", "quality", "issue")
MORE_VOTES = 2
BATCH = 20  # faces to a transaction: a wish takes the server up to half a second

# Wants a task, by the server's id, to be answered by so many moderators in all; False: it is gone.
Ask = Callable[[int, int], bool]


@dataclass(frozen=True)
class Doubt:
    """One label that is probably wrong."""

    face_id: str
    attribute: str  # "gender" or "age"
    label: str
    suggested: str
    quality: float  # 0 worst, 1 best
    dataset: str  # and its version


@dataclass(frozen=True)
class AskedAgain:
    """How many faces went back, and why others did not."""

    asked: int = 0
    before: int = 0  # asked again already, for the same doubts
    unsent: int = 0  # never put to moderators: `push` sends them as it sends all
    unknown: int = 0  # not of this workspace
    gone: int = 0  # the server has their tasks no more

    def __add__(self, other: AskedAgain) -> AskedAgain:
        return AskedAgain(
            self.asked + other.asked,
            self.before + other.before,
            self.unsent + other.unsent,
            self.unknown + other.unknown,
            self.gone + other.gone,
        )

    def __str__(self) -> str:
        rest = {
            "were asked again before": self.before,
            "were never sent (`curate push` does)": self.unsent,
            "are not of this workspace": self.unknown,
            "have no task on the server any more (`curate push --repair`)": self.gone,
        }
        others = "".join(f"; {count:,} {what}" for what, count in rest.items() if count)
        going = "face goes" if self.asked == 1 else "faces go"
        return f"{self.asked:,} doubtful {going} back to the moderators{others}"


def read_issues(path: Path) -> list[Doubt]:
    """Return the labels that are marked as issues in a file of `train label-issues`, in its order.

    Raises:
        InputError: the file is missing, or is none of these.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(
            f"there is no file {path}; `train label-issues` writes issues.parquet"
        ) from None
    except (OSError, pa.ArrowInvalid) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is no Parquet file: {first}") from None
    about = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()
             if key.startswith(b"evenface.")}  # fmt: skip
    missing = [name for name in COLUMNS if name not in table.column_names]
    if about.get("evenface.format") != FORMAT or missing:
        lacks = f": it lacks the columns {', '.join(missing)}" if missing else ""
        raise InputError(f"{path} is no file of `train label-issues`{lacks}; name issues.parquet")
    dataset = f"{about.get('evenface.dataset', '')} v{about.get('evenface.version', '')}"
    return [
        Doubt(
            face_id=str(row["sample_id"]),
            attribute=str(row["attribute"]),
            label=str(row["label"]),
            suggested=str(row["suggested"]),
            quality=float(row["quality"]),
            dataset=dataset,
        )
        for row in table.select(COLUMNS).to_pylist()
        if row["issue"]
    ]


def ask_again(
    database: Database,
    project_id: str,
    doubts: Sequence[Doubt],
    ask: Ask,
    more_votes: int = MORE_VOTES,
    limit: int | None = None,
) -> AskedAgain:
    """Have faces whose labels are doubted answered by `more_votes` more moderators.

    A face is asked about once, however many of its labels are doubted, and not again for the same
    doubts; with `limit` only the first so many faces are. Stopped at any point, the same call goes
    on: a face whose wish was sent but not written down gets the same wish again.
    """
    by_face: dict[str, list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        by_face[doubt.face_id].append(doubt)
    done = AskedAgain()
    for faces in _batches(by_face):
        left = None if limit is None else limit - done.asked
        if left == 0:
            break
        with database.session() as session:
            done += _ask_batch(session, project_id, {f: by_face[f] for f in faces}, ask,
                               more_votes, left)  # fmt: skip
    return done


def count_askable(
    database: Database, project_id: str, doubts: Sequence[Doubt], limit: int | None = None
) -> AskedAgain:
    """Return what `ask_again` would do if the server had every task; nothing is asked or kept."""
    # A server that has no task leaves no mark, and so every face that would go comes as gone.
    found = ask_again(database, project_id, doubts, lambda task, votes: False)
    asked = found.gone if limit is None else min(limit, found.gone)
    return replace(found, asked=asked, gone=0)


def _ask_batch(
    session: Session,
    project_id: str,
    by_face: dict[str, list[Doubt]],
    ask: Ask,
    more_votes: int,
    limit: int | None,
) -> AskedAgain:
    known = set(session.scalars(select(Face.id).where(Face.id.in_(by_face))))
    tasks = _tasks(session, project_id, known)
    marks = {face: [_mark(one) for one in found] for face, found in by_face.items()}
    wanted = [mark["id"] for found in marks.values() for mark in found]
    marked = set(session.scalars(select(Label.id).where(Label.id.in_(wanted))))
    asked = before = unsent = gone = 0
    for face in by_face:
        if face not in known:
            continue
        new = [mark for mark in marks[face] if mark["id"] not in marked]
        if not new:
            before += 1
        elif face not in tasks:
            unsent += 1
        elif limit is None or asked < limit:
            remote, answers = tasks[face]
            if ask(remote, answers + more_votes):
                insert_new(session, Label, new)
                asked += 1
            else:
                gone += 1
    return AskedAgain(asked, before, unsent, len(by_face) - len(known), gone)


def _tasks(session: Session, project_id: str, faces: set[str]) -> dict[str, tuple[int, int]]:
    """Return the server's id of each face's task, and how many moderators have answered it."""
    current = (Annotation.task_id == Task.id) & (Annotation.state == "current")
    rows = session.execute(
        select(Task.face_id, Task.remote_id, func.count(Annotation.moderator_id.distinct()))
        .outerjoin(Annotation, current)
        .where(Task.project_id == project_id, Task.face_id.in_(faces))
        .where(Task.remote_id.is_not(None))
        .group_by(Task.face_id, Task.remote_id)
    )
    return {face: (int(remote), int(answers)) for face, remote, answers in rows if remote}


def _mark(doubt: Doubt) -> dict[str, Any]:
    """Return the row that says that a label was doubted."""
    return {
        "id": content_id("label", RULE, doubt.face_id, doubt.attribute, doubt.dataset),
        "post_id": None,
        "face_id": doubt.face_id,
        "attribute": doubt.attribute,
        "value": doubt.suggested,
        "origin": "model",
        "confidence": 1 - doubt.quality,
        "rule": RULE,
        "evidence": f"{doubt.dataset} said {doubt.label}",
    }


def _batches(faces: dict[str, list[Doubt]]) -> Iterator[list[str]]:
    remaining = iter(faces)
    while batch := list(islice(remaining, BATCH)):
        yield batch
