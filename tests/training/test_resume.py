"""A run that is killed anywhere and started again is the run that nobody disturbed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from discs import Row
from small import SMALL, end_of, in_child, kill_self, read_log, use_small_network

from curation.errors import InputError, SettingsError
from training.checkpoint import load_checkpoint
from training.fit import fit
from training.settings import OptimizerName, ScheduleName
from training.tta import Tta

# Dropout draws from the process's random state; the average, momentum and the losses so far have
# to survive as well. A state is saved after every batch.
EVERYTHING = replace(
    SMALL, epochs_head=3, head_views=2, optimizer=OptimizerName.adamw, ema=0.9,
    schedule=ScheduleName.one_cycle, save_minutes=0.0, accumulate=2,
)  # fmt: skip


def killed_after(events: int, patch: pytest.MonkeyPatch) -> None:
    """Let this process die at its `events`-th batch, or begun, or completed writing of a file."""
    from training import checkpoint, head_stage, run_folder, step

    left = [events]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            kill_self()

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            count()
            result = real(*arguments, **named)
            count()
            return result

        return call

    patch.setattr(step.Trainer, "step", dying(step.Trainer.step))
    patch.setattr(head_stage.HeadEpochs, "train", dying(head_stage.HeadEpochs.train))
    patch.setattr(head_stage, "features_of", dying(head_stage.features_of))
    for module in (run_folder, checkpoint):
        patch.setattr(module, "write_atomically", dying(module.write_atomically))


def test_a_run_killed_again_and_again_ends_as_if_undisturbed(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch, dropout=0.3)
    manifest = make_dataset({"train": 20, "validation": 6})
    whole = fit(manifest, EVERYTHING, tmp_path / "whole")
    kills = 0
    for events in (3, 8, 14, 17, 19, 20, 22, 23, 25, 26, 28, 31):

        def run(events: int = events) -> None:
            with pytest.MonkeyPatch.context() as patch:
                killed_after(events, patch)
                fit(manifest, EVERYTHING, tmp_path / "killed")

        kills += end_of(in_child(run)) == -9
    assert kills >= 6
    finished = fit(manifest, EVERYTHING, tmp_path / "killed")
    assert read_log(tmp_path / "killed") == read_log(tmp_path / "whole")
    assert replace(finished.best, images_per_second=0) == replace(whole.best, images_per_second=0)
    mine, theirs = (load_checkpoint(run.checkpoint).state for run in (finished, whole))
    assert all(torch.equal(mine[key], theirs[key]) for key in theirs)
    left = {path.name for path in (tmp_path / "killed").iterdir() if path.name[0] != "."}
    drawn = {"curves.png", "reliability.png"}
    assert left == {"run.json", "model.pt", "log.csv", "finished.json"} | drawn


def test_a_run_killed_between_the_last_batch_and_validation_logs_the_same(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset()
    settings = replace(SMALL, epochs=2, save_minutes=0.0)

    def run() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.fit.validate", lambda *arguments: kill_self())
            fit(manifest, settings, tmp_path / "killed")

    assert end_of(in_child(run)) == -9
    fit(manifest, settings, tmp_path / "killed")
    fit(manifest, settings, tmp_path / "whole")
    assert read_log(tmp_path / "killed") == read_log(tmp_path / "whole")


def test_a_finished_run_is_not_done_twice(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset()
    once = fit(manifest, SMALL, tmp_path / "run")
    written = (tmp_path / "run" / "model.pt").stat().st_mtime_ns
    assert fit(manifest, SMALL, tmp_path / "run", resume=True) == once
    assert fit(manifest, replace(SMALL, workers=2), tmp_path / "run") == once
    assert (tmp_path / "run" / "model.pt").stat().st_mtime_ns == written
    fit(manifest, SMALL, tmp_path / "run", resume=False)
    assert (tmp_path / "run" / "model.pt").stat().st_mtime_ns > written


def test_a_run_from_before_there_was_a_setting_has_its_default(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset()
    once = fit(manifest, SMALL, tmp_path / "run")
    file = tmp_path / "run" / "run.json"
    told = json.loads(file.read_text())
    del told["identity"]["settings"]["tta"]
    file.write_text(json.dumps(told))
    assert fit(manifest, SMALL, tmp_path / "run", resume=True) == once
    with pytest.raises(SettingsError, match="started with --tta none, not mirror"):
        fit(manifest, replace(SMALL, tta=Tta.mirror), tmp_path / "run", resume=True)


def test_going_on_with_another_run_is_refused_and_the_difference_named(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    manifest = make_dataset()
    fit(manifest, SMALL, tmp_path / "run")
    with pytest.raises(SettingsError, match=r"started with --learning-rate 0\.05, not 0\.1"):
        fit(manifest, replace(SMALL, learning_rate=0.1), tmp_path / "run", resume=True)

    def move_one(rows: list[Row]) -> None:
        rows[0]["split"] = "validation"

    other = make_dataset(change=move_one)
    with pytest.raises(InputError, match="other samples"):
        fit(other, SMALL, tmp_path / "run", resume=True)


def test_the_run_folder_says_what_was_run(
    make_dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import subprocess

    repository = tmp_path / "repository"
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q", str(repository)), (
        "-C", str(repository), *author, "commit", "-q", "--allow-empty", "-m", "first",
    )):  # fmt: skip
        subprocess.run(["git", *arguments], check=True)
    monkeypatch.chdir(repository)
    use_small_network(monkeypatch)
    manifest = make_dataset()
    fit(manifest, replace(SMALL, tensorboard=True), tmp_path / "run")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["dataset"]["sha256"] == hashlib.sha256(manifest.read_bytes()).hexdigest()
    assert (run["dataset"]["name"], run["dataset"]["version"]) == ("discs", "3")
    assert run["settings"]["schedule"] == "cosine"
    assert run["settings"]["weight_decay"] == 5e-4  # chosen for sgd
    assert len(run["git"]["commit"]) == 40
    assert run["git"]["changed"] is False
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    logged = [round(event.value, 4) for event in events.Scalars("loss/validation_loss")]
    header, *rows = (tmp_path / "run" / "log.csv").read_text().splitlines()
    place = header.split(",").index("validation_loss")
    assert logged == [round(float(row.split(",")[place]), 4) for row in rows]
