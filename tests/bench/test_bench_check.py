"""`bench check` says whether a test set is fit to be tested on."""

from __future__ import annotations

from pathlib import Path

import datasets_as_distributed as distributed
from typer.testing import CliRunner

from training.cli import bench

runner = CliRunner()


def test_a_sound_folder_ends_with_nothing_found(tmp_path: Path) -> None:
    distributed.picture(tmp_path / "female" / "30" / "a.jpg")
    done = runner.invoke(bench, ["check", "--dataset", "folder", "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "nothing was found that harms" in done.output


def test_contradictory_copies_are_named_and_end_in_failure(tmp_path: Path) -> None:
    distributed.picture(tmp_path / "female" / "30" / "a.jpg")
    distributed.picture(tmp_path / "male" / "30" / "b.jpg")
    done = runner.invoke(bench, ["check", "--dataset", "folder", "--root", str(tmp_path)])
    assert done.exit_code == 1
    assert "HARM  contradictory labels: 1" in done.output
    assert "female/30/a.jpg = male/30/b.jpg" in done.output


def test_an_unknown_dataset_and_a_missing_root_are_usage_errors() -> None:
    unknown = runner.invoke(bench, ["check", "--dataset", "faces"])
    assert unknown.exit_code == 2
    assert "there is no protocol 'faces'; there are: adience" in unknown.stderr
    missing = runner.invoke(bench, ["check", "--dataset", "adience"])
    assert missing.exit_code == 2
    assert "needs --root" in missing.stderr
