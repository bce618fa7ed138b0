"""Targets: what shares the dataset shall have, as a user writes them, checked, as shares of cells.

A target names an attribute (gender, age, country, race) or two of them, and says for each value
its share of the dataset, a floor or a ceiling; `within` makes it a share of each value of another
attribute (women within every country). Ages are given in bins of any width. Where faces carry no
race, the people of their country may stand for it: a face from Brazil is then 0.435 White, 0.102
Black and 0.459 Latino_Hispanic, and the races of a dataset are what its countries let expect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from curation.balance.age_bins import AgeBin, parse_bin, parse_bins
from curation.balance.cells import UNKNOWN, Cells
from curation.balance.programme import Share
from curation.balance.tables import RACES
from curation.errors import SettingsError

ATTRIBUTES = ("country", "race", "age", "gender")
GENDERS = ("female", "male")
SUM_TOLERANCE = 1e-6
# What is left of a photograph beyond all named values counts as nothing below this.
REST = 1e-6
BETWEEN = "/"  # between the two values of a joint target: "Black/female"


@dataclass(frozen=True)
class Target:
    """One target: exactly one of `shares`, `floors` and `ceilings` is given, or `equal`.

    `attributes` are one or two names; `within` is a third one, or None for the whole dataset.
    The keys of the mappings are values ("female", "13-19"; of two attributes "Black/female").
    `tolerance` is by how much of its scope each share may be missed, up and down, and
    `relative_tolerance` by how much of itself; the wider of both holds. `composition` (country ->
    race -> share of the people) tells the expected race of faces that carry none.
    """

    attributes: tuple[str, ...]
    within: str | None = None
    shares: Mapping[str, float] | None = None
    floors: Mapping[str, float] | None = None
    ceilings: Mapping[str, float] | None = None
    equal: bool = False
    tolerance: float = 0.0
    relative_tolerance: float = 0.0
    composition: Mapping[str, Mapping[str, float]] | None = None

    @property
    def name(self) -> str:
        """What it is called in sentences: "gender within country"."""
        of = " and ".join(self.attributes)
        return f"{of} within {self.within}" if self.within else of

    def check(self) -> None:
        """Check everything that can be told without the pool.

        Raises:
            SettingsError: what is wrong, and of which target.
        """
        known = ", ".join(ATTRIBUTES)
        for attribute in (*self.attributes, *([self.within] if self.within else [])):
            if attribute not in ATTRIBUTES:
                raise SettingsError(f"a balance target names {attribute!r}; there are {known}")
        if not 1 <= len(self.attributes) <= 2 or len(set(self.attributes)) < len(self.attributes):
            raise SettingsError(f"the target {self.name} must be of one attribute or of two")
        if self.within in self.attributes:
            raise SettingsError(f"the target {self.name} cannot be within itself")
        given = [self.shares, self.floors, self.ceilings, self.equal or None]
        if sum(part is not None for part in given) != 1:
            raise SettingsError(
                f"the target {self.name} must say one of shares, floors, ceilings and equal"
            )
        for tolerance in (self.tolerance, self.relative_tolerance):
            if not 0 <= tolerance < 1:
                raise SettingsError(f"the tolerance of the target {self.name} must be from 0 to 1")
        if self.composition is not None and self.within == "race":
            raise SettingsError(
                f"the target {self.name} needs faces whose race is known; with "
                'race_from = "country" a face belongs to several races in part'
            )
        for numbers in (self.shares, self.floors, self.ceilings):
            if numbers is not None:
                self._check_numbers(numbers)
        if "age" in self.attributes:
            self.age_bins()

    def age_bins(self) -> list[AgeBin]:
        """Return the age bins that the keys name, in order.

        Raises:
            SettingsError: one cannot be read, or two overlap.
        """
        return parse_bins(self.values_of("age"))

    def values_of(self, attribute: str) -> list[str]:
        """Return the values of one attribute that the keys name, each once."""
        if attribute not in self.attributes:
            return []
        place = self.attributes.index(attribute)
        keys = self.shares or self.floors or self.ceilings or {}
        return list(dict.fromkeys(self._values(key)[place].strip() for key in keys))

    def rows(self, cells: Cells) -> list[Share]:
        """Return the target as shares of cells; `within` gives one set per value in the pool."""
        scopes: list[tuple[str, NDArray[np.bool_] | None]] = [("", None)]
        if self.within:
            place = cells.attributes.index(self.within)
            scopes = [(value, cells.where(**{self.within: value})) for value in cells.values[place]]
        limits = self._limits(cells)
        members = {key: self.members(cells, key) for key in limits}
        others: NDArray[np.float64] = np.zeros(len(cells))
        if self.shares is not None or self.equal:
            # Of a value that the shares do not name nothing may be taken.
            named = sum(members.values(), np.zeros(len(cells)))
            others = np.where(named < 1 - REST, 1 - named, 0.0)
        rows = []
        for value, scope in scopes:
            name = " and ".join(self.attributes)
            if self.within:
                name += f" within {value or f'unknown {self.within}'}"
            inside = 1.0 if scope is None else scope
            for key, (low, high) in limits.items():
                rows.append(Share(name, key, members[key] * inside, scope, low, high))
            if (others * inside).any():
                rows.append(Share(name, "others", others * inside, scope, 0.0, 0.0))
        return rows

    def members(self, cells: Cells, key: str) -> NDArray[np.float64]:
        """Return what a photograph of each cell, (C,) float64, counts for under a key: 0 to 1."""
        found = np.ones(len(cells))
        for attribute, value in zip(self.attributes, self._values(key), strict=True):
            place = cells.attributes.index(attribute)
            if attribute == "age":
                wanted = parse_bin(value)
                inside = [
                    bool(label)
                    and wanted.first <= parse_bin(label).first
                    and parse_bin(label).last <= wanted.last
                    for label in cells.values[place]
                ]
                found *= np.array(inside, dtype=np.float64)[cells.codes[:, place]]
            elif attribute == "race" and self.composition is not None:
                found *= self._expected(cells, value)
            else:
                found *= cells.where(**{attribute: value})
        return found

    def _expected(self, cells: Cells, race: str) -> NDArray[np.float64]:
        """Return what a photograph of each cell is expected to count for under a race."""
        composition = self.composition or {}
        place = cells.attributes.index("country")
        of_country = [composition.get(name, {}).get(race, 0.0) for name in cells.values[place]]
        expected: NDArray[np.float64] = np.array(of_country)[cells.codes[:, place]]
        unknown = cells.where(race=UNKNOWN)
        return np.where(unknown, expected, cells.where(race=race).astype(np.float64))

    def _limits(self, cells: Cells) -> dict[str, tuple[float, float]]:
        if self.equal:
            keys = self._equal_keys(cells)
            return {key: self._between(1 / len(keys)) for key in keys}
        if self.shares is not None:
            return {key: self._between(share) for key, share in self.shares.items()}
        if self.floors is not None:
            return {key: (self._between(share)[0], 1.0) for key, share in self.floors.items()}
        return {key: (0.0, self._between(share)[1]) for key, share in (self.ceilings or {}).items()}

    def _between(self, share: float) -> tuple[float, float]:
        tolerance = max(self.tolerance, self.relative_tolerance * share)
        return max(0.0, share - tolerance), min(1.0, share + tolerance)

    def _equal_keys(self, cells: Cells) -> list[str]:
        """Return the values that shall have equal shares: those of the pool, and both genders."""
        known: list[Sequence[str]] = []
        for attribute in self.attributes:
            there = [value for value in cells.values[cells.attributes.index(attribute)] if value]
            if attribute == "race" and self.composition is not None:
                there = [*RACES, *(value for value in there if value not in RACES)]
            known.append(GENDERS if attribute == "gender" else there)
        return [BETWEEN.join(values) for values in product(*known)]

    def _values(self, key: str) -> Sequence[str]:
        return key.split(BETWEEN) if len(self.attributes) > 1 else [key]

    def _check_numbers(self, numbers: Mapping[str, float]) -> None:
        if not numbers:
            raise SettingsError(f"the target {self.name} names no value")
        for key, number in numbers.items():
            if not 0 <= number <= 1:
                raise SettingsError(
                    f"the target {self.name} gives {key} a share of {number:g}; shares are "
                    "from 0 to 1"
                )
            if len(self._values(key)) != len(self.attributes):
                raise SettingsError(
                    f"the target {self.name} names {key!r}; write a value of each attribute with "
                    f"{BETWEEN} between them"
                )
            for attribute, value in zip(self.attributes, self._values(key), strict=True):
                if attribute == "gender" and value not in GENDERS:
                    raise SettingsError(
                        f"the target {self.name} names {value!r}; genders are female and male"
                    )
        total = math.fsum(numbers.values())
        if self.shares is not None and abs(total - 1) > SUM_TOLERANCE:
            raise SettingsError(
                f"the shares of the target {self.name} add up to {total:.6g}, not to 1"
            )
        if self.floors is not None and total > 1 + SUM_TOLERANCE:
            raise SettingsError(
                f"the floors of the target {self.name} add up to {total:.6g}, more than 1"
            )
