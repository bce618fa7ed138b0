"""The metrics of a report: what each is called, and of which sums it is made.

Almost every metric is a ratio of sums over samples (a mean, a share), or the mean of two such
ratios. That is what makes resampling cheap: the sums of a resample are the samples' terms times
how often each sample was drawn. The names of the sums are the columns of `training.bench.terms`.
The median error and the area under the curve need the order of the samples besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a metric is taken from the samples."""

    ratio = "ratio"
    median = "median"  # of the absolute error
    area = "area"  # under the ROC curve


class Best(StrEnum):
    """Which way is better."""

    high = "high"
    low = "low"
    near = "near"  # to `Metric.target`
    neither = "neither"


@dataclass(frozen=True)
class Ratio:
    """Σ `over` / Σ `answered`; with unanswered samples as errors, Σ `over` / Σ `known`."""

    over: tuple[str, ...]
    answered: tuple[str, ...]
    known: tuple[str, ...] = ()  # empty: an error has no size, so only the answered count


@dataclass(frozen=True)
class Metric:
    """One row of a table."""

    name: str  # in JSON
    title: str  # in tables
    about: str  # "gender", "age", "bins" or "distribution"
    unit: str  # "%" (a share of 1, printed times 100), "years", "nats" or ""
    decimals: int
    best: Best
    ratios: tuple[Ratio, ...] = ()  # the value is the mean of these
    kind: Kind = Kind.ratio
    target: float = 0.0
    excluded: str = ""  # a column that counts known and answered samples that it cannot take

    @property
    def shares(self) -> bool:
        """Whether it can also be taken with unanswered samples as errors."""
        return bool(self.ratios) and all(ratio.known for ratio in self.ratios)


SCORE_YEARS = (1, 3, 5, 10)  # the k of CS@k
COVERAGES = (50, 80, 95)  # percent
NEAREST, INTERVAL = "nearest bin", "interval"

_WOMEN = Ratio(("women_right",), ("women_answered",), ("women",))
_MEN = Ratio(("men_right",), ("men_answered",), ("men",))
_BOTH = Ratio(("women_right", "men_right"), ("women_answered", "men_answered"), ("women", "men"))


def _age(name: str, known: bool = False) -> tuple[Ratio, ...]:
    return (Ratio((name,), ("age_answered",), ("age_known",) if known else ()),)


def _bins(rule: str, key: str) -> tuple[Metric, ...]:
    def ratio(name: str) -> tuple[Ratio, ...]:
        return (Ratio((f"{name}_{key}",), (f"bin_answered_{key}",), (f"bin_known_{key}",)),)

    return (
        Metric(
            f"exact_bin_{key}", f"exact bin ({rule})", "bins", "%", 1, Best.high,
            ratio("exact"), excluded=f"binless_{key}",
        ),
        Metric(
            f"one_off_bin_{key}", f"one-off bin ({rule})", "bins", "%", 1, Best.high,
            ratio("one_off"), excluded=f"binless_{key}",
        ),
    )  # fmt: skip


def _interval(percent: int) -> tuple[Metric, ...]:
    answered = (f"interval_answered_{percent}",)
    return (
        Metric(
            f"coverage_{percent}", f"age in {percent} % interval", "distribution", "%", 1,
            Best.near, (Ratio((f"covered_{percent}",), answered),), target=percent / 100,
        ),
        Metric(
            f"width_{percent}", f"width of {percent} % interval", "distribution", "years", 2,
            Best.low, (Ratio((f"width_{percent}",), answered),),
        ),
    )  # fmt: skip


METRICS: tuple[Metric, ...] = (
    Metric("gender_accuracy", "gender accuracy", "gender", "%", 1, Best.high, (_BOTH,)),
    Metric("balanced_accuracy", "balanced accuracy", "gender", "%", 1, Best.high, (_WOMEN, _MEN)),
    Metric("recall_female", "recall of women", "gender", "%", 1, Best.high, (_WOMEN,)),
    Metric("recall_male", "recall of men", "gender", "%", 1, Best.high, (_MEN,)),
    Metric("auc", "ROC AUC of gender", "gender", "", 4, Best.high, kind=Kind.area),
    Metric(
        "brier", "Brier score of gender", "gender", "", 4, Best.low,
        (Ratio(("brier",), ("share_answered",)),),
    ),
    Metric("mae", "MAE of age", "age", "years", 2, Best.low, _age("error")),
    Metric("median_error", "median error of age", "age", "years", 2, Best.low, kind=Kind.median),
    Metric(
        "mape", "MAPE of age", "age", "%", 1, Best.low,
        (Ratio(("relative_error",), ("age_positive",)),), excluded="age_zero",
    ),
    *(
        Metric(
            f"cs{years}", f"CS@{years} of age", "age", "%", 1, Best.high,
            _age(f"within_{years}", known=True),
        )
        for years in SCORE_YEARS
    ),
    Metric(
        "bias", "bias of age", "age", "years", 2, Best.near,
        _age("signed_error"),
    ),
    Metric(
        "interval_distance", "distance to true interval", "age", "years", 2, Best.low,
        (Ratio(("interval_distance",), ("true_interval_answered",)),),
    ),
    *_bins(NEAREST, "nearest"),
    *_bins(INTERVAL, "interval"),
    Metric(
        "nll", "NLL of age", "distribution", "nats", 3, Best.low,
        (Ratio(("nll",), ("distribution_answered",)),),
    ),
    Metric(
        "crps", "CRPS of age", "distribution", "years", 2, Best.low,
        (Ratio(("crps",), ("distribution_answered",)),),
    ),
    *(metric for percent in COVERAGES for metric in _interval(percent)),
    Metric(
        "range_coverage", "age in stated range", "distribution", "%", 1, Best.neither,
        (Ratio(("range_covered",), ("range_answered",)),),
    ),
    Metric(
        "range_width", "width of stated range", "distribution", "years", 2, Best.low,
        (Ratio(("range_width",), ("range_answered",)),),
    ),
)  # fmt: skip

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
