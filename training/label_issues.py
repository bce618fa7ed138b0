"""Which labels of a dataset are probably wrong, by predictions of networks that never saw them.

Gender by confident learning (Northcutt, Jiang and Chuang 2021), age as a regression (Zhou, Kuan,
Mueller et al. 2023), both from cleanlab. One row per label, the most doubtful first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.errors import InputError
from training.ages import log_age
from training.data import true_ages, true_genders
from training.files import write_atomically
from training.manifest import Manifest
from training.packages import TRAINING_EXTRA, needed_package

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

FORMAT = "evenface label issues 1"
GENDERS = ("male", "female")
# A modified z-score beyond this is an outlier (Iglewicz and Hoaglin 1993).
OUTLIER = 3.5
MAD_TO_SIGMA = 1.4826  # of a normal distribution
# cleanlab's OUTRE score compares each sample with half of the others: beyond this, too many.
OUTRE_LIMIT = 10_000

SCHEMA = pa.schema(
    [
        pa.field("rank", pa.int64(), nullable=False),  # from 1, the most doubtful
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),  # "gender" or "age"
        pa.field("label", pa.string(), nullable=False),  # years for age
        pa.field("suggested", pa.string(), nullable=False),
        pa.field("quality", pa.float64(), nullable=False),  # of the label: 0 worst, 1 best
        pa.field("issue", pa.bool_(), nullable=False),  # probably wrong
        pa.field("fold", pa.string()),  # whose network said so
    ]
)


@dataclass(frozen=True)
class LabelIssues:
    """All labels of a dataset, ranked; and what could not be judged."""

    table: pd.DataFrame  # the columns of SCHEMA
    notes: tuple[str, ...]

    @property
    def issues(self) -> pd.DataFrame:
        """The rows that are probably wrong, the most doubtful first."""
        return self.table[self.table["issue"]]


def find_label_issues(manifest: Manifest, predictions: pd.DataFrame) -> LabelIssues:
    """Rank the labels of a manifest by how little the predictions bear them out.

    `predictions` are a table of `training.bench.predictions`, made out of fold, with
    `female_probability`, and for ages `log_age_mean`, `log_age_sigma` and `log_age_gamma`, or
    `age` alone.

    Raises:
        InputError: no sample has both a label and a prediction, or cleanlab is not installed.
    """
    import pandas as pd

    rows = manifest.rows.reset_index(drop=True)
    said = predictions.set_index("sample_id").reindex(list(rows["sample_id"])).reset_index()
    notes: list[str] = []
    parts = []
    for judge in (_gender, _age):
        part, note = judge(rows, said)
        notes += [note] if note else []
        if part is not None:
            parts.append(part)
    if not parts:
        raise InputError(f"no label of {manifest.path} can be judged: {'; '.join(notes)}")
    table = pd.concat(parts, ignore_index=True)
    # Scores of genders and ages have no common scale: the worst of each come in turn.
    table = table.sort_values(["quality", "sample_id"])
    table["turn"] = table.groupby(["issue", "attribute"]).cumcount()
    table = table.sort_values(["issue", "turn", "attribute"], ascending=[False, True, True])
    table = table.reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return LabelIssues(table[SCHEMA.names], tuple(notes))


def write_label_issues(path: Path, found: LabelIssues, manifest: Manifest) -> None:
    """Write the ranked table as Parquet, with the dataset that it speaks of in its metadata."""
    import pyarrow.parquet as pq

    version = manifest.version
    metadata = {
        "evenface.format": FORMAT,
        "evenface.dataset": version.name,
        "evenface.version": version.version,
        "evenface.manifest_sha256": version.sha256,
    }
    table = pa.Table.from_pandas(found.table, schema=SCHEMA, preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd")
    write_atomically(path, sink.getvalue().to_pybytes())


def _gender(rows: pd.DataFrame, said: pd.DataFrame) -> tuple[pd.DataFrame | None, str]:
    """Judge the gender labels: cleanlab's `find_label_issues` and label quality scores."""
    female, probability = true_genders(rows), _column(said, "female_probability")
    known = np.isfinite(female) & np.isfinite(probability)
    if not known.any():
        return None, "no gender is both labelled and predicted"
    labels = female[known].astype(np.int64)
    if len(set(labels.tolist())) < 2:
        return None, f"all {len(labels):,} labelled genders are {GENDERS[int(labels[0])]}"
    chances = np.stack([1 - probability[known], probability[known]], axis=1)
    what = "finding label errors"
    ranking = needed_package("cleanlab.rank", what, TRAINING_EXTRA)
    finding = needed_package("cleanlab.filter", what, TRAINING_EXTRA)
    quality = ranking.get_label_quality_scores(labels, chances, method="self_confidence")
    issue = finding.find_label_issues(labels, chances, filter_by="prune_by_noise_rate", n_jobs=1)
    return _table(
        rows[known],
        said[known],
        "gender",
        [GENDERS[label] for label in labels],
        [GENDERS[int(chance > 0.5)] for chance in chances[:, 1]],
        quality,
        issue,
    ), ""


