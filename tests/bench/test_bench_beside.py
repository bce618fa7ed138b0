"""A run beside what is published: the very protocol in one table, everything else apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from bench_world import make_truth, predict
from rich.console import Console

from training.baseline import Baseline
from training.bench.bins import ADIENCE_BINS
from training.bench.evaluation import Settings, evaluate
from training.bench.published import Published
from training.bench.report import beside
from training.bench.report.markdown import as_markdown
from training.bench.report.page import as_page
from training.bench.report.plain import as_plain
from training.bench.report.screen import print_apart, print_report
from training.bench.run import BenchData, BenchResult, Judged, judge_blindly
from training.bench.truth import truth_sha256


def result(protocol: str = "adience", variant: str = "5-fold cross-validation") -> BenchResult:
    """Adience in the small: ages as bins, five folds, twelve faces that got no answer."""
    truth = make_truth(120)
    ends = np.array(ADIENCE_BINS.limits, float)[np.random.default_rng(1).integers(0, 8, len(truth))]
    truth["fold"] = [str(int(subject[6:]) % 5) for subject in truth["subject"]]
    said = predict(truth.assign(age=ends.mean(axis=1)), sigma=0.15)
    truth["age"], truth["age_low"], truth["age_high"] = np.nan, ends[:, 0], ends[:, 1]
    quiet = said.columns.difference(["sample_id", "fold", "reason"])
    said.loc[:11, quiet] = np.nan
    said.loc[:11, "reason"] = "no face"
    settings = Settings(resamples=50, min_samples=20)
    evaluation = evaluate(truth, said, settings=settings)
    return BenchResult(
        test_set=BenchData(protocol, variant, ADIENCE_BINS, {"faces": "few"}, truth_sha256(truth)),
        truth=truth,
        predictions=said,
        model=Judged("ours", {"age_rule": "median"}, evaluation),
        blind=judge_blindly(Baseline(None, "male"), truth, ADIENCE_BINS, settings),
        samples=[],
    )


@pytest.fixture(scope="module")
def adience() -> BenchResult:
    return result()


def test_our_lines_state_both_rules_and_stand_beside_the_published_ones(
    adience: BenchResult,
) -> None:
    lines = beside.same_protocol(adience)
    assert [line.bin_rule for line in lines[:2]] == ["nearest bin", "interval"]
    assert all(line.ours for line in lines[:2])
    headings = beside.HEADINGS[1:]
    others = {line.system: dict(zip(headings, line.cells, strict=False)) for line in lines[2:]}
    assert others["Microsoft Azure"]["exact bin %"] == "36.9"
    assert others["Levi and Hassner CNN"]["one-off %"] == "84.7"
    assert others["Clarifai"]["MAE years"] == "–"
    gender = lines[0].cells[0]
    accuracy = adience.model.evaluation.estimate("gender_accuracy")
    as_errors = adience.model.evaluation.estimate("gender_accuracy/all")
    assert accuracy is not None and as_errors is not None
    assert gender == f"{accuracy.value * 100:.1f} / {as_errors.value * 100:.1f}"


def test_rows_of_another_protocol_are_never_in_the_same_table(adience: BenchResult) -> None:
    inside = {(line.system, line.source) for line in beside.same_protocol(adience)}
    for title, lines in beside.apart(adience).items():
        assert not inside & {(line.system, line.source) for line in lines}, title
    other = result(variant="5-fold cross-validation, frontal faces")
    assert beside.same_protocol(other) == []
    assert "Published on the same protocol" not in as_markdown(other)


def test_a_row_without_a_protocol_of_ours_stands_beside_nothing() -> None:
    row = Published("", "", "somewhere", "x", {"mae": "3"}, "", "a source", 2020, "", "")
    assert not row.same_protocol("", "")


def test_all_reports_say_how_many_got_no_answer_and_what_does_not_exist(
    adience: BenchResult,
) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    print_report(adience, console)
    print_apart(adience, console)
    screen = " ".join(console.export_text().split())
    texts = [screen, as_markdown(adience), as_page(adience)]
    for text in texts:
        assert "12 without an answer (12 no face)" in text
        assert "no answer = error" in text
        assert "known as an interval only" in text
        assert "Amazon Rekognition" in text
        assert "MAE of age" not in text.replace("no MAE", "")
    assert "not comparable" in screen
    plain = as_plain(adience)
    assert plain["unanswered"] == {"samples": 12, "reasons": {"no face": 12}}
    assert "mae" not in plain["figures"]
    assert {"fold": "0"} in [group["attributes"] for group in plain["groups"]]
    assert not any(
        "fold" in group["attributes"] and len(group["attributes"]) > 1 for group in plain["groups"]
    )
    assert len(plain["published"]) == 6
