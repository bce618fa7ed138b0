"""Protocol `utkface`: faces whose file names tell age, gender and race.

Z. Zhang, Y. Song and H. Qi, "Age progression/regression by conditional adversarial autoencoder",
CVPR 2017. A name is `[age]_[gender]_[race]_[date and time].jpg`, gender 0 male and 1 female, race 0
White, 1 Black, 2 Asian, 3 Indian, 4 others. Some names break that; they are left out by reason and
counted. There is no official split and nobody is named, so every picture is a subject of its own
and figures over all pictures are comparable only with others over all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from curation.errors import InputError
from training.bench.bins import ADIENCE_BINS
from training.bench.protocols import Finding, ProtocolOptions
from training.bench.protocols.checks import check_samples
from training.bench.protocols.labelled import LabelledProtocol
from training.bench.protocols.reading import counted, pictures_below, root_of
from training.bench.sample import Alignment, Picture, Sample

GENDERS = {"0": "male", "1": "female"}
RACES = {"0": "White", "1": "Black", "2": "Asian", "3": "Indian", "4": "others"}
OLDEST = 116
CHIP_PADDING = 0.25  # the aligned chips (.chip.jpg) are cut at the edge of the face
_ENDING = re.compile(r"(\.jpe?g)?(\.chip)?\.jpe?g$", re.IGNORECASE)


@dataclass(frozen=True)
class Name:
    """What a file name says."""

    age: int
    gender: str
    race: str


def parse_name(name: str) -> Name | str:
    """Return what `name` says, or the reason why it cannot be used."""
    parts = _ENDING.sub("", name).split("_")
    if len(parts) != 4:
        return f"{len(parts)} parts in place of 4"
    age, gender, race, moment = parts
    if not age.isdecimal() or not 0 <= int(age) <= OLDEST:
        return "no age"
    if gender not in GENDERS:
        return "no gender"
    if race not in RACES:
        return "no race"
    if not moment.isdecimal():
        return "no time"
    return Name(int(age), GENDERS[gender], RACES[race])


class UtkFaceProtocol(LabelledProtocol):
    """Every picture below `root` whose name can be read."""

    name = "utkface"
    variant = "all pictures"
    bins = ADIENCE_BINS

    def __init__(self, root: Path) -> None:
        """Read the names.

        Raises:
            InputError: no picture there is named as UTKFace's are.
        """
        super().__init__()
        root_of(self.name, root)
        self.refused: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        for path in pictures_below(root):
            said = parse_name(path.name)
            if isinstance(said, str):
                self.refused[said] += 1
                self.examples.setdefault(said, path.name)
                continue
            chip = ".chip." in path.name.lower()
            self._samples.append(
                Sample(
                    sample_id=path.relative_to(root).as_posix(),
                    picture=Picture(path, Alignment.detect, padding=CHIP_PADDING if chip else 0.0),
                    age=float(said.age),
                    gender=said.gender,
                    race=said.race,
                )
            )
        if not self._samples:
            raise InputError(
                f"no picture below {root} is named as UTKFace's are (26_1_2_20170116….jpg)"
            )

    @classmethod
    def open(cls, options: ProtocolOptions) -> UtkFaceProtocol:
        """Open the folder that the options name.

        Raises:
            InputError: as the constructor.
        """
        assert options.root is not None
        return cls(options.root)

    def describe(self) -> dict[str, str]:
        """Return how many pictures were used and left out."""
        races = Counter(sample.race or "" for sample in self._samples)
        return {
            "pictures": f"{len(self._samples):,}",
            "races": counted({race: races[race] for race in RACES.values() if races[race]}),
            "names left out": counted(dict(self.refused.most_common())) or "none",
        }

    def check(self) -> Iterable[Finding]:
        """Look for names that cannot be read, and for identical pictures."""
        for reason, count in self.refused.most_common():
            yield Finding(
                kind="name refused",
                count=count,
                detail=f"file names with {reason} are left out",
                examples=(self.examples[reason],),
                harmful=False,
            )
        yield from check_samples(self._samples)
