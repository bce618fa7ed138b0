"""The predictions table: one row per sample, whoever made it. All figures are taken from it.

| column            | type    | meaning |
|-------------------|---------|---------|
| sample_id         | text    | the protocol's id of the sample; required, each once |
| gender            | text    | "female" or "male"; left out: female_probability > 0.5 is female |
| female_probability| number  | 0 … 1 |
| age               | number  | years, ≥ 0: the point that errors are measured at |
| age_mape          | number  | years: the point that relative errors are; left out: age |
| age_low, age_high | numbers | years: a range of ages that the system states, of no probability |
| log_age_mean      | number  | μ: log(age + γ) is normal with mean μ …          (log-years) |
| log_age_sigma     | number  | … and standard deviation σ > 0                   (log-years) |
| log_age_gamma     | number  | γ ≥ 0, years |
| age_q2.5, age_q10 | numbers | years: the age that is not exceeded with a probability of 2.5 %, |
|  …, age_q97.5     |         | 10 %, …; any percentages, rising with them |
| reason            | text    | why there is no answer: "no face", "unreadable", … |
| fold              | text    | the fold whose model answered, where there is one per fold |

Only `sample_id` is required. What is empty (or a column left out) is not said. A row with neither
gender nor age is no answer; its reason is "no answer" where none is given. Where a distribution is
given without `age`, the age is its median (`age_q50`, or exp(μ) - γ); where a range is given
without `age`, it is the middle of the range. CSV and Parquet files hold the same columns; Parquet
files written by `bench run` also say which protocol, data and predictor they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

NO_FACE = "no face"
UNREADABLE = "unreadable"
NO_ANSWER = "no answer"

TEXT_COLUMNS = ("sample_id", "gender", "reason", "fold")
NUMBER_COLUMNS = (
    "female_probability",
    "age",
    "age_mape",
    "age_low",
    "age_high",
    "log_age_mean",
    "log_age_sigma",
    "log_age_gamma",
)
QUANTILE_PREFIX = "age_q"

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a predictor says about N samples, as arrays (N,); NaN, and None in text, is unsaid.

    The columns of the predictions table without the sample ids, in the same order as the samples
    asked about. A predictor fills in what it says and leaves the rest out.
    """

    count: int
    female_probability: Numbers | None = None
    female: Numbers | None = None  # 1, 0 or NaN: the gender where there is no probability
    age: Numbers | None = None
    age_mape: Numbers | None = None
    age_low: Numbers | None = None
    age_high: Numbers | None = None
    log_age_mean: Numbers | None = None
    log_age_sigma: Numbers | None = None
    log_age_gamma: Numbers | None = None
    quantiles: Mapping[float, Numbers] = field(default_factory=dict)  # percentage -> years
    reason: Sequence[str | None] | None = None  # why a sample has no answer
    fold: str | None = None  # the fold whose model answered all of them

    def frame(self, sample_ids: Sequence[str]) -> pd.DataFrame:
        """Return the rows of the predictions table for these samples."""
        import pandas as pd

        if len(sample_ids) != self.count:
            raise ValueError(f"{len(sample_ids)} samples but {self.count} answers")
        columns: dict[str, object] = {"sample_id": list(sample_ids)}
        if self.female is not None:
            columns["gender"] = gender_words(self.female)
        columns |= {
            name: values for name in NUMBER_COLUMNS if (values := getattr(self, name)) is not None
        }
        columns |= {quantile_column(share): ages for share, ages in self.quantiles.items()}
        if self.reason is not None:
            columns["reason"] = list(self.reason)
        if self.fold is not None:
            columns["fold"] = self.fold
        return pd.DataFrame(columns)


def gender_words(female: NDArray[np.float64]) -> list[str | None]:
    """Return "female" where the values (1, 0, or a probability) are above 0.5, else "male".

    NaN becomes None.
    """
    return [None if np.isnan(value) else "female" if value > 0.5 else "male" for value in female]


def female_numbers(gender: pd.Series) -> Numbers:
    """Return 1 for female, 0 for male, NaN where nothing is said, (N,) float64."""
    female = (gender == "female").to_numpy(dtype=np.float64, na_value=0.0)
    return np.where(gender.notna().to_numpy(dtype=bool), female, np.nan)


def quantile_column(percentage: float) -> str:
    """Return the column of that quantile: 2.5 -> "age_q2.5"."""
    return f"{QUANTILE_PREFIX}{percentage:g}"
