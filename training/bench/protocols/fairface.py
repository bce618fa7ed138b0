"""Protocol `fairface`: balanced race, gender and age; the published validation table is the test.

K. Kärkkäinen and J. Joo, "FairFace: face attribute dataset for balanced race, gender, and age for
bias measurement and mitigation", WACV 2021. Ages are nine groups. In circulating copies of the
tables a spreadsheet has turned `3-9` and `10-19` into dates; `GROUPS` turns them back, and how
often is told.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import FAIRFACE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import counted, root_of, rows_of
from training.bench.sample import Alignment, Picture, Sample

COLUMNS = ("file", "age", "gender", "race")
RACES = (
    "White", "Black", "Indian", "East Asian", "Southeast Asian", "Middle Eastern",
    "Latino_Hispanic",
)  # fmt: skip
GENDERS = {"Female": "female", "Male": "male"}
TABLES = {"validation": "fairface_label_val.csv", "train": "fairface_label_train.csv"}
OLDEST = 130  # "more than 70" has no end

_WRITTEN = {
    "0-2": (0, 2), "3-9": (3, 9), "10-19": (10, 19), "20-29": (20, 29), "30-39": (30, 39),
    "40-49": (40, 49), "50-59": (50, 59), "60-69": (60, 69), "more than 70": (70, OLDEST),
}  # fmt: skip
# What spreadsheets in several languages and settings make of two of them.
_DAMAGED = {
    **dict.fromkeys(("9-Mar", "03-Sep", "3-Sep", "09-Mar", "Mar-09"), (3, 9)),
    **dict.fromkeys(("19-Oct", "Oct-19", "10-Oct-19", "Oct 19"), (10, 19)),
}
GROUPS = _WRITTEN | _DAMAGED


class FairFaceProtocol(LabelledProtocol):
    """The rows of one of the two published tables in `root`."""

    name = "fairface"
    variant = "validation"
    bins = FAIRFACE_BINS

    def __init__(self, root: Path, split: str = "validation") -> None:
        """Read the table.

        Raises:
            InputError: it is missing, or holds a label that nobody knows.
        """
        super().__init__()
        self.root = root_of(self.name, root, TABLES[split])
        self.variant = split
        self.split = split
        self.repaired: Counter[str] = Counter()
        for line, row in rows_of(root / TABLES[split], COLUMNS):
            place = f"{TABLES[split]}, line {line}"
            self._samples.append(self._sample(row, place))

    @classmethod
    def open(cls, options: ProtocolOptions) -> FairFaceProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root, options.split or "validation")

    def describe(self) -> dict[str, str]:
        """Return the split, its counts, and what was repaired."""
        races = Counter(sample.race or "" for sample in self._samples)
        return {
            "split": self.split,
            "rows": f"{len(self._samples):,}",
            "races": counted({race: races[race] for race in RACES}),
            "ages damaged by a spreadsheet and repaired": counted(dict(self.repaired)) or "none",
        }

    def check(self) -> Iterable[Finding]:
        """Look for repaired ages, missing and identical files, and pictures of the other split."""
        if self.repaired:
            yield Finding(
                kind="age repaired",
                count=self.repaired.total(),
                detail="a spreadsheet had turned age groups into dates: "
                + counted(dict(self.repaired)),
                harmful=False,
            )
        yield from check_samples(self._samples)
        yield from self._leaks()

    def _leaks(self) -> Iterable[Finding]:
        """Find pictures that stand byte for byte in the other split too."""
        other = "train" if self.split == "validation" else "validation"
        if not (self.root / TABLES[other]).is_file():
            return
        theirs = FairFaceProtocol(self.root, other).samples()
        sizes = {path.stat().st_size for path in _files(self._samples)}
        hashes = {_sha256(path) for path in _files(theirs) if path.stat().st_size in sizes}
        leaks = [str(path) for path in _files(self._samples) if _sha256(path) in hashes]
        if leaks:
            yield Finding(
                kind="byte-identical in two splits",
                count=len(leaks),
                detail=f"pictures of {self.split} stand in {other} too",
                examples=tuple(leaks[:5]),
            )

    def _sample(self, row: dict[str, str], place: str) -> Sample:
        written = row["age"]
        if written not in GROUPS:
            raise InputError(
                f"{place}: the age {written!r} is none of FairFace's nine groups, nor what a "
                "spreadsheet makes of one"
            )
        if written in _DAMAGED:
            self.repaired[written] += 1
        if row["gender"] not in GENDERS:
            raise InputError(f"{place}: the gender {row['gender']!r} is neither Female nor Male")
        if row["race"] not in RACES:
            raise InputError(f"{place}: the race {row['race']!r} is none of FairFace's seven")
        return Sample(
            sample_id=row["file"],
            picture=Picture(self.root / row["file"], Alignment.detect),
            age_interval=GROUPS[written],
            gender=GENDERS[row["gender"]],
            race=row["race"],
        )


def _files(samples: Iterable[Sample]) -> Iterable[Path]:
    for sample in samples:
        assert sample.picture is not None
        source = sample.picture.source
        if isinstance(source, Path) and source.is_file():
            yield source


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
