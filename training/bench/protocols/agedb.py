"""Protocol `agedb`: manually collected, in-the-wild faces of people whose age is known.

S. Moschoglou et al., "AgeDB: the first manually collected, in-the-wild age database", CVPR
workshops 2017. 16,488 pictures of 568 people; a name is `[number]_[person]_[age]_[f or m].jpg`. All
pictures are tested: benchmarks that test a part of them are not comparable. Names serve only to
tell people apart, and are kept as a hash.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import pictures_below, root_of
from training.bench.sample import Picture, Sample

GENDERS = {"f": "female", "m": "male"}
_NAME = re.compile(r"(\d+)_(.+)_(\d{1,3})_([fm])\.jpe?g", re.IGNORECASE)
PICTURES, PEOPLE = 16_488, 568  # as published


class AgeDbProtocol(LabelledProtocol):
    """Every picture below `root` whose name can be read."""

    name = "agedb"
    variant = "all pictures"
    bins = ADIENCE_BINS

    def __init__(self, root: Path) -> None:
        """Read the names.

        Raises:
            InputError: no picture there is named as AgeDB's are.
        """
        super().__init__()
        root_of(self.name, root)
        self.refused: list[str] = []
        for path in pictures_below(root):
            said = _NAME.fullmatch(path.name)
            if said is None or int(said[3]) > 110:
                self.refused.append(path.name)
                continue
            person = hashlib.blake2b(said[2].casefold().encode(), digest_size=8).hexdigest()
            self._samples.append(
                Sample(
                    sample_id=f"{said[1]}_{said[3]}_{said[4].lower()}",
                    picture=Picture(path),
                    age=float(said[3]),
                    gender=GENDERS[said[4].lower()],
                    subject=person,
                )
            )
        if not self._samples:
            raise InputError(
                f"no picture below {root} is named as AgeDB's are (number_Name_35_f.jpg)"
            )

    @classmethod
    def open(cls, options: ProtocolOptions) -> AgeDbProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root)

    def describe(self) -> dict[str, str]:
        """Return how many pictures and people there are, beside the published numbers."""
        people = len({sample.subject for sample in self._samples})
        return {
            "pictures": f"{len(self._samples):,} of {PICTURES:,} published",
            "people": f"{people:,} of {PEOPLE:,} published",
            "names left out": f"{len(self.refused):,}",
        }

    def check(self) -> Iterable[Finding]:
        """Look for pictures that are missing or more than published, names, and copies."""
        if len(self._samples) != PICTURES:
            yield Finding(
                kind="not all pictures",
                count=abs(PICTURES - len(self._samples)),
                detail=f"{len(self._samples):,} pictures are here, {PICTURES:,} were published",
            )
        if self.refused:
            yield Finding(
                kind="name refused",
                count=len(self.refused),
                detail="file names that are not number_name_age_gender are left out",
                harmful=False,
            )
        genders: dict[str | None, Counter[str | None]] = {}
        for sample in self._samples:
            genders.setdefault(sample.subject, Counter())[sample.gender] += 1
        both = [str(person) for person, found in genders.items() if len(found) > 1]
        if both:
            yield Finding(
                kind="person of both genders",
                count=len(both),
                detail="pictures of one person are labelled with both genders",
                examples=tuple(both[:5]),
            )
        yield from check_samples(self._samples)
