"""What would let the dataset grow: the programme's prices, put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from curation.balance.cells import Cells
from curation.balance.plan import Plan
from curation.balance.programme import largest_with_more

TRIED = 12  # groups for which the programme is solved once more
# After 'from': the others stand without an article.
THE = {"US", "GB", "NL", "PH", "AE", "DO", "BS", "GM", "MV", "CF", "KM", "SC", "SB", "MH"}
PEOPLE = {"female": "women", "male": "men"}


@dataclass(frozen=True)
class Advice:
    """`needed` further photographs of people with these `values` add `growth` photographs.

    `values` names an attribute's value for all of them ({"country": "IN", "gender": "female"}).
    The growth includes the photographs themselves; more of them than `needed` add nothing.
    """

    values: Mapping[str, str]
    needed: int
    growth: int

    def __str__(self) -> str:
        return (
            f"{self.needed:,} more photographs of {in_words(self.values)} would let the dataset "
            f"grow by {self.growth:,}"
        )


def what_would_help(plan: Plan, most: int = 5) -> list[Advice]:
    """Return what is worth collecting, the most growth per photograph first, `most` at the most.

    Groups of cells are ranked by what the optimum says their candidates are worth; for the first
    of them the programme is solved with as many of them as it wants. A plan of exactly so many
    photographs, and one that keeps everything, cannot grow.
    """
    if plan.exactly is not None or plan.raked is not None or plan.relaxed:
        return []
    found: dict[tuple[int, int], Advice] = {}
    for group in _worthwhile(plan)[:TRIED]:
        total, extra = largest_with_more(plan.cells.available, plan.shares, group, plan.minima)
        needed, growth = int(np.ceil(extra.sum() - 1e-6)), int(total - plan.bound + 1e-6)
        if needed < 1 or growth < 1:
            continue
        values = common_values(plan.cells, extra > 1e-6)
        # Several kinds of people may lift the same limit; the widest description stands for all.
        known = found.get((needed, growth))
        if values and (known is None or len(values) < len(known.values)):
            found[needed, growth] = Advice(values, needed, growth)
    ranked = sorted(
        found.values(), key=lambda one: (-one.growth / one.needed, -one.growth, str(one))
    )
    return ranked[:most]


def common_values(cells: Cells, chosen: NDArray[np.bool_]) -> dict[str, str]:
    """Return the attribute values that all `chosen` cells, (C,) bool, share, and not all cells."""
    shared = {}
    for place, attribute in enumerate(cells.attributes):
        codes = np.unique(cells.codes[chosen, place])
        if len(codes) == 1 and len(cells.values[place]) > 1:
            shared[attribute] = cells.values[place][codes[0]]
    return shared


def in_words(values: Mapping[str, str]) -> str:
    """Return who is meant: "Black women aged 45–54 from India"."""
    words = PEOPLE.get(values.get("gender", ""), "people")
    if race := values.get("race"):
        words = f"{race} {words}"
    if age := values.get("age"):
        words += f" aged {age.replace('-', '–')}"
    if "country" in values:
        words += f" from {country_name(values['country'])}"
    return words


def country_name(code: str) -> str:
    """Return the English name of a two-letter country code; the code where there is none."""
    from babel import Locale

    if not code:
        return "an unknown country"
    name = str(Locale("en").territories.get(code, code))
    return f"the {name}" if code in THE else name


def _worthwhile(plan: Plan) -> list[NDArray[np.bool_]]:
    """Return groups of cells, the most valuable first: all of one, two or three values."""
    worth = plan.prices * plan.cells.available
    groups = [(float(worth[group].sum()), group) for group in _groups(plan.cells, plan.prices > 0)]
    return [group for value, group in sorted(groups, key=lambda pair: -pair[0]) if value > 0]


def _groups(cells: Cells, scarce: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    for size in (1, 2, 3):
        for places in combinations(range(len(cells.attributes)), size):
            columns = cells.codes[:, places]
            for values in np.unique(columns[scarce], axis=0):
                yield (columns == values).all(axis=1)
