"""Ask a predictor about every sample of a test set; the answer is a predictions table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation import console
from training.bench.crops import Seen, crops, pictures
from training.bench.predictions import Answers
from training.bench.predictions_check import complete
from training.bench.predictors import BenchPredictor, Wants
from training.bench.sample import Sample

if TYPE_CHECKING:
    import pandas as pd


def ask(
    predictor: BenchPredictor,
    samples: Sequence[Sample],
    protocol: str,
    detector_device: str = "cpu",
    workers: int | None = None,
) -> pd.DataFrame:
    """Return the predictions table of the `samples` of a protocol, in their order, complete.

    Fold by fold, so that a model per fold is loaded once. What has no face or does not decode is
    in the table with its reason and never shown to the predictor.

    Raises:
        InputError: a sample has no picture at hand, or the predictor cannot go on.
    """
    import pandas as pd

    predictor.start(protocol, samples)
    parts = []
    with console.progress("faces") as progress:
        bar = progress.add_task("benchmark", total=len(samples))
        for group in _by_fold(samples):
            for batch in _shown(predictor, group, detector_device, workers):
                parts.append(_answer(predictor, batch))
                progress.advance(bar, len(batch))
    table = complete(pd.concat(parts, ignore_index=True), f"what {predictor.name} says")
    order = pd.Index(table["sample_id"]).get_indexer([sample.sample_id for sample in samples])
    ordered: pd.DataFrame = table.iloc[order].reset_index(drop=True)
    return ordered


def _by_fold(samples: Sequence[Sample]) -> list[list[Sample]]:
    folds: dict[str | None, list[Sample]] = {}
    for sample in samples:
        folds.setdefault(sample.fold, []).append(sample)
    return list(folds.values())


def _shown(
    predictor: BenchPredictor, samples: Sequence[Sample], device: str, workers: int | None
) -> Iterator[list[Seen]]:
    """Yield batches; each has as many samples with pixels as the predictor likes, at most."""
    seen: Iterator[Seen]
    if predictor.wants is Wants.crops:
        seen = crops(samples, device, workers)
    elif predictor.wants is Wants.pictures:
        seen = pictures(samples, workers)
    else:
        seen = (Seen(sample, None) for sample in samples)
    while batch := list(islice(seen, predictor.batch_size)):
        yield batch


def _answer(predictor: BenchPredictor, batch: Sequence[Seen]) -> pd.DataFrame:
    import pandas as pd

    asked = [seen.sample for seen in batch if seen.reason is None]
    images: list[NDArray[np.uint8]] = [seen.image for seen in batch if seen.image is not None]
    parts = []
    if asked:
        parts.append(predictor.predict(asked, images).frame([sample.sample_id for sample in asked]))
    silent = [seen for seen in batch if seen.reason is not None]
    if silent:
        unanswered = Answers(count=len(silent), reason=[seen.reason for seen in silent])
        parts.append(unanswered.frame([seen.sample.sample_id for seen in silent]))
    return pd.concat(parts, ignore_index=True)
