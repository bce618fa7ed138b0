"""Protocol `lagenda`: people of all ages in everyday scenes, age and gender by ten votes each.

M. Kuprashevich and I. Tolstykh, "MiVOLO: multi-input transformer for age and gender estimation",
2023. 67,159 pictures with 84,192 people whose age and gender are labelled; the table has other
people's boxes too, labelled -1, which are left out. Several people may stand in one picture, so the
face's box tells which is meant, and all faces of one picture form one subject.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import counted, root_of, rows_of
from training.bench.sample import Picture, Sample

TABLE = "lagenda_annotation.csv"
BOX = ("face_x0", "face_y0", "face_x1", "face_y1")
GENDERS = {"F": "female", "M": "male"}
UNKNOWN = "-1"
LABELLED = 84_192  # people with age and gender, as published


class LagendaProtocol(LabelledProtocol):
    """The labelled people of the annotation table in `root`."""

    name = "lagenda"
    variant = "all labelled people"
    bins = ADIENCE_BINS

    def __init__(self, root: Path) -> None:
        """Read the table.

        Raises:
            InputError: it is missing, or holds a label that nobody knows.
        """
        super().__init__()
        root_of(self.name, root, TABLE)
        self.left_out: Counter[str] = Counter()
        in_picture: Counter[str] = Counter()
        for line, row in rows_of(root / TABLE, ("img_name", "age", "gender", *BOX)):
            place = f"{TABLE}, line {line}"
            name = row["img_name"]
            in_picture[name] += 1
            age, gender = _age(row["age"], place), _gender(row["gender"], place)
            box = _box([row[edge] for edge in BOX], place)
            if age is None or gender is None:
                self.left_out["age or gender not labelled"] += 1
                continue
            if box is None:
                self.left_out["face not seen"] += 1
                continue
            self._samples.append(
                Sample(
                    sample_id=f"{name}#{in_picture[name]}",
                    picture=Picture(root / name, box=box),
                    age=age,
                    gender=gender,
                    subject=name,
                )
            )

    @classmethod
    def open(cls, options: ProtocolOptions) -> LagendaProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root)

    def describe(self) -> dict[str, str]:
        """Return how many people are judged, and how many left out."""
        return {
            "people": f"{len(self._samples):,}",
            "pictures": f"{len({sample.subject for sample in self._samples}):,}",
            "left out": counted(dict(self.left_out.most_common())) or "none",
        }

    def check(self) -> Iterable[Finding]:
        """Look for people that are missing, and for missing and identical pictures."""
        labelled = len(self._samples) + self.left_out["face not seen"]
        if labelled != LABELLED:
            yield Finding(
                kind="not all people",
                count=abs(LABELLED - labelled),
                detail=f"{labelled:,} labelled people are here, {LABELLED:,} were published",
            )
        yield from check_samples(self._samples)


def _age(written: str, place: str) -> float | None:
    try:
        age = float(written)
    except ValueError:
        age = math.nan
    if age == float(UNKNOWN):
        return None
    if not 0 <= age <= 122:
        raise InputError(f"{place}: the age {written!r} is none")
    return age


def _gender(written: str, place: str) -> str | None:
    if written in (UNKNOWN, ""):
        return None
    if written not in GENDERS:
        raise InputError(f"{place}: the gender {written!r} is neither F nor M")
    return GENDERS[written]


def _box(edges: list[str], place: str) -> tuple[float, float, float, float] | None:
    try:
        x0, y0, x1, y1 = (float(edge) for edge in edges)
    except ValueError:
        raise InputError(f"{place}: the face's box {edges} is not four numbers") from None
    return (x0, y0, x1, y1) if x1 > x0 >= 0 and y1 > y0 >= 0 else None
