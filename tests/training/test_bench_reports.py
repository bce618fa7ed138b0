"""What `bench` writes and prints: a whole report, comparisons, published figures, datasets."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from discs import SIZES, Learned, Row, write_dataset
from typer.testing import CliRunner

from curation.errors import InputError
from training.bench.ask import ask
from training.bench.predictions_file import read_predictions
from training.bench.predictors import PredictorOptions, open_predictor
from training.bench.protocols.manifest import ManifestProtocol
from training.bench.published import FIGURES, published_figures
from training.checkpoint import load_checkpoint, save_checkpoint
from training.cli import bench


def run(*arguments: object) -> Any:
    # Discs of one size and colour are copies of each other, so what is tested was trained on.
    allowed = ("--allow-leak", "copy") if arguments[0] == "run" else ()
    return CliRunner().invoke(bench, [str(argument) for argument in (*arguments, *allowed)])


def words(text: str) -> str:
    return " ".join(re.sub(r"[│┃━─┏┓┗┛┡┩├┤└┘┳┻╇┼┴┬]", " ", text).split())


def refused(result: Any, exit_code: int, *parts: str) -> None:
    assert result.exit_code == exit_code, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert not line.startswith("error: unexpected")
    for part in parts:
        assert part in line


class Addresses(HTMLParser):
    """Everything that a page would fetch, and the tags that never end."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "bench"
    common = ("--manifest", learned.manifest, "--checkpoint", learned.checkpoint)
    asked = ("--pictures", 3, "--min-samples", 5)
    done = run("run", *common, "--out", out, *asked, "--device", "cpu")
    assert done.exit_code == 0, done.output
    assert f"report {out / 'report.html'}" in done.stdout
    return out


def test_a_run_folder_holds_figures_predictions_truth_markdown_and_a_page(report: Path) -> None:
    assert sorted(path.name for path in report.iterdir()) == [
        "figures.json", "predictions.parquet", "report.html", "report.md", "truth.parquet",
    ]  # fmt: skip
    figures = json.loads((report / "figures.json").read_text())
    assert figures["settings"]["resamples"] == 1000
    assert figures["settings"]["bin_rules"] == ["interval", "nearest bin"]
    assert figures["predictor"]["models"][0]["trained_on"]["name"] == "discs"
    assert {"numpy", "torch", "python"} <= set(figures["versions"])
    mae = figures["figures"]["mae"]
    assert mae["low"] < mae["value"] < mae["high"] and mae["reliable"]
    assert figures["figures"]["crps"]["value"] < mae["value"]
    ages = [group for group in figures["groups"] if set(group["attributes"]) == {"age"}]
    assert sum(group["samples"] for group in ages) == SIZES["test"]
    assert figures["calibration"]["age"]["n"][0] == SIZES["test"]
    matrix = np.array(figures["confusion"]["age_bin"]["counts"])
    assert matrix.sum() == SIZES["test"]
    assert np.trace(matrix) / SIZES["test"] == pytest.approx(
        figures["figures"]["exact_bin_nearest"]["value"], abs=1e-6
    )


def test_the_page_needs_nothing_from_outside_and_shows_the_pictures_asked_for(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    page = Addresses()
    page.feed(text)
    assert page.open == []
    assert len(page.found) == 3
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.found)
    assert "<script" not in text and "http" not in text and "@import" not in text
    for heading in ("Figures", "Ages", "Confusion", "Calibration", "Worst groups", "worst errors"):
        assert heading in text
    assert text.count("<svg") >= 5


def test_without_asking_there_are_no_pictures_of_people(learned: Learned, tmp_path: Path) -> None:
    common = ("--manifest", learned.manifest, "--checkpoint", learned.checkpoint)
    run("run", *common, "--out", tmp_path / "bench", "--resamples", 20, "--device", "cpu")
    assert "<img" not in (tmp_path / "bench/report.html").read_text(encoding="utf-8")


