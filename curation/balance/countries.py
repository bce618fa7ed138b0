"""Shares of countries, weighed so that no race dominates what their people add up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize

from curation.balance.tables import RACES
from curation.errors import SettingsError

CLOSE = 1e-6  # how near to the lowest possible ceiling one may ask


def no_race_above(
    shares: Mapping[str, float],
    composition: Mapping[str, Mapping[str, float]],
    ceiling: float,
) -> dict[str, float]:
    """Return the shares nearest to `shares` of which no race has more than `ceiling`.

    A race's share is what the countries' shares and the composition of their people let expect. Of
    all shares that keep the ceiling these have the least relative entropy to the given ones: each
    country's is multiplied by exp(-Σ price of a race · its share of the people), so countries of
    the races that would dominate come down, all others go up, and the order within a race stays.

    Args:
        shares: country -> share; they add up to 1.
        composition: country -> race -> share of the people. A country that is not in it counts as
            the mean of the others.
        ceiling: from 0 to 1.

    Raises:
        SettingsError: these countries allow no ceiling as low as this.
    """
    names = [country for country, share in shares.items() if share > 0]
    known = np.array([country in composition for country in names])
    given = np.array([shares[country] for country in names])
    people = np.array(
        [[composition.get(country, {}).get(race, 0.0) for race in RACES] for country in names]
    )
    if known.any():
        people[~known] = given[known] @ people[known] / given[known].sum()
    if (given @ people <= ceiling).all():
        return dict(shares)
    lowest = _lowest_ceiling(people)
    if ceiling < lowest + CLOSE:
        raise SettingsError(
            f"no_race_above = {ceiling:g} cannot be reached by any shares of these "
            f"{len(names):,} countries; the lowest that can is {np.ceil(lowest * 1000) / 1000:g}"
        )

    def dual(prices: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weighed = given * np.exp(-people @ prices)
        total = weighed.sum()
        return float(np.log(total) + ceiling * prices.sum()), ceiling - weighed @ people / total

    found = minimize(
        dual,
        np.zeros(len(RACES)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(RACES),
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5_000},
    )
    weighed = given * np.exp(-people @ found.x)
    weighed /= weighed.sum()
    return dict(zip(names, weighed.tolist(), strict=True)) | {
        country: 0.0 for country in shares if country not in set(names)
    }


def expected_races(
    shares: Mapping[str, float], composition: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Return the share of each race that shares of countries let expect."""
    return {
        race: sum(
            share * composition.get(name, {}).get(race, 0.0) for name, share in shares.items()
        )
        for race in RACES
    }


def _lowest_ceiling(people: NDArray[np.float64]) -> float:
    countries, races = people.shape
    solved = linprog(
        np.r_[np.zeros(countries), 1.0],
        A_ub=np.c_[people.T, -np.ones(races)],
        b_ub=np.zeros(races),
        A_eq=np.r_[np.ones(countries), 0.0][np.newaxis],
        b_eq=np.ones(1),
        method="highs",
    )
    best: Any = solved
    return float(best.x[-1])
