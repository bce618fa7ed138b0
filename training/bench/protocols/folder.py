"""Protocol `folder`: pictures sorted into folders that say who is on them.

Folder names below the root are the labels: `female` or `male`, an age (`23`) or ages (`20-29`,
`60+`), in any order: `female/23/a.jpg`, `20-29/male/b.jpg`. Other names are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import pictures_below, root_of
from training.bench.sample import Picture, Sample

OLDEST = 130
GENDERS = {"female": "female", "male": "male", "women": "female", "men": "male",
           "f": "female", "m": "male"}  # fmt: skip
_AGES = re.compile(r"(\d{1,3})(?:-(\d{1,3})|(\+))?")


class FolderProtocol(LabelledProtocol):
    """Every picture below `root` that a folder's name says something about."""

    name = "folder"
    variant = ""
    bins = ADIENCE_BINS

    def __init__(self, root: Path) -> None:
        """Find the pictures.

        Raises:
            InputError: no folder name says an age or a gender, or two contradict each other.
        """
        super().__init__()
        self.root = root_of(self.name, root)
        self.unlabelled: list[str] = []
        for path in pictures_below(root):
            sample = self._sample(path)
            if sample is None:
                self.unlabelled.append(path.relative_to(root).as_posix())
            else:
                self._samples.append(sample)
        if not self._samples:
            raise InputError(
                f"no picture below {root} lies in a folder named female, male, an age (23) or ages "
                "(20-29)"
            )

    @classmethod
    def open(cls, options: ProtocolOptions) -> FolderProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root)

    def describe(self) -> dict[str, str]:
        """Return how many pictures are labelled."""
        return {
            "pictures": f"{len(self._samples):,}",
            "without a label": f"{len(self.unlabelled):,}",
        }

    def check(self) -> Iterable[Finding]:
        """Look for pictures without a label, and for identical ones."""
        if self.unlabelled:
            yield Finding(
                kind="no label",
                count=len(self.unlabelled),
                detail="these pictures lie in no folder that names an age or a gender",
                examples=tuple(self.unlabelled[:5]),
                harmful=False,
            )
        yield from check_samples(self._samples)

    def _sample(self, path: Path) -> Sample | None:
        place = path.relative_to(self.root)
        genders, ages = set(), set()
        for folder in place.parts[:-1]:
            if folder.casefold() in GENDERS:
                genders.add(GENDERS[folder.casefold()])
            elif found := _AGES.fullmatch(folder):
                low = int(found[1])
                ages.add((low, OLDEST if found[3] else int(found[2] or low)))
        if len(genders) > 1 or len(ages) > 1:
            raise InputError(f"the folders of {path} say two things at once")
        if not genders and not ages:
            return None
        interval = ages.pop() if ages else None
        exact = interval is not None and interval[0] == interval[1]
        return Sample(
            sample_id=place.as_posix(),
            picture=Picture(path),
            age=float(interval[0]) if exact and interval else None,
            age_interval=None if exact else interval,
            gender=genders.pop() if genders else None,
        )
