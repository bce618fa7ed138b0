"""A model card of a run in the format of the Hugging Face hub: YAML front matter and Markdown.

Everything said in it is read from the run's folder and from benchmark reports; what is not known
is said to be unknown. (Mitchell et al. 2019; the sections are those of the hub's own template.)
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import InputError
from training.card_bench import BenchReport, group_tables, headline_table, model_index, read_report
from training.card_words import CAVEATS, ETHICS, INTENDED, LIMITS, OUT_OF_SCOPE, USE
from training.checkpoint import Checkpoint, load_checkpoint
from training.files import write_atomically
from training.manifest import file_sha256

CARD = "README.md"  # what the hub shows
TAGS = ("age-estimation", "gender-classification", "face-analysis", "evenface")


@dataclass(frozen=True)
class Run:
    """A run's folder, read back."""

    folder: Path
    about: dict[str, Any]  # run.json
    epochs: list[dict[str, str]]  # log.csv
    checkpoint: Checkpoint
    checkpoint_sha256: str
    curves: bool

    @property
    def name(self) -> str:
        """What the model is called: its run's folder."""
        return self.folder.resolve().name


def write_card(
    folder: Path, reports: Sequence[Path], licence: str, out: Path | None = None
) -> Path:
    """Write the card of the run in `folder` beside its model, or to `out`; return where.

    `reports` are `figures.json` files of `bench run`, or the folders that hold them.

    Raises:
        InputError: the folder holds no whole run, or a report is none, is of another version, or
            speaks of another model.
    """
    run = read_run(folder)
    read = [read_report(path, run.checkpoint_sha256) for path in reports]
    path = out or folder / CARD
    write_atomically(path, card(run, read, licence, path.parent).encode())
    return path


