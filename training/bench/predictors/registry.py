"""Which predictors there are, and what each needs. Light, as the registry of protocols is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PredictorEntry:
    """One way of getting predictions."""

    name: str
    title: str
    target: str  # "module:class", imported when used
    takes: tuple[str, ...]  # fields of `PredictorOptions` that it understands
    needs: tuple[str, ...]  # those that it cannot do without
    requires: str = ""  # package, key or account, and how to get it


_ENTRIES = (
    PredictorEntry(
        name="checkpoint",
        title="a network of `train fit`, or one per fold",
        target="training.bench.predictors.checkpoint:CheckpointPredictor",
        takes=("checkpoint", "device", "batch_size"),
        needs=("checkpoint",),
    ),
    PredictorEntry(
        name="file",
        title="a CSV or Parquet file with the predictions of any system",
        target="training.bench.predictors.file:FilePredictor",
        takes=("predictions",),
        needs=("predictions",),
    ),
)

PREDICTORS: dict[str, PredictorEntry] = {entry.name: entry for entry in _ENTRIES}
