"""Protocol `adience`: unfiltered faces from mobile uploads, five subject-exclusive folds.

E. Eidinger, R. Enbar and T. Hassner, "Age and gender estimation of unfiltered faces", IEEE TIFS
9(12), 2014. Ages are labelled with eight bins. The published cross-validation (G. Levi and T.
Hassner, "Age and gender classification using convolutional neural networks", CVPR workshops 2015)
uses, for ages, the rows that carry exactly one of those eight labels, and for genders the rows that
say f or m; all others are left out of that task. The preset `repaired` also takes what `AGES` can
make of the rest.

Whose album a picture is from (`user_id`) is its subject: the folds are cut between albums. A
hundred rows share their picture with another row (two faces with one face id); all are counted, as
in the published lists, and `check` names those that contradict each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import counted, root_of, rows_of
from training.bench.sample import Alignment, Picture, Sample

FOLDS = ("0", "1", "2", "3", "4")
COLUMNS = ("user_id", "original_image", "face_id", "age", "gender", "x", "y", "dx", "dy")
GENDERS = {"f": "female", "m": "male", "u": None, "": None}
EXACT = {f"({low}, {high})": (low, high) for low, high in ADIENCE_BINS.limits}

# What the preset `repaired` makes of labels that name none of the eight bins: the bin that was
# meant, or the age. (8, 23) may mean anything.
AGES: dict[str, tuple[int, int] | float | None] = {
    "(25, 23)": (25, 32),
    "(27, 32)": (25, 32),
    "(38, 42)": (38, 43),
    "(38, 48)": (38, 43),
    "(8, 23)": None,
    "None": None,
    **{str(age): float(age) for age in range(101)},
}

# preset -> the fold files, the folder of the pictures, the start of their names
PRESETS = {
    "aligned": ("fold_{}_data.txt", "aligned", "landmark_aligned_face"),
    "faces": ("fold_{}_data.txt", "faces", "coarse_tilt_aligned_face"),
    "frontal": ("fold_frontal_{}_data.txt", "aligned", "landmark_aligned_face"),
    "repaired": ("fold_{}_data.txt", "aligned", "landmark_aligned_face"),
}
VARIANTS = {
    "aligned": "5-fold cross-validation",
    "faces": "5-fold cross-validation, coarsely aligned faces",
    "frontal": "5-fold cross-validation, frontal faces",
    "repaired": "5-fold cross-validation, repaired labels",
}


class AdienceProtocol(LabelledProtocol):
    """The rows of the fold files in `root`, those without any label counted and left out."""

    name = "adience"
    bins = ADIENCE_BINS

    def __init__(self, root: Path, preset: str, folds: tuple[str, ...]) -> None:
        """Read the fold files.

        Raises:
            InputError: one is missing or holds a label that nobody knows.
        """
        super().__init__()
        names, folder, start = PRESETS[preset]
        unknown = [fold for fold in folds if fold not in FOLDS]
        if unknown:
            raise InputError(f"adience has the folds {', '.join(FOLDS)}, not {unknown[0]}")
        self.variant = VARIANTS[preset]
        self.preset = preset
        self.folds = folds or FOLDS
        root_of(self.name, root, *(names.format(fold) for fold in self.folds))
        pictures = root / folder
        self.has_pictures = pictures.is_dir()
        self.rows = 0
        self.left_out: Counter[str] = Counter()  # rows by what was written for age and gender
        self.ages: Counter[str] = Counter()  # rows by what was written for the age
        self.genders: Counter[str] = Counter()
        names_taken: Counter[str] = Counter()
        for fold in self.folds:
            for line, row in rows_of(root / names.format(fold), COLUMNS, "\t"):
                place = f"{names.format(fold)}, line {line}"
                sample = self._sample(row, fold, place, pictures, start)
                self.rows += 1
                if sample is None:
                    continue
                names_taken[sample.sample_id] += 1
                if (time := names_taken[sample.sample_id]) > 1:
                    sample = replace(sample, sample_id=f"{sample.sample_id}#{time}")
                self._samples.append(sample)
        self.twice = sum(time - 1 for time in names_taken.values())

    @classmethod
    def open(cls, options: ProtocolOptions) -> AdienceProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root, options.preset or "aligned", options.folds)

    def describe(self) -> dict[str, str]:
        """Return folds, rows, and how many of them carry which label."""
        bins = {
            f"{low}-{high}": sum(sample.age_interval == (low, high) for sample in self._samples)
            for low, high in ADIENCE_BINS.limits
        }
        exact = sum(sample.age is not None for sample in self._samples)
        described = {
            "images": self.preset,
            "folds": ", ".join(self.folds),
            "rows": f"{self.rows:,}",
            "age bins": counted(bins),
            "genders": counted(
                {
                    gender: sum(sample.gender == gender for sample in self._samples)
                    for gender in ("female", "male")
                }
            ),
            "rows without a label that counts": counted(dict(self.left_out.most_common())),
            "rows that share their picture with another": f"{self.twice:,}",
        }
        return described | ({"exact ages": f"{exact:,}"} if exact else {})

    def check(self) -> Iterable[Finding]:
        """Look for people across folds, missing and identical pictures, and labels left out."""
        unlabelled = sum(self.left_out.values())
        if unlabelled:
            yield Finding(
                kind="no label that counts",
                count=unlabelled,
                detail="rows with neither one of the eight age labels nor a gender: "
                + counted(dict(self.left_out.most_common(5))),
                harmful=False,
            )
        yield from check_samples(self._samples)

    def _sample(
        self, row: dict[str, str], fold: str, place: str, pictures: Path, start: str
    ) -> Sample | None:
        written, gender = row["age"], row["gender"]
        if written not in EXACT and written not in AGES:
            raise InputError(f"{place}: the age {written!r} is none that Adience has")
        if gender not in GENDERS:
            raise InputError(f"{place}: the gender {gender!r} is none that Adience has")
        self.ages[written] += 1
        self.genders[gender or "blank"] += 1
        interval, age = EXACT.get(written), None
        if interval is None and self.preset == "repaired":
            meant = AGES[written]
            interval, age = (meant, None) if isinstance(meant, tuple) else (None, meant)
        if interval is None and age is None and GENDERS[gender] is None:
            self.left_out[f"{written} {gender or 'blank'}"] += 1
            return None
        name = f"{start}.{row['face_id']}.{row['original_image']}"
        path = pictures / row["user_id"] / name
        return Sample(
            sample_id=f"{row['user_id']}/{row['face_id']}.{row['original_image']}",
            # The distributed faces fill their pictures, with some border: it is enough.
            picture=Picture(path, Alignment.detect) if self.has_pictures else None,
            age=age,
            age_interval=interval,
            gender=GENDERS[gender],
            subject=row["user_id"],
            fold=fold,
        )