def read_run(folder: Path) -> Run:
    """Read a run's folder.

    Raises:
        InputError: `run.json`, `log.csv` or `model.pt` is missing or damaged.
    """
    if not folder.is_dir():
        raise InputError(f"there is no run folder {folder}; `train fit --out {folder}` makes one")
    about_path, log_path, model = (folder / name for name in ("run.json", "log.csv", "model.pt"))
    for path in (about_path, log_path, model):
        if not path.is_file():
            raise InputError(
                f"{folder} is no run that has ended an epoch: it has no {path.name}; name the "
                "folder that `train fit` wrote"
            )
    try:
        about = json.loads(about_path.read_text(encoding="utf-8"))
        about["settings"], about["dataset"]["sha256"], about["samples"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{about_path} is damaged ({error}); train again") from error
    with log_path.open(encoding="utf-8", newline="") as stream:
        epochs = list(csv.DictReader(stream))
    checkpoint = load_checkpoint(model)
    return Run(
        folder, about, epochs, checkpoint, file_sha256(model), (folder / "curves.png").is_file()
    )


def card(run: Run, reports: Sequence[BenchReport], licence: str, beside: Path) -> str:
    """Return the whole card; pictures are named relative to the folder `beside`."""
    return f"---\n{front_matter(run, reports, licence)}---\n\n" + "\n".join(
        _body(run, reports, beside)
    )


def front_matter(run: Run, reports: Sequence[BenchReport], licence: str) -> str:
    """Return the YAML that the hub reads: licence, task, tags, dataset, results."""
    import yaml

    content: dict[str, Any] = {
        "license": licence,
        "library_name": "evenface",
        "pipeline_tag": "image-classification",
        "tags": [*TAGS, run.checkpoint.backbone],
        "datasets": [run.checkpoint.dataset.name],
        "metrics": ["accuracy", "mae"],
        "model-index": [{"name": run.name, "results": model_index(run.checkpoint, reports)}],
    }
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return text


def _body(run: Run, reports: Sequence[BenchReport], beside: Path) -> Iterator[str]:
    yield from _head(run)
    yield from ("## Intended use", "", INTENDED, "", "### Out of scope", "", OUT_OF_SCOPE, "")
    yield from ("## Limits", "", LIMITS, "")
    yield from _limits_of(run, reports)
    yield from ("## Ethical considerations", "", ETHICS, "")
    yield from ("## How to use", "", USE.format(folder=run.name), "")
    yield from _data(run)
    yield from _training(run, beside)
    yield from _evaluation(run, reports)
    yield from ("## Caveats", "", CAVEATS, "")


def _head(run: Run) -> Iterator[str]:
    made = run.checkpoint
    yield f"# {run.name}"
    yield ""
    yield (
        f"A {made.backbone} that says of one aligned face, {made.image_size} pixels wide, whether "
        "it seems female or male, with a probability, and how old it seems, as a distribution "
        f"over ages. It was trained with Evenface on {made.dataset}."
    )
    yield ""


def _limits_of(run: Run, reports: Sequence[BenchReport]) -> Iterator[str]:
    """Yield what the figures themselves say of limits: the worst groups."""
    for report in reports:
        for name, words in (("mae", "mean absolute error"), ("gender_accuracy", "gender accuracy")):
            worst = report.worst(name)
            if worst:
                yield f"- On {report.title} the {words} is worst for {worst}."
    if not reports:
        yield (
            "- No benchmark was given with this card, so nothing is known of how it fares on "
            "people it was not chosen by."
        )
    yield ""


def _data(run: Run) -> Iterator[str]:
    version, samples = run.checkpoint.dataset, run.about["samples"]
    baseline = run.checkpoint.baseline
    yield from ("## Training data", "")
    yield f"- Dataset: {version}"
    yield f"- SHA-256 of its manifest: `{version.sha256}`"
    for split, count in samples.items():
        yield f"- {split}: {count:,} samples"
    age = "unknown" if baseline.median_age is None else f"{baseline.median_age:.4g} years"
    gender = baseline.majority_gender or "unknown"
    yield f"- Median age of the training samples {age}; the commoner gender is {gender}"
    yield ""


def _training(run: Run, beside: Path) -> Iterator[str]:
    yield from ("## Training", "")
    best = run.checkpoint.metrics
    yield (
        f"{len(run.epochs)} epochs; the weights are those of the best by validation loss, with "
        f"{_said(best, 'validation_loss', 'loss', 3)}, "
        f"{_said(best, 'gender_accuracy', 'gender accuracy', 3)} and "
        f"{_said(best, 'mae', 'MAE', 2)} years on the validation split. These figures were used "
        "to choose the weights, so they flatter; what follows under Evaluation was not."
    )
    yield ""
    if run.curves:
        where = _relative(run.folder / "curves.png", beside)
        yield from (f"![Loss, gender accuracy and MAE over the epochs]({where})", "")
    yield from ("| setting | value |", "|---|---|")
    for key, value in sorted(run.about["settings"].items()):
        yield f"| {key} | {_cell(value)} |"
    yield ""
    facts = {
        "age head": run.about.get("age_head"),
        "git commit": run.about.get("git"),
        "SHA-256 of model.pt": run.checkpoint_sha256,
        "libraries": ", ".join(f"{name} {of}" for name, of in run.checkpoint.versions.items()),
    }
    for key, fact in facts.items():
        if fact:
            yield f"- {key}: {_cell(fact)}"
    yield ""


def _evaluation(run: Run, reports: Sequence[BenchReport]) -> Iterator[str]:
    yield from ("## Evaluation", "")
    if not reports:
        yield "No benchmark report was given: `bench run` makes one, `train card --bench` adds it."
        yield ""
        return
    yield (
        "Intervals hold the figure with 95 % confidence (percentile bootstrap by subject, so that "
        "many pictures of one person do not count as many people)."
    )
    yield ""
    for report in reports:
        yield from (f"### {report.title}", "", report.about, "")
        yield from headline_table(report)
        yield ""
        yield from group_tables(report)


def _relative(path: Path, beside: Path) -> str:
    return Path(os.path.relpath(path.resolve(), beside.resolve())).as_posix()


def _said(metrics: dict[str, float], name: str, words: str, decimals: int) -> str:
    value = metrics.get(name)
    return f"{words} {'unknown' if value is None else f'{value:.{decimals}f}'}"


def _cell(value: Any) -> str:
    """Return a value for a table's cell: no pipes, no line breaks."""
    text = "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
