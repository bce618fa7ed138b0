"""What tasks are pre-annotated with, where that is wanted: what hashtags say, or a model.

Nothing is sent unless asked for, and what is sent is shown to moderators only where
`moderation.show_predictions` says so: shown answers are agreed with.

A model's file is a table (CSV, JSON lines, Parquet) with a row per face: `face` (its id) or `path`
(of its crop, whose file is named after the face), and any of `gender`, `probability` (of that
gender, 0 to 1), `age` (years), `race`. What `predict images` prints for a folder of crops is such a
file too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from curation.errors import InputError
from curation.moderation import questions
from curation.moderation.questions import age_band

HASHTAGS = "hashtags"


@dataclass(frozen=True)
class Prediction:
    """What something says of one face; None where it says nothing."""

    gender: str | None = None
    probability: float | None = None  # of the gender, 0 to 1
    age: float | None = None  # years
    race: str | None = None


class AskedFace(Protocol):
    """What a predictor may know of a face."""

    @property
    def face_id(self) -> str:
        """Its id."""
        ...

    @property
    def claimed_age(self) -> float:
        """The age its post claims, in years."""
        ...

    @property
    def gender(self) -> str | None:
        """The gender that its hashtags tell."""
        ...

    @property
    def gender_confidence(self) -> float:
        """How sure that is, 0 to 1."""
        ...


class Predictor(Protocol):
    """Says something of faces; `name` is shown in Label Studio as the model's version."""

    name: str

    def of(self, face: AskedFace) -> Prediction | None:
        """Return what is predicted of a face; None where nothing is."""
        ...


class FromHashtags:
    """What the posts themselves say."""

    name = HASHTAGS

    def of(self, face: AskedFace) -> Prediction | None:
        """Return gender and age as claimed."""
        sure = face.gender_confidence if face.gender else None
        return Prediction(face.gender, sure, face.claimed_age)


class FromFile:
    """What a model said, by face."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.said = read_predictions(path)

    def of(self, face: AskedFace) -> Prediction | None:
        """Return what the file says of a face."""
        return self.said.get(face.face_id)


def predictor_named(what: str | None) -> Predictor | None:
    """Return `hashtags`, or the predictions of a file; None for None.

    Raises:
        InputError: there is no such file, or it is none of predictions.
    """
    if what is None:
        return None
    return FromHashtags() if what == HASHTAGS else FromFile(Path(what))


def as_sent(
    predictor: Predictor | None, face: AskedFace, asked: questions.QuestionSet
) -> list[dict[str, Any]]:
    """Return the predictions of one face as the import wants them."""
    said = predictor.of(face) if predictor else None
    if predictor is None or said is None:
        return []
    votes = {}
    for attribute, value in _answers(said, face.claimed_age).items():
        question = asked.question(attribute)
        if question is not None and (question.is_number or value in question.values):
            votes[attribute] = value
    if not votes:
        return []
    sent: dict[str, Any] = {
        "model_version": predictor.name,
        "result": questions.result_of(votes),
    }
    return [sent | ({} if said.probability is None else {"score": said.probability})]


def _answers(said: Prediction, claimed_age: float) -> dict[str, str]:
    answers = {}
    if said.gender is not None:
        answers["gender"] = said.gender
    if said.race is not None:
        answers["race"] = said.race
    if said.age is not None:
        low, high = age_band(claimed_age)
        answers["age_fits"] = (
            "too_young" if said.age < low else "too_old" if said.age > high else "yes"
        )
        answers["age"] = f"{said.age:g}"
    return answers


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Read a file of predictions, by face id.

    Raises:
        InputError: it cannot be read, or a row says what cannot be.
    """
    found = {}
    for number, row in enumerate(_rows(path), start=1):
        face = row.get("face") or Path(str(row.get("path") or "")).stem
        if not face:
            raise InputError(f"{path}, row {number}: it names no face; give `face` or `path`")
        found[str(face)] = Prediction(
            gender=_text(row.get("gender")),
            probability=_number(path, number, row, "probability", 1.0),
            age=_number(path, number, row, "age", questions.MOST_YEARS),
            race=_text(row.get("race")),
        )
    if not found:
        raise InputError(f"{path} holds no prediction")
    return found


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pandas as pd

    try:
        if path.suffix == ".json":
            yield from _of_images(json.loads(path.read_text()))
            return
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        elif path.suffix in (".jsonl", ".ndjson"):
            table = pd.read_json(path, lines=True, dtype={"face": str})
        else:
            table = pd.read_csv(path, dtype={"face": str, "path": str, "gender": str})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"the predictions {path} cannot be read: {' '.join(str(error).split())}"
        ) from None
    for row in table.to_dict("records"):
        yield {str(key): None if _missing(value) else value for key, value in row.items()}


def _of_images(entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Read what `predict images` prints: of each picture, the largest of its faces."""
    for entry in entries:
        faces = entry["faces"]
        if faces:
            largest = max(faces, key=lambda face: face["box"][2] - face["box"][0])
            yield {"path": entry["path"], **largest}


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(
    path: Path, row_number: int, row: Mapping[str, Any], name: str, most: float
) -> float | None:
    value = row.get(name)
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= most:
        raise InputError(f"{path}, row {row_number}: {name} is {value!r}; 0 to {most:g} can be")
    return number
