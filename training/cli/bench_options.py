"""The options that the commands of `bench` share: which pictures, and who answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[str, typer.Option(help="The protocol; `bench datasets` lists them.")]
Root = Annotated[Path | None, typer.Option(help="The dataset's folder, as it is distributed.")]
ManifestFile = Annotated[
    Path | None, typer.Option(help="The manifest.parquet of a dataset version of your own.")
]
TableFile = Annotated[
    Path | None, typer.Option(help="A CSV or Parquet file with one row per face.")
]
Split = Annotated[
    str | None, typer.Option(help="Which split to take (the protocol's own by default).")
]
Folds = Annotated[
    list[str] | None, typer.Option(help="Only this fold; may be given several times.")
]
Preset = Annotated[
    str | None, typer.Option(help="A named choice of faces, such as wiki-13-44-2005.")
]
Corrections = Annotated[
    Path | None, typer.Option(help="A CSV file that mends labels of the dataset.")
]

Checkpoint = Annotated[
    str | None,
    typer.Option(help="A model.pt of `train fit`; with {fold} in the path, one per fold."),
]
PredictorName = Annotated[
    str | None, typer.Option(help="Who answers, where no file given tells it.")
]
Model = Annotated[
    Path | None,
    typer.Option(help="The model file of another kind: .onnx of `train export`, MiVOLO's, …"),
]
Device = Annotated[
    str | None, typer.Option(help="auto (CUDA where there is one), cpu, cuda, cuda:1, …")
]