def test_the_predictions_of_a_run_judge_the_same_when_they_come_back_as_a_file(
    learned: Learned, report: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again.json"
    common = ("--manifest", learned.manifest, "--predictions", report / "predictions.parquet")
    assert run("run", *common, "--out", out).exit_code == 0
    first, again = (json.loads(path.read_text()) for path in (report / "figures.json", out))
    assert again["figures"] == first["figures"]
    assert again["groups"] == first["groups"]
    assert again["predictor"]["name"] == first["predictor"]["name"]


def other_system(learned: Learned, folder: Path, change: Any = None) -> Path:
    """Points and labels from elsewhere: ages seven years too old, one gender for all."""
    rows = pd.read_parquet(learned.manifest)
    rows = rows[rows["split"] == "test"]
    said = pd.DataFrame(
        {"sample_id": rows["sample_id"], "gender": "female", "age": rows["age"].astype(float) + 7}
    )
    if change is not None:
        change(said)
    path = folder / "other.csv"
    said.to_csv(path, index=False)
    return path


def test_another_systems_csv_is_judged_like_our_own(learned: Learned, tmp_path: Path) -> None:
    def silence(said: pd.DataFrame) -> None:
        said.loc[said.index[:6], ["gender", "age"]] = None

    out = tmp_path / "bench"
    path = other_system(learned, tmp_path, silence)
    done = run("run", "--manifest", learned.manifest, "--predictions", path, "--out", out)
    assert done.exit_code == 0, done.output
    text = words(done.stdout)
    assert "6 without an answer (6 no answer)" in text
    assert "no answer = error" in text
    figures = json.loads((out / "figures.json").read_text())
    assert figures["unanswered"] == {"samples": 6, "reasons": {"no answer": 6}}
    assert figures["figures"]["bias"]["value"] == pytest.approx(7, abs=1e-4)
    assert figures["figures"]["mae"]["n"] == SIZES["test"] - 6
    cs10 = figures["figures"]["cs10"]
    assert cs10["value"] == 1
    assert cs10["as_errors"]["value"] == pytest.approx(1 - 6 / SIZES["test"], abs=1e-6)
    assert "crps" not in figures["figures"]
    assert read_predictions(out / "predictions.parquet")["reason"].notna().sum() == 6


def test_runs_are_compared_on_the_faces_that_both_answered(
    learned: Learned, report: Path, tmp_path: Path
) -> None:
    def silence(said: pd.DataFrame) -> None:
        said.loc[said.index[:6], ["gender", "age"]] = None

    path = other_system(learned, tmp_path, silence)
    other, out = tmp_path / "bench", tmp_path / "difference.json"
    run("run", "--manifest", learned.manifest, "--predictions", path, "--out", other)
    done = run("compare", report, other, "--out", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    by_title = {row["title"]: row for row in found["metrics"]}
    mae = by_title["MAE of age"]["others"][0]
    truth = pd.read_parquet(report / "truth.parquet")
    said = pd.read_parquet(report / "predictions.parquet")
    ours = (said["age"] - truth["age"]).abs()[6:].mean()
    assert mae["figure"]["n"] == SIZES["test"] - 6
    assert mae["difference"] == pytest.approx(7 - ours, abs=1e-4)
    assert mae["low"] < mae["difference"] < mae["high"]
    as_errors = by_title["gender accuracy, no answer = error"]["others"][0]
    right = (truth["female"] == 1)[6:].sum() / len(truth)
    own = ((said["gender"] == "female") == (truth["female"] == 1)).mean()
    assert as_errors["difference"] == pytest.approx(right - own, abs=1e-5)
    assert by_title["CRPS of age"]["others"] == [None]
    assert "excludes 0" in words(done.stdout)


def test_who_answered_every_face_is_held_to_all_of_them_where_errors_count(
    learned: Learned, tmp_path: Path
) -> None:
    def silence(said: pd.DataFrame) -> None:
        said.loc[said.index[:20], ["gender", "age"]] = None

    for name, change in (("full", None), ("silent", silence)):
        path = other_system(learned, tmp_path, change)
        run("run", "--manifest", learned.manifest, "--predictions", path, "--out", tmp_path / name)
    out = tmp_path / "difference.json"
    assert run("compare", tmp_path / "full", tmp_path / "silent", "--out", out).exit_code == 0
    female = pd.read_parquet(tmp_path / "full/truth.parquet")["female"]
    rows = {row["title"]: row["others"][0] for row in json.loads(out.read_text())["metrics"]}
    both = rows["gender accuracy"]
    assert both["first"]["value"] == pytest.approx(female[20:].mean(), abs=1e-5)
    assert both["difference"] == 0
    all_ = rows["gender accuracy, no answer = error"]
    assert all_["first"]["value"] == pytest.approx(female.mean(), abs=1e-5)
    assert all_["difference"] == pytest.approx(-female[:20].sum() / len(female), abs=1e-5)


def test_a_difference_has_a_narrower_interval_than_the_figures_have(
    learned: Learned, report: Path, tmp_path: Path
) -> None:
    """A copy that errs a little more on every face is worse beyond doubt."""
    said = pd.read_parquet(report / "predictions.parquet")
    truth = pd.read_parquet(report / "truth.parquet")
    error = said["age"] - truth["age"]
    worse = (truth["age"] + error * 1.1).clip(lower=0)
    path = tmp_path / "worse.csv"
    pd.DataFrame({"sample_id": said["sample_id"], "age": worse}).to_csv(path, index=False)
    other, out = tmp_path / "bench", tmp_path / "difference.json"
    run("run", "--manifest", learned.manifest, "--predictions", path, "--out", other)
    done = run("compare", report, other, "--out", out)
    (mae,) = [row for row in json.loads(out.read_text())["metrics"] if row["metric"] == "mae"]
    (difference,) = mae["others"]
    assert difference["low"] > 0
    assert difference["high"] - difference["low"] < 0.3 * (
        mae["first"]["high"] - mae["first"]["low"]
    )
    assert "* worse" in words(done.stdout)


def test_runs_of_different_test_sets_are_not_compared(
    learned: Learned, report: Path, tmp_path: Path
) -> None:
    def rename(rows: list[Row]) -> None:
        for row in rows:
            row["age"] = 1.0

    manifest = write_dataset(tmp_path / "other", SIZES, rename)
    common = ("--manifest", manifest, "--checkpoint", learned.checkpoint, "--resamples", 20)
    run("run", *common, "--out", tmp_path / "bench", "--device", "cpu")
    refused(run("compare", report, tmp_path / "bench"), 2, "differently", f"{SIZES['test']} of")
    refused(run("compare", report), 2, "at least two")
    refused(run("compare", report, tmp_path), 2, "is no run", "--out FOLDER")


def test_the_model_of_a_fold_judges_that_fold_and_no_other(
    learned: Learned, tmp_path: Path
) -> None:
    trained = load_checkpoint(learned.checkpoint)
    for fold, gamma in (("a", 5.0), ("b", 25.0)):
        head = {**trained.age_head, "gamma": gamma}
        other = replace(trained, gamma=gamma, age_head=head)
        save_checkpoint(tmp_path / f"fold-{fold}.pt", other)
    samples = [
        replace(sample, fold="ab"[i % 2])
        for i, sample in enumerate(ManifestProtocol(learned.manifest).samples()[:6])
    ]
    options = PredictorOptions(checkpoint=str(tmp_path / "fold-{fold}.pt"), device="cpu")
    predictor = open_predictor("checkpoint", options, ["a", "b"])
    said = ask(predictor, samples, "manifest")
    assert said["fold"].tolist() == ["a", "b"] * 3
    assert said["log_age_gamma"].tolist() == [5.0, 25.0] * 3
    assert len(predictor.describe()["models"]) == 2
    stray = [replace(samples[0], fold="c")]
    with pytest.raises(InputError, match="1 of 1 samples are in no fold that has a model"):
        ask(predictor, stray, "manifest")
    with pytest.raises(InputError, match=r"no checkpoint .*fold-c\.pt"):
        open_predictor("checkpoint", options, ["a", "b", "c"])


def test_bad_predictions_end_in_one_sentence(learned: Learned, tmp_path: Path) -> None:
    path = other_system(learned, tmp_path)
    text = path.read_text()
    common = ("run", "--manifest", learned.manifest, "--predictions", path)
    path.write_text(text.replace("test00004,", "elsewhere,"))
    refused(run(*common), 2, "no prediction for 1 of 60 samples, first test00004")
    path.write_text("\n".join([*text.splitlines(), text.splitlines()[5]]))
    refused(run(*common), 2, "1 of 61 rows", "line 62 (sample test00004)")
    refused(run("run", "--manifest", learned.manifest), 2, "who is to be judged", "--predictions")
    refused(
        run(*common, "--checkpoint", learned.checkpoint, "--predictor", "file"), 2, "--checkpoint"
    )
    refused(run(*common, "--dataset", "mnist"), 2, "there is no protocol 'mnist'", "manifest")
    refused(run(*common, "--split", "holdout"), 2, "no split 'holdout'", "validation")
    refused(run("run", "--predictions", path), 2, "needs --manifest", "build-dataset")
    folds = tmp_path / "fold{fold}.pt"
    refused(run("run", "--manifest", learned.manifest, "--checkpoint", folds), 2, "has no folds")


def test_a_report_that_cannot_be_written_is_named(learned: Learned, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = other_system(learned, tmp_path)
    common = ("--manifest", learned.manifest, "--predictions", path, "--resamples", 10)
    refused(run("run", *common, "--out", tmp_path / "file" / "bench"), 1, "cannot be written")


def test_published_figures_are_numbers_with_a_source_and_a_way_of_testing() -> None:
    rows = published_figures()
    assert len(rows) > 20
    file = files("training.bench.published") / "figures.csv"
    assert {len(line) for line in csv.reader(file.read_text().splitlines())} == {15}
    for row in rows:
        assert row.source and row.system and row.test_set and row.remarks
        assert 2010 <= row.year <= 2030
        assert row.figures and set(row.figures) <= set(FIGURES)
        assert all(0 < float(value) < 100 for value in row.figures.values())
        assert len(row.remarks) > 15
        assert bool(row.bin_rule) == bool({"exact_bin", "one_off_bin"} & set(row.figures))
        assert bool(row.dataset) == bool(row.variant)
    services = {row.system: row.figures for row in published_figures("imdb-wiki")}
    assert services["Amazon Rekognition"] == {"gender_accuracy": "94.0", "mape": "43.8"}


def test_published_figures_of_one_dataset_are_printed_apart_by_way_of_testing() -> None:
    text = words(run("published", "--dataset", "adience").stdout)
    assert "Adience (5-fold cross-validation): Deep.Social study, July 2018" in text
    assert "WIKI" not in text
    refused(run("published", "--dataset", "mnist"), 2, "no published figures", "adience")


def test_datasets_says_what_each_needs_and_where_to_get_it() -> None:
    assert "manifest" in run("datasets").stdout
    text = words(run("datasets", "manifest").stdout)
    for part in ("needs", "--manifest", "curate build-dataset", "splits"):
        assert part in text
    refused(run("datasets", "mnist"), 2, "there is no protocol 'mnist'")
