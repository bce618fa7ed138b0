"""The demo's line of commands: real commands, shown, and stopped at the first that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from curation.cli.demo import app
from curation.demo.files import write_world
from curation.demo.run import Line, StepError, program
from curation.errors import EvenfaceError
from curation.moderation.server import Server
from curation.moderation.server_install import installation
from curation.workspace import create_workspace


def test_a_step_is_shown_and_run_by_the_real_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Line(tmp_path, "again").step("curate", "init", "made here")
    shown = capfd.readouterr().out
    assert shown.startswith("\n$ curate init 'made here'\n")
    assert "is ready" in shown
    assert (tmp_path / "made here" / "evenface.toml").is_file()


def test_a_failing_step_stops_with_its_exit_code_and_says_how_to_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line = Line(tmp_path, "curate demo run here --seed 3")
    with pytest.raises(StepError, match="go on with `curate demo run here --seed 3`") as failed:
        line.step("curate", "status")
    assert failed.value.exit_code == 2  # there is no workspace, which is an error of usage
    assert "there is no workspace here" in capfd.readouterr().err


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(EvenfaceError, match="the command no-such-command is not installed"):
        program("no-such-command")


def test_the_demo_ends_with_the_exit_code_of_the_step_that_failed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["run", str(tmp_path / "demo"), "--posts", "10"])
    assert done.exit_code == 2
    assert "`curate demo world world --posts 10 --seed 1` ended with exit code 2" in done.stderr


def test_the_world_command_tells_what_is_wrong_with_how_many_posts(tmp_path: Path) -> None:
    arguments = ["world", str(tmp_path / "w"), "--posts", "48", "--processes", "1"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    assert "48 posts" in done.stdout
    assert "statue 1" in done.stdout
    assert len(list((tmp_path / "w" / "images").iterdir())) == 48


@pytest.mark.label_studio
def test_label_studio_is_stopped_after_a_failed_step_if_and_only_if_the_demo_started_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    workspace = create_workspace(folder)
    write_world(folder / "world", 48, 1, processes=1)
    (folder / "world" / "posts.jsonl").write_text('{"hashtags": "#turning7"}\n')
    server = Server(folder / "label-studio")
    arguments = ["run", str(folder), "--posts", "48"]
    try:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 2
        assert "`curate ingest manifest world/posts.jsonl` ended with exit code 2" in done.stderr
        assert server.running() is None

        assert workspace.store.folder is not None
        server.up(installation(), workspace.store.folder)
        assert CliRunner().invoke(app, arguments).exit_code == 2
        assert server.answers()
    finally:
        server.down()
        workspace.database.close()
