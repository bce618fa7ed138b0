"""Protocol `imdb-wiki`: celebrities, whose age follows from date of birth and year of the photo.

R. Rothe, R. Timofte and L. Van Gool, "DEX: deep expectation of apparent age from a single image",
ICCV workshops 2015. `wiki.mat` and `imdb.mat` hold, for each picture, the date of birth as a MATLAB
day number, the year of the photograph, the path, the gender (0 female, 1 male, NaN unknown), the
name, the face's place, its score (-Inf where no face was found) and that of a second face (NaN
where there is none). The photograph is taken to be from the middle of its year, as its authors do.

The labels are noisy: that is why the filters matter, and why each is counted. Names serve only to
tell people apart, and are kept as a hash.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import counted, root_of, rows_of
from training.bench.protocols.registry import PROTOCOLS
from training.bench.sample import Picture, Sample

DAYS_BEFORE_PYTHON = 366  # MATLAB counts days from the year 0, Python from the year 1
MIDDLE_OF_YEAR = (7, 1)
FIELDS = ("dob", "photo_taken", "full_path", "gender", "face_location", "face_score",
          "second_face_score")  # fmt: skip
GENDERS = {0.0: "female", 1.0: "male"}


@dataclass(frozen=True)
class Filters:
    """Which rows are taken."""

    parts: tuple[str, ...] = ("wiki", "imdb")
    min_face_score: float = 1.0
    youngest: float = 0.0
    oldest: float = 100.0
    first_year: int = 0  # of the photograph


PRESETS = {
    "usual": Filters(),
    "wiki": Filters(parts=("wiki",)),
    "imdb": Filters(parts=("imdb",)),
    # As the Deep.Social study of July 2018 tested: people of 13 to 44 in photographs since 2005.
    "wiki-13-44-2005": Filters(parts=("wiki",), youngest=13.0, oldest=45.0, first_year=2005),
}


class ImdbWikiProtocol(LabelledProtocol):
    """The rows of `wiki.mat` and `imdb.mat` below `root` that pass the filters of `preset`."""

    name = "imdb-wiki"
    bins = ADIENCE_BINS

    def __init__(self, root: Path, preset: str = "usual", corrections: Path | None = None) -> None:
        """Read the metadata.

        Raises:
            InputError: no file of the preset is there, one is of another layout, or the
                corrections cannot be used.
        """
        super().__init__()
        root_of(self.name, root)
        self.variant = preset
        self.filters = PRESETS[preset]
        self.left_out: Counter[str] = Counter()
        self.rows = 0
        found = [(part, place) for part in self.filters.parts if (place := _place(root, part))]
        if not found:
            names = " or ".join(f"{part}.mat" for part in self.filters.parts)
            raise InputError(f"{root} lacks {names}; {PROTOCOLS[self.name].source}")
        self.parts = [part for part, _ in found]
        for part, place in found:
            self._read(part, place)
        self.corrected = self._correct(corrections)

    @classmethod
    def open(cls, options: ProtocolOptions) -> ImdbWikiProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root, options.preset or "usual", options.corrections)

    def describe(self) -> dict[str, str]:
        """Return the filters, and how many rows each left out."""
        return {
            "preset": self.variant,
            "files": ", ".join(f"{part}.mat" for part in self.parts),
            "rows": f"{self.rows:,}",
            "left out": counted(dict(self.left_out.most_common())) or "none",
            "genders corrected": f"{self.corrected:,}",
        }

    def check(self) -> Iterable[Finding]:
        """Look for rows that cannot be true, and for missing and identical pictures."""
        impossible = self.left_out["impossible date or age"]
        if impossible:
            yield Finding(
                kind="impossible age",
                count=impossible,
                detail="dates of birth before the year 1, after the photograph, or 100 years and "
                "more before it are left out",
                harmful=False,
            )
        yield from check_samples(self._samples)

    def _read(self, part: str, place: Path) -> None:
        columns = read_mat(place / f"{part}.mat", part)
        whole = not place.name.endswith("_crop")  # the distributed crops hold one face each
        for row in range(len(columns["dob"])):
            self.rows += 1
            age = age_in(columns["dob"][row], columns["photo_taken"][row])
            reason = self._objection(columns, row, age)
            if reason is not None:
                self.left_out[reason] += 1
                continue
            path = str(columns["full_path"][row])
            person = columns["name"][row] if "name" in columns else path
            box = _box(columns["face_location"][row]) if whole else None
            self._samples.append(
                Sample(
                    sample_id=f"{part}/{path}",
                    picture=Picture(place / path, box=box),
                    age=age,
                    gender=GENDERS.get(float(columns["gender"][row])),
                    subject=hashlib.blake2b(str(person).encode(), digest_size=8).hexdigest(),
                )
            )

    def _objection(self, columns: dict[str, NDArray[Any]], row: int, age: float) -> str | None:
        filters = self.filters
        score = float(columns["face_score"][row])
        if not math.isfinite(score) or score < filters.min_face_score:
            return "no face, or one of a low score"
        if not math.isnan(float(columns["second_face_score"][row])):
            return "a second face"
        if not 0 <= age < 100:
            return "impossible date or age"
        if not filters.youngest <= age < filters.oldest:
            return "age outside the preset"
        if columns["photo_taken"][row] < filters.first_year:
            return "photograph older than the preset"
        return None

    def _correct(self, corrections: Path | None) -> int:
        """Put the genders of a CSV (path, gender: female, male or empty) in place of the labels."""
        if corrections is None:
            return 0
        known = {}
        for line, row in rows_of(corrections, ("path", "gender")):
            if row["gender"] not in ("female", "male", ""):
                raise InputError(
                    f"{corrections}, line {line}: the gender {row['gender']!r} is neither female, "
                    "male nor empty"
                )
            known[row["path"]] = row["gender"] or None
        changed = 0
        for at, sample in enumerate(self._samples):
            path = sample.sample_id.partition("/")[2]
            for name in (sample.sample_id, path):
                if name in known:
                    changed += sample.gender != known[name]
                    self._samples[at] = Sample(**(vars(sample) | {"gender": known[name]}))
        return changed


def read_mat(path: Path, part: str) -> dict[str, NDArray[Any]]:
    """Return the fields of the struct `part` in a MATLAB v5 file, each of (N,).

    Raises:
        InputError: it is no such file, or lacks a field.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        struct = loadmat(path, squeeze_me=True, variable_names=[part])[part]
        fields = {name: np.atleast_1d(struct[name].item()) for name in struct.dtype.names}
    except KeyError:
        raise InputError(f"{path} holds no {part}, so it is not the file of IMDB-WIKI") from None
    except (OSError, ValueError, TypeError, AttributeError, MatReadError) as error:
        raise InputError(f"{path} cannot be read as a MATLAB file: {error}") from None
    lacking = [name for name in FIELDS if name not in fields]
    if lacking:
        raise InputError(f"{path} lacks the field {lacking[0]}, so it is not that of IMDB-WIKI")
    return fields


def age_in(born: float, year: float) -> float:
    """Return the age in years in the middle of `year`; NaN for a birth that is no date.

    `born` is a MATLAB day number. Whole years since the last birthday, so that an age compares with
    labels of other sets.
    """
    if not (math.isfinite(born) and math.isfinite(year) and born > DAYS_BEFORE_PYTHON):
        return math.nan
    try:
        birthday = date.fromordinal(int(born) - DAYS_BEFORE_PYTHON)
    except (OverflowError, ValueError):
        return math.nan
    before = (birthday.month, birthday.day) > MIDDLE_OF_YEAR
    return float(int(year) - birthday.year - before)


def _place(root: Path, part: str) -> Path | None:
    """Return the folder that holds `part`.mat: the root itself, or one of the distributed ones."""
    for folder in (root, root / f"{part}_crop", root / part):
        if (folder / f"{part}.mat").is_file():
            return folder
    return None


def _box(location: Any) -> tuple[float, float, float, float] | None:
    numbers = np.asarray(location, dtype=np.float64).ravel()
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        return None
    return float(numbers[0]), float(numbers[1]), float(numbers[2]), float(numbers[3])
