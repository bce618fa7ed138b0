"""From a manifest to its doubtful labels: predictions out of fold, ranking, contact sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.contact_sheet import Tile, contact_sheet
from training.data import find_crops
from training.files import write_atomically
from training.label_issues import LabelIssues, find_label_issues, write_label_issues
from training.manifest import Manifest, open_manifest
from training.reader import CropReader
from training.settings import FitSettings

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class IssuesDone:
    """What was found, and where it lies."""

    found: LabelIssues
    issues: Path
    sheet: Path

    def lines(self) -> list[str]:
        """Return what to tell the user."""
        table = self.found.table
        lines = list(self.found.notes)
        for attribute in ("gender", "age"):
            part = table[table["attribute"] == attribute]
            if len(part):
                doubtful = int(part["issue"].sum())
                lines.append(f"{attribute}: {doubtful:,} of {len(part):,} labels are doubtful")
        return [*lines, f"issues {self.issues}", f"contact sheet {self.sheet}"]


def find_issues(
    manifest_path: Path,
    settings: FitSettings,
    folds: int,
    predictions: Path | None = None,
    out: Path | None = None,
    tiles: int = 60,
    report: Callable[[str], None] = lambda line: None,
) -> IssuesDone:
    """Find doubtful labels and write `issues.parquet`, `issues.png` and `predictions.parquet`.

    With `predictions` (a file of the predictions table, made out of fold) nothing is trained.

    Raises:
        InputError: the manifest or the predictions cannot be used.
        SettingsError, TrainingError: as `fit`.
    """
    manifest = open_manifest(manifest_path)
    version = manifest.version
    folder = out or Path("runs") / f"label-issues-{version.name}-v{version.version}"
    if predictions is not None:
        from training.bench.predictions_file import read_predictions

        said = read_predictions(predictions)
    else:
        from training.out_of_fold import FoldDone, predict_out_of_fold

        def tell(done: FoldDone) -> None:
            how = "predicted" if done.trained else "was there"
            report(f"fold {done.fold + 1} of {done.folds}: {done.samples:,} samples {how}")

        said = predict_out_of_fold(manifest, settings, folds, folder, tell)
        write_atomically(folder / "predictions.parquet", said.to_parquet(None, index=False))
    found = find_label_issues(manifest, said)
    done = IssuesDone(found, folder / "issues.parquet", folder / "issues.png")
    write_label_issues(done.issues, found, manifest)
    shown = found.issues if len(found.issues) else found.table
    write_atomically(done.sheet, draw(manifest, shown.head(tiles)))
    return done


def draw(manifest: Manifest, doubtful: pd.DataFrame) -> bytes:
    """Return the contact sheet (PNG) of rows of the ranked table: label, then what it seems."""
    places = {str(name): place for place, name in enumerate(manifest.rows["sample_id"])}
    rows = manifest.rows.iloc[[places[str(name)] for name in doubtful["sample_id"]]]
    reader = CropReader(find_crops(manifest, rows), workers=2)
    tiles = []
    for place, row in enumerate(doubtful.itertuples()):
        label, seems = row.label, row.suggested
        if row.attribute == "age":
            label, seems = f"age {float(str(row.label)):.0f}", f"age {row.suggested}"
        lines = (
            f"{row.rank}  {row.attribute}  q {row.quality:.2f}",
            f"said {label}",
            f"seems {seems}",
        )
        tiles.append(Tile(np.asarray(reader.read(place)), lines))
    return contact_sheet(tiles)
