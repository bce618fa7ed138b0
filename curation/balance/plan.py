"""The plan: how many samples each cell of attributes gives to the dataset."""

from __future__ import annotations

import pandas as pd

CELL = ["country", "gender"]


def gender_balanced_plan(candidates: pd.DataFrame) -> pd.DataFrame:
    """Give every country as many women as men, and as many of both as it has.

    Args:
        candidates: one row per candidate, with `country` (text or missing) and `gender`
            ("female" or "male"). Candidates without a country form a country of their own.

    Returns:
        One row per country and gender, both sorted, with `available` and `planned` counts
        (int64); a country in which one gender is missing plans nothing.
    """
    countries = candidates["country"].fillna("")
    counts = pd.crosstab(countries, candidates["gender"]).reindex(
        columns=["female", "male"], fill_value=0
    )
    planned = counts.min(axis=1)
    plan = counts.stack().reset_index()
    plan.columns = pd.Index([*CELL, "available"])
    plan["planned"] = plan["country"].map(planned).astype("int64")
    plan["available"] = plan["available"].astype("int64")
    return plan.sort_values(CELL, ignore_index=True)
