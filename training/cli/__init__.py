"""The commands `train`, `predict` and `bench`, one file per command.

The apps stay groups, so that `train fit` keeps its name when there is only one command.
"""

from __future__ import annotations

import os

from curation.console import app
from training.cli.bench_check import check
from training.cli.bench_compare import compare
from training.cli.bench_datasets import datasets
from training.cli.bench_published import published
from training.cli.bench_run import run
from training.cli.bench_speed import speed
from training.cli.predict_images import images
from training.cli.train_card import card
from training.cli.train_cross_validate import cross_validate
from training.cli.train_export import export
from training.cli.train_fit import fit
from training.cli.train_label_issues import label_issues
from training.cli.train_lr_range import lr_range
from training.cli.train_tune import tune

# OpenMP's threads wait for each other by spinning, long enough to bring a machine with other work
# on it to a crawl; after a short spin they now sleep. Torch reads this when it is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

train = app("Train a gender and age network on a dataset manifest.")
predict = app("Predict gender and age with a trained network.")
bench = app("Measure how good a trained network is.")


@train.callback()
def _train() -> None:
    """Train a gender and age network on a dataset manifest."""


@predict.callback()
def _predict() -> None:
    """Predict gender and age with a trained network."""


@bench.callback()
def _bench() -> None:
    """Measure how good a trained network is."""


train.command()(fit)
train.command()(lr_range)
train.command()(cross_validate)
train.command()(tune)
train.command()(export)
train.command()(label_issues)
train.command()(card)
predict.command()(images)
bench.command()(run)
bench.command()(check)
bench.command()(speed)
bench.command()(compare)
bench.command()(published)
bench.command()(datasets)
