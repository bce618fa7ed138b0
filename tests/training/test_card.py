"""The model card: what the hub reads, what a person reads, and only what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from discs import SIZES, Learned
from huggingface_hub import ModelCard
from typer.testing import CliRunner

from training.bench.evaluation import Settings
from training.bench.predictors import PredictorOptions, open_predictor
from training.bench.protocols import ProtocolOptions, open_protocol
from training.bench.report.folder import write_run
from training.bench.run import run_bench
from training.cli import train
from training.manifest import file_sha256, open_manifest


def run(*arguments: object) -> Any:
    return CliRunner().invoke(train, ["card", *map(str, arguments)])


def refused(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def report(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `bench run` makes it, without the search for leaks, which every drawn disc would be."""
    out = tmp_path_factory.mktemp("bench") / "report"
    asked = PredictorOptions(checkpoint=str(learned.checkpoint), device="cpu")
    protocol = open_protocol("manifest", ProtocolOptions(manifest=learned.manifest))
    result = run_bench(protocol, open_predictor("checkpoint", asked, []), Settings(200))
    write_run(result, out)
    return out


@pytest.fixture(scope="module")
def card(learned: Learned, report: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("card") / "README.md"
    done = run(learned.folder, "--bench", report, "--licence", "cc-by-nc-4.0", "--out", path)
    assert done.exit_code == 0, done.output
    return path.read_text()


def test_the_hub_reads_licence_task_and_results(card: str, learned: Learned, report: Path) -> None:
    figures = json.loads((report / "figures.json").read_text())["figures"]
    read = ModelCard(card).data  # the hub's own reader
    assert read.license == "cc-by-nc-4.0"
    assert read.pipeline_tag == "image-classification"
    assert "age-estimation" in (read.tags or [])
    content = yaml.safe_load(card.split("---")[1])
    (result,) = content["model-index"][0]["results"]
    assert result["dataset"]["name"].startswith("discs v3")
    values = {one["type"]: one["value"] for one in result["metrics"] if one["type"] == "mae"}
    assert values["mae"] == pytest.approx(figures["mae"]["value"], abs=1e-5)


def test_a_person_reads_the_data_the_figures_with_intervals_and_every_group(
    card: str, learned: Learned, report: Path
) -> None:
    content = json.loads((report / "figures.json").read_text())
    assert f"`{open_manifest(learned.manifest).version.sha256}`" in card
    assert file_sha256(learned.checkpoint) in card
    assert f"- train: {SIZES['train']:,} samples" in card
    mae = content["figures"]["mae"]
    row = next(line for line in card.splitlines() if line.startswith("| MAE"))
    for value in (mae["value"], mae["low"], mae["high"]):
        assert f"{value:.2f}" in row
    for group in content["groups"]:
        if tuple(group["attributes"]) == ("gender",):
            line = f"| {group['attributes']['gender']} | {group['samples']:,} |"
            assert line in card
    for heading in ("Intended use", "Out of scope", "Limits", "Ethical considerations",
                    "How to use", "Training data", "Training", "Evaluation"):  # fmt: skip
        assert f"# {heading}\n" in card
    assert "| learning_rate | 0.1 |" in card
    picture = card.split("](")[1].split(")")[0]
    assert picture.endswith("curves.png")
    assert "None" not in card
    assert "nan" not in card.casefold().split("---", 2)[2].replace("nanc", "")


def test_without_a_report_the_card_says_that_nothing_is_known(learned: Learned) -> None:
    done = run(learned.folder)
    assert done.exit_code == 0
    assert "--bench" in done.output
    text = (learned.folder / "README.md").read_text()
    assert "nothing is known of how it fares" in " ".join(text.split())
    assert "![Loss, gender accuracy and MAE over the epochs](curves.png)" in text
    (learned.folder / "README.md").unlink()


def test_what_is_no_run_and_what_is_no_report_of_it_is_refused(
    learned: Learned, report: Path, tmp_path: Path
) -> None:
    assert "there is no run folder" in refused(tmp_path / "gone")
    assert "has no run.json" in refused(tmp_path)
    assert "there is no benchmark report" in refused(learned.folder, "--bench", tmp_path)
    (tmp_path / "a.json").write_text("{")
    assert "is no JSON" in refused(learned.folder, "--bench", tmp_path / "a.json")
    (tmp_path / "b.json").write_text("{}")
    assert "is no report of this version" in refused(learned.folder, "--bench", tmp_path / "b.json")
    content = json.loads((report / "figures.json").read_text())
    content["predictor"]["sha256"] = "0" * 64
    (tmp_path / "c.json").write_text(json.dumps(content))
    assert "tells of another model" in refused(learned.folder, "--bench", tmp_path / "c.json")
