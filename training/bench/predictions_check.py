"""Hold a predictions table against its rules, and fill in what follows from what is said."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from curation.errors import InputError
from training.ages import median_age
from training.bench.predictions import (
    NO_ANSWER,
    NUMBER_COLUMNS,
    QUANTILE_PREFIX,
    TEXT_COLUMNS,
    gender_words,
)

if TYPE_CHECKING:
    import pandas as pd

MAX_AGE = 130.0
GENDER_WORDS = {
    "female": "female", "f": "female", "woman": "female",
    "male": "male", "m": "male", "man": "male",
}  # fmt: skip
DISTRIBUTION = ("log_age_mean", "log_age_sigma", "log_age_gamma")

Row = Callable[[int], str]  # names the row of a position: "line 17 (sample x)"


def quantile_percentages(table: pd.DataFrame, source: str = "the table") -> list[float]:
    """Return the percentages of the table's quantile columns, rising.

    Raises:
        InputError: a column `age_q…` does not end in a percentage between 0 and 100.
    """
    found = []
    for column in table.columns:
        if str(column).startswith(QUANTILE_PREFIX):
            try:
                percentage = float(str(column)[len(QUANTILE_PREFIX) :])
            except ValueError:
                percentage = np.nan
            if not 0 < percentage < 100:
                raise InputError(
                    f"{source}: the column {column} names no percentage between 0 and 100"
                )
            found.append(percentage)
    return sorted(found)


def complete(table: pd.DataFrame, source: str, row: Row | None = None) -> pd.DataFrame:
    """Return the table with every column, checked, and with what follows from what is said.

    `source` names the table in messages. Numbers are float64 with NaN where nothing is said;
    text (pandas' `str`) is missing there.

    Raises:
        InputError: a value that cannot be: what, in how many rows, and the first of them.
    """
    import pandas as pd

    table = table.reset_index(drop=True)
    ids = table["sample_id"]
    name_row = row or (lambda position: f"sample {ids.iloc[position]}")

    def refuse(wrong: pd.Series, what: str, value: pd.Series | None = None) -> None:
        flags = wrong.to_numpy(dtype=bool)
        if flags.any():
            first = int(flags.argmax())
            shown = "" if value is None else f": {value.iloc[first]}"
            raise InputError(
                f"{source} has {what} in {int(flags.sum()):,} of {len(table):,} rows, first in "
                f"{name_row(first)}{shown}"
            )

    refuse(ids.isna() | (ids.astype(str) == ""), "no sample id")
    refuse(ids.duplicated(), "a sample id that stands there before")
    quantiles = [f"{QUANTILE_PREFIX}{share:g}" for share in quantile_percentages(table, source)]
    done = pd.DataFrame({"sample_id": ids.astype(str)})
    for name in TEXT_COLUMNS[1:]:
        done[name] = (
            _text(table[name]) if name in table else pd.Series([None] * len(table), dtype="str")
        )
    for name in (*NUMBER_COLUMNS, *quantiles):
        if name in table:
            done[name] = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
            refuse(np.isinf(done[name]), f"an infinite {name}")
        else:
            done[name] = np.nan

    words = done["gender"].map(lambda word: GENDER_WORDS.get(str(word).lower()))
    refuse(
        done["gender"].notna() & words.isna(), "a gender other than female and male", done["gender"]
    )
    share = done["female_probability"]
    refuse((share < 0) | (share > 1), "a female_probability outside 0 to 1", share)
    for name in ("age", "age_mape", "age_low", "age_high", *quantiles):
        outside = (done[name] < 0) | (done[name] > MAX_AGE)
        refuse(outside, f"an {name} outside 0 to {MAX_AGE:.0f} years", done[name])
    refuse(done["age_low"].isna() ^ done["age_high"].isna(), "only one of age_low and age_high")
    refuse(done["age_low"] > done["age_high"], "an age_low above age_high", done["age_low"])
    given = done[list(DISTRIBUTION)].notna()
    refuse(given.any(axis=1) & ~given.all(axis=1), f"some of {', '.join(DISTRIBUTION)} only")
    refuse(done["log_age_sigma"] <= 0, "a log_age_sigma that is not above 0", done["log_age_sigma"])
    refuse(done["log_age_gamma"] < 0, "a log_age_gamma below 0", done["log_age_gamma"])
    for lower, upper in pairwise(quantiles):
        refuse(done[lower] > done[upper], f"an {lower} above {upper}", done[lower])

    done["gender"] = words.where(words.notna(), _gender_from(share))
    done["age"] = done["age"].fillna(_age_from(done))
    silent = done["gender"].isna() & done["age"].isna()
    done["reason"] = done["reason"].where(silent, None)
    done.loc[silent & done["reason"].isna(), "reason"] = NO_ANSWER
    return done.astype(dict.fromkeys(TEXT_COLUMNS, "str"))


def _text(column: pd.Series) -> pd.Series:
    import pandas as pd

    values = [None if pd.isna(value) or value == "" else str(value) for value in column]
    return pd.Series(values, index=column.index, dtype="str")


def _gender_from(share: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.Series(gender_words(share.to_numpy()), index=share.index, dtype="str")


def _age_from(table: pd.DataFrame) -> pd.Series:
    """Return the point that follows from a distribution, or else from a range."""
    import pandas as pd

    middle = (table["age_low"] + table["age_high"]) / 2
    if f"{QUANTILE_PREFIX}50" in table:
        middle = table[f"{QUANTILE_PREFIX}50"].fillna(middle)
    known = table["log_age_mean"].notna()
    medians = np.full(len(table), np.nan)
    for gamma in table["log_age_gamma"][known].unique():
        rows = (known & (table["log_age_gamma"] == gamma)).to_numpy()
        medians[rows] = median_age(table["log_age_mean"].to_numpy()[rows], float(gamma))
    return pd.Series(medians, index=table.index).fillna(middle).clip(0.0, MAX_AGE)
