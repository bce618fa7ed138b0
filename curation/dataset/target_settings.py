"""From the settings to targets: tables are looked up, and every name is held against the pool."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from curation.balance.countries import no_race_above
from curation.balance.tables import PRESETS, RACES, preset, race_composition
from curation.balance.targets import GENDERS, SUM_TOLERANCE, Target
from curation.errors import InputError, SettingsError
from curation.settings import BalanceTarget
from curation.sources.countries import ALPHA_3, COUNTRIES

ROUNDED = 0.005  # shares in a CSV may add up to 1 but for this: they were rounded


@dataclass(frozen=True)
class KnownLabels:
    """What the candidates are labelled with: attribute -> values, unknown ones left out."""

    values: Mapping[str, Sequence[str]]
    race_from: str = "label"
    notices: list[str] = field(default_factory=list)

    @property
    def by_country(self) -> bool:
        """Whether the people of a country stand for unknown races."""
        return self.race_from == "country"

    def notice(self, sentence: str) -> None:
        """Keep a sentence that the user should read."""
        if sentence not in self.notices:
            self.notices.append(sentence)


def read_target(settings: BalanceTarget, folder: Path, pool: KnownLabels) -> Target:
    """Return the target of the settings, its table read, checked against the pool.

    Raises:
        SettingsError: it contradicts itself, or names what there is not.
        InputError: its table cannot be used.
    """
    named = settings.shares
    table = named if isinstance(named, str) else None
    target = Target(
        attributes=tuple(settings.attributes),
        within=settings.within,
        shares=None if isinstance(named, str) else named,
        floors=settings.floors,
        ceilings=settings.ceilings,
        equal=settings.equal,
        tolerance=settings.tolerance,
        relative_tolerance=settings.relative_tolerance,
        composition=race_composition() if _by_country(settings, pool) else None,
    )
    if table is None and settings.also:
        raise SettingsError(f'the target {target.name} has `also`, which goes with shares = "…"')
    if settings.no_race_above is not None and (settings.attributes != ["country"] or named is None):
        raise SettingsError(
            "no_race_above weighs the shares of a target of country; this one is of "
            f"{target.name} and gives {'no shares' if named is None else 'other shares'}"
        )
    if table is not None:
        given = _also(target.name, _look_up(table, target, folder), settings.also)
        target = replace(target, shares=given)
    target.check()
    check_values(target, pool)
    if target.shares is not None and (table is not None or settings.no_race_above is not None):
        target = _fitted(target, settings, pool)
    return target


def _by_country(settings: BalanceTarget, pool: KnownLabels) -> bool:
    return pool.by_country and "race" in [*settings.attributes, settings.within]


def check_values(target: Target, pool: KnownLabels) -> None:
    """Hold every value that a target names against what the candidates are labelled with.

    Raises:
        SettingsError: one cannot be, or nobody is labelled with the attribute.
    """
    for attribute in target.attributes:
        for value in target.values_of(attribute):
            _check_value(target.name, attribute, value, pool)
        there = pool.values.get(attribute, ())
        if there or (attribute == "race" and target.composition is not None):
            continue
        hint = '; race_from = "country" takes the people of a country instead'
        raise SettingsError(
            f"the target {target.name} cannot be met: no candidate has a {attribute}"
            + (hint if attribute == "race" else "")
        )
    if target.composition is not None and not pool.values.get("country"):
        raise SettingsError(
            f'the target {target.name} takes the race from the country (race_from = "country"), '
            "but no candidate has a country"
        )
    keys = target.shares or {}
    if target.composition is not None and keys:
        missing = [race for race in RACES if race not in set(target.values_of("race"))]
        if missing:
            raise SettingsError(
                f"the target {target.name} must give each race a share, if only 0: with race_from "
                f'= "country" a face is of several in part; it lacks {", ".join(missing)}'
            )


def _check_value(name: str, attribute: str, value: str, pool: KnownLabels) -> None:
    if attribute == "country" and value not in COUNTRIES:
        meant = ALPHA_3.get(value.upper(), {"UK": "GB", "EL": "GR"}.get(value.upper()))
        if meant is None and value.upper() in COUNTRIES:
            meant = value.upper()
        raise SettingsError(
            f"the target {name} names {value!r}, which is no two-letter country code of "
            f"ISO 3166-1{f'; {meant} is meant' if meant else ''}"
        )
    if attribute == "gender" and value not in GENDERS:
        raise SettingsError(f"the target {name} names {value!r}; genders are female and male")
    if attribute == "race":
        known = [*RACES, *(race for race in pool.values.get("race", ()) if race not in RACES)]
        if value not in known:
            lower = {race.casefold(): race for race in known}
            near = get_close_matches(value.casefold(), lower, 1)
            raise SettingsError(
                f"the target {name} names {value!r}, a race that no candidate is labelled with"
                + (f"; {lower[near[0]]!r} is meant" if near else f"; there are {', '.join(known)}")
            )


def _look_up(table: str, target: Target, folder: Path) -> dict[str, float]:
    attribute = target.attributes[0]
    names = PRESETS.get(attribute, ()) if len(target.attributes) == 1 else ()
    if table in names:
        return preset(attribute, table)
    if (folder / table).is_file() or table.lower().endswith(".csv"):
        return _shares_in(folder / table)
    shipped = f"there is {' and '.join(map(repr, names))}" if names else "there is none"
    raise SettingsError(
        f"the target {target.name} takes its shares from {table!r}, which is neither a file nor a "
        f"table that is shipped ({shipped} for it)"
    )


def _also(name: str, table: Mapping[str, float], also: Mapping[str, float]) -> dict[str, float]:
    """Return the table with `also` put in: it goes first, and the others share what is left."""
    if not also:
        return dict(table)
    if not all(0 <= share <= 1 for share in also.values()) or not 0 <= sum(also.values()) <= 1:
        raise SettingsError(f"the shares under `also` of the target {name} must be within 0 and 1")
    left = {value: share for value, share in table.items() if value not in also}
    total = sum(left.values())
    scale = (1 - sum(also.values())) / total if total else 0.0
    return {**also, **{value: share * scale for value, share in left.items()}}


def _fitted(target: Target, settings: BalanceTarget, pool: KnownLabels) -> Target:
    """Leave out countries and races that no candidate is of, and weigh countries by race."""
    shares = dict(target.shares or {})
    attribute = target.attributes[0]
    labelled = attribute == "country" or (attribute == "race" and target.composition is None)
    if len(target.attributes) == 1 and labelled:
        shares = _those_there(target.name, attribute, shares, pool)
    if settings.no_race_above is not None:
        shares = no_race_above(shares, race_composition(), settings.no_race_above)
        unknown = sorted(set(shares) - set(race_composition()))
        if unknown:
            pool.notice(
                f"of the people of {', '.join(unknown)} the table race_composition says nothing: "
                "for no_race_above they count as the mean of the others"
            )
    return replace(target, shares=shares)


def _those_there(
    name: str, attribute: str, shares: dict[str, float], pool: KnownLabels
) -> dict[str, float]:
    there = set(pool.values.get(attribute, ()))
    kept = {value: share for value, share in shares.items() if value in there and share > 0}
    total = sum(kept.values())
    if not total > 0:
        raise SettingsError(f"no candidate is of any {attribute} that the target {name} gives")
    missing = sorted(value for value, share in shares.items() if share > 0 and value not in there)
    if missing:
        pool.notice(
            f"target {name}: {_some(missing)} in the table, without a candidate; the others share "
            f"{1 - total:.1%}"
        )
    idle = sorted(there - set(kept))
    if idle:
        pool.notice(f"target {name}: {_some(idle)} not in the table, and nothing is taken of it")
    return {value: share / total for value, share in kept.items()}


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(values[:5]) + (f" and {len(values) - 5:,} more" if len(values) > 5 else "")
    return f"{shown} {'is' if len(values) == 1 else 'are'}"


def _shares_in(path: Path) -> dict[str, float]:
    """Read a CSV of value and share, or number; its heading tells which."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the target table {path} cannot be read: {error}") from None
    shares: dict[str, float] = {}
    for number, row in enumerate(rows[1:], start=2):
        try:
            value, share = row[0].strip(), float(row[1])
        except (IndexError, ValueError):
            raise InputError(f"{path}, row {number}: expected a value and a number") from None
        if not 0 <= share < float("inf"):
            raise InputError(f"{path}, row {number}: {row[1].strip()} is no share of {value}")
        if value in shares:
            raise InputError(f"{path}, row {number}: {value} stands there twice")
        shares[value] = share
    total = sum(shares.values())
    if not total > 0:
        raise InputError(f"{path} gives no share; write a heading, then rows of value and share")
    heading = rows[0][1].strip().casefold() if len(rows[0]) > 1 else ""
    if heading in ("share", "shares") and abs(total - 1) > ROUNDED + SUM_TOLERANCE:
        raise InputError(
            f"the shares in {path} add up to {total:.6g}, not to 1; head the column `number` if "
            "they are counts"
        )
    return {value: share / total for value, share in shares.items()}
