"""Cross-validation and tuning: many runs, each done once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from discs import Row
from small import SMALL, end_of, in_child, kill_self, small_network, use_small_network

from curation.errors import InputError, SettingsError
from training import cross_validation, tuning
from training.choices import Objective
from training.cross_validation import Cell, cross_validate, spread
from training.epoch_log import EpochLog

QUICK = replace(SMALL, epochs=1)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_network(monkeypatch)
    monkeypatch.setattr("training.checkpoint.build_network", small_network())


def pairs(rows: list[Row]) -> None:
    """Two pictures of each person, who may stand in one split only by chance."""
    for number, row in enumerate(rows):
        row["subject"] = f"person{number // 2}"


def test_each_sample_is_tested_once_by_a_network_that_never_saw_its_person(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_dataset({"train": 30, "validation": 10, "test": 8}, pairs)
    parts = []
    real = cross_validation.fit_manifest

    def noted(part: object, *arguments: object) -> object:
        parts.append(part.rows)  # type: ignore[attr-defined]
        return real(part, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cross_validation, "fit_manifest", noted)

    def killed() -> None:
        done = []

        def dying(*arguments: object) -> object:
            done.append(1)
            if len(done) == 4:
                kill_self()
            return real(*arguments)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cross_validation, "fit_manifest", dying)
            cross_validate(manifest, QUICK, tmp_path / "out", folds=3, seeds=2)

    assert end_of(in_child(killed)) == -9
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("*/cell.json")}
    assert len(before) == 3
    cells = cross_validate(manifest, QUICK, tmp_path / "out", folds=3, seeds=2)
    assert [(cell.fold, cell.seed) for cell in cells] == [
        (fold, seed) for fold in range(3) for seed in range(2)
    ]
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())

    everyone = set(pq.read_table(manifest)["sample_id"].to_pylist())
    for seed in range(2):
        tested = [
            sample for rows in parts[seed::2] for sample in rows[rows["split"] == "test"].sample_id
        ]
        assert len(tested) == len(set(tested)) == len(everyone)
    for rows in parts:
        assert set(rows["split"]) == {"train", "validation", "test"}
        assert (rows.groupby("subject")["split"].nunique() == 1).all()
    assert cells[0].gender_n == int((parts[0]["split"] == "test").sum())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["cells"] == 6
    assert summary["mae"]["mean"] == pytest.approx(np.mean([cell.mae for cell in cells]))
    assert (tmp_path / "out" / "cells.csv").read_text().count("\n") == 7


def test_the_interval_allows_for_cells_that_share_samples() -> None:
    maes = [4.0, 5.0, 6.0, 5.0]
    cells = [Cell(i // 2, i % 2, 0.9, 10, mae, 10, 1.0, 3, "") for i, mae in enumerate(maes)]
    found = spread(cells, "mae", folds=2)
    # By hand: mean 5, S² = 2/3, t(0.975, 3) = 3.18245, half width = t·√((1/4 + 1)·2/3).
    assert (found.mean, found.deviation) == pytest.approx((5.0, math.sqrt(2 / 3)))
    assert found.high - 5 == pytest.approx(3.182446 * math.sqrt(5 / 6), rel=1e-5)
    assert found.of_folds == pytest.approx(math.sqrt(0.5))  # means 4.5 and 5.5
    assert found.of_seeds == pytest.approx(0.0)  # 5 and 5
    assert math.isnan(spread(cells[:1], "mae", 2).low)


def test_a_killed_search_goes_on_with_the_trial_that_it_was_in(
    make_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = make_dataset({"train": 16, "validation": 8})
    settings = replace(SMALL, epochs=2, learning_rate=None, save_minutes=0.0)

    def killed() -> None:
        real, steps = tuning.Score.__call__, []

        def dying(self: tuning.Score, epoch: EpochLog) -> float:
            steps.append(1)
            if len(steps) == 6:
                kill_self()
            return real(self, epoch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tuning.Score, "__call__", dying)
            tuning.tune(manifest, settings, tmp_path / "out", trials=4)

    assert end_of(in_child(killed)) == -9
    study = tuning.tune(manifest, settings, tmp_path / "out", trials=4)
    states = [trial.state.name for trial in study.trials]
    assert states.count("FAIL") == 1
    assert states.count("COMPLETE") + states.count("PRUNED") == 4
    failed = study.trials[states.index("FAIL")]
    again = study.trials[states.index("FAIL") + 1]
    assert again.params == failed.params != {}
    folders = {path.name for path in (tmp_path / "out").glob("trial-*")}
    assert len(folders) == 4
    best = json.loads((tmp_path / "out" / "best.json").read_text())
    assert best["score"] == min(trial.value for trial in study.trials if trial.value is not None)
    run = json.loads((tmp_path / "out" / best["run"] / "run.json").read_text())
    assert set(best["settings"]) == set(tuning.TUNED)
    assert all(run["settings"][name] == value for name, value in best["settings"].items())
    with pytest.raises(InputError, match="a study with other objective"):
        tuning.tune(manifest, settings, tmp_path / "out", 5, Objective.age)
    with pytest.raises(SettingsError, match="--only warmup: tuned can be learning-rate"):
        tuning.tune(manifest, settings, tmp_path / "other", 1, only=["warmup"])


def test_a_trial_that_falls_behind_is_stopped(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_dataset({"train": 8, "validation": 8})
    trial = [0]

    def run_trial(asked: object, *arguments: object) -> float:
        trial[0] += 1
        for epoch in range(1, 6):
            value = 1.0 if trial[0] < 7 else 2.0
            asked.report(value, epoch)  # type: ignore[attr-defined]
            if asked.should_prune():  # type: ignore[attr-defined]
                import optuna

                assert epoch == tuning.STARTUP_EPOCHS + 1
                raise optuna.TrialPruned
        return 1.0

    monkeypatch.setattr(tuning, "run_trial", run_trial)
    study = tuning.tune(manifest, QUICK, tmp_path / "out", trials=7)
    assert [t.state.name for t in study.trials] == ["COMPLETE"] * 6 + ["PRUNED"]


def test_scores_are_shares_of_the_errors_that_need_no_picture(
    make_dataset: Callable[..., Path],
) -> None:
    from training.manifest import open_manifest

    def change(rows: list[Row]) -> None:
        for row, age, gender in zip(
            rows, (10, 20, 30, 10, 30, 40, 20), ("male", "male", "female") * 2 + ("male",),
            strict=True,
        ):  # fmt: skip
            row["age"], row["gender"] = float(age), gender

    manifest = open_manifest(make_dataset({"train": 3, "validation": 4}, change))
    # Training: median 20, mostly male. Validation: 10, 30, 40, 20 years; male, male, female, male.
    log = EpochLog(1, "all", 0.1, 1.0, 1.0, 1.0, 1.0, 0.875, 4, 5.0, 4, 1.0)
    assert tuning.Score(manifest, Objective.age)(log) == pytest.approx(5.0 / 10.0)
    assert tuning.Score(manifest, Objective.gender)(log) == pytest.approx(0.125 / 0.25)
    assert tuning.Score(manifest, Objective.both)(log) == pytest.approx(0.5)
