"""Are bad moderators found before they have voted 60 times, and good ones left alone?

Twelve simulated moderators answer the three questions of a campaign, each face by three of them, in
random order. Ten have accuracies from 0.98 down to 0.6, of whom the last one is hurried: most of
the answers come in under a second. Two more always answer the same. After every round of faces the
report is made that `curate moderators` prints; a moderator counts as found at the number of own
answers after which a suspension was first proposed. Nothing is suspended meanwhile, so that bad
votes go on spoiling the yardstick, and every look is one more chance to suspect somebody wrongly.

A false alarm is a proposal against somebody whose true accuracy is not under the bar and who is
none of the three. Two of the honest ones are under the bar of 0.7 in truth (0.684 and 0.642);
finding them is no false alarm and is counted apart.

Run: `python benchmarks/moderators_found.py [--seeds 20] [--faces 600] [--bar 0.7]`
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from curation.moderation.quality.report import quality_report
from curation.moderation.quality.table import Answers, QuestionVotes, Votes

VALUES = {
    "gender": (("female", "male", "unclear"), (0.49, 0.49, 0.02)),
    "age_fits": (("yes", "too_young", "too_old", "unclear"), (0.75, 0.1, 0.1, 0.05)),
    "relevant": (("yes", "no"), (0.88, 0.12)),
}
ACCURACIES = (*np.linspace(0.98, 0.6, 10), 0.0, 0.0)
HURRIED, CONSTANT = 9, (10, 11)
BAD = (HURRIED, *CONSTANT)
VOTES_PER_FACE = 3
LOOK_EVERY = 20  # faces: about five answers of each moderator


@dataclass(frozen=True)
class Drawn:
    """A whole campaign: answers in the order of time, and the votes they hold."""

    face: NDArray[np.int64]
    moderator: NDArray[np.int64]
    at: NDArray[np.float64]
    lead_time: NDArray[np.float64]
    said: dict[str, NDArray[np.int64]]

    def until(self, face: int) -> Votes:
        """Return what is known when all faces before `face` were answered."""
        seen = self.face < face
        rows = np.flatnonzero(seen)
        nothing = np.full(len(rows), -1)
        return Votes(
            moderators=tuple(f"{code:02}" for code in range(len(ACCURACIES))),
            active=np.ones(len(ACCURACIES), bool),
            faces=face,
            answers=Answers(
                self.face[rows], self.moderator[rows], self.at[rows], self.lead_time[rows]
            ),
            questions={
                name: QuestionVotes(
                    name,
                    VALUES[name][0],
                    self.face[rows],
                    self.moderator[rows],
                    said[rows],
                    nothing,
                    rows,
                )
                for name, said in self.said.items()
            },
        )


def main() -> None:
    """Print when each of the three is found, over all seeds, and the false alarms."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--faces", type=int, default=600)
    parser.add_argument("--bar", type=float, default=0.7)
    options = parser.parse_args()
    found = [first_proposals(seed, options.faces, options.bar) for seed in range(options.seeds)]
    table = Table(title=f"answers until found, {options.seeds} seeds, {options.faces} faces each")
    for column in ("moderator", "found", "median", "latest"):
        table.add_column(column, justify="left" if column == "moderator" else "right")
    names = {HURRIED: "hurried, accuracy 0.60", 10: "always the same", 11: "always the same"}
    names |= {code: f"honest, accuracy {value:.3f}" for code, value in enumerate(ACCURACIES[:9])}
    for code in (*BAD, *range(9)):
        when = [one[code] for one in found if code in one]
        table.add_row(
            names[code],
            f"{len(when)} of {len(found)}",
            f"{np.median(when):.0f}" if when else "",
            f"{max(when)}" if when else "",
        )
    console = Console()
    console.print(table)
    honest = [code for code in range(9) if ACCURACIES[code] >= options.bar]
    alarms = sum(code in one for one in found for code in honest)
    late = sum(one.get(code, 10**9) >= 60 for one in found for code in BAD)
    console.print(
        f"the three bad ones found before 60 answers: {3 * len(found) - late} of {3 * len(found)}; "
        f"false alarms: {alarms} of {len(honest) * len(found)} moderators whose accuracy is not "
        f"under {options.bar}"
    )


def first_proposals(seed: int, faces: int, bar: float) -> dict[int, int]:
    """Return the number of own answers after which each moderator was first proposed."""
    drawn = draw(seed, faces)
    found: dict[int, int] = {}
    for face in range(LOOK_EVERY, faces + 1, LOOK_EVERY):
        report = quality_report(drawn.until(face), bar)
        for one in report.moderators:
            if one.is_proposed:
                found.setdefault(int(one.pseudonym), one.pace.answers)
    return found


def draw(seed: int, faces: int) -> Drawn:
    """Draw truth and votes of a campaign."""
    random = np.random.default_rng(seed)
    number = len(ACCURACIES)
    face = np.repeat(np.arange(faces), VOTES_PER_FACE)
    moderator = np.concatenate(
        [random.choice(number, VOTES_PER_FACE, replace=False) for _ in range(faces)]
    )
    accuracy = np.array(ACCURACIES)[moderator]
    said = {}
    for name, (values, shares) in VALUES.items():
        truth = random.choice(len(values), faces, p=shares)[face]
        wrong = (truth + random.integers(1, len(values), len(face))) % len(values)
        answer = np.where(random.random(len(face)) < accuracy, truth, wrong)
        always = random.integers(0, 2, number) if name == "gender" else np.zeros(number, int)
        said[name] = np.where(np.isin(moderator, CONSTANT), always[moderator], answer)
    lead_time = random.lognormal(np.log(5), 0.5, len(face))
    hurried = moderator == HURRIED
    lead_time[hurried] = random.lognormal(np.log(0.8), 0.4, hurried.sum())
    return Drawn(face, moderator, np.arange(len(face)) * 2.0, lead_time, said)


if __name__ == "__main__":
    main()