def _age(rows: pd.DataFrame, said: pd.DataFrame) -> tuple[pd.DataFrame | None, str]:
    """Judge the ages: cleanlab's regression score, and the residual by its own deviation.

    The score ranks log(age + γ). A label is an issue where its residual, in units of the σ that
    the network gives it, is an outlier among all (modified z-score beyond 3.5): the spread of
    these is taken from the data, so a σ that is too small throughout accuses nobody.
    """
    ages = true_ages(rows)
    gamma = np.nan_to_num(_column(said, "log_age_gamma"), nan=5.0)
    mean, sigma = _column(said, "log_age_mean"), _column(said, "log_age_sigma")
    point = _column(said, "age")
    mean = np.where(np.isfinite(mean), mean, np.log(np.maximum(point, 0) + gamma))
    known = np.isfinite(ages) & np.isfinite(mean)
    if known.sum() < 2:
        return None, "no age is both labelled and predicted"
    truth = np.array([log_age(a, g) for a, g in zip(ages[known], gamma[known], strict=True)])
    mean, gamma = mean[known], gamma[known]
    sigma = np.where(np.isfinite(sigma[known]), sigma[known], 1.0)
    ranking = needed_package("cleanlab.regression.rank", "finding label errors", TRAINING_EXTRA)
    method = "outre" if known.sum() <= OUTRE_LIMIT else "residual"
    quality = ranking.get_label_quality_scores(truth, mean, method=method)
    residual = (truth - mean) / sigma
    center = np.median(residual)
    spread = MAD_TO_SIGMA * np.median(np.abs(residual - center))
    issue = np.abs(residual - center) > OUTLIER * max(float(spread), 1e-6)
    median = np.maximum(np.exp(mean) - gamma, 0)
    return _table(
        rows[known],
        said[known],
        "age",
        [f"{age:.4g}" for age in ages[known]],
        [f"{age:.0f}" for age in median],
        quality,
        issue,
    ), ""


def _table(
    rows: pd.DataFrame,
    said: pd.DataFrame,
    attribute: str,
    labels: list[str],
    suggested: list[str],
    quality: Floats,
    issue: NDArray[np.bool_],
) -> pd.DataFrame:
    import pandas as pd

    fold = said["fold"] if "fold" in said else pd.Series([None] * len(said), dtype=object)
    return pd.DataFrame(
        {
            "sample_id": rows["sample_id"].to_numpy(),
            "image_id": rows["image_id"].to_numpy(),
            "split": rows["split"].to_numpy(),
            "attribute": attribute,
            "label": labels,
            "suggested": suggested,
            "quality": np.clip(quality, 0, 1),
            "issue": issue,
            "fold": fold.to_numpy(),
        }
    )


def _column(said: pd.DataFrame, name: str) -> Floats:
    if name not in said:
        return np.full(len(said), np.nan)
    return said[name].to_numpy(dtype=np.float64, na_value=np.nan)
