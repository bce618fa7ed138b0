"""`curate init` and `curate db`: a workspace as a user makes and opens it."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from curation.cli import app
from curation.database.migrate import head_revision
from curation.errors import SettingsError
from curation.settings import Settings, load_settings
from curation.settings_template import TEMPLATE
from curation.workspace import Workspace, open_workspace

runner = CliRunner()


def test_init_makes_settings_secret_store_and_a_migrated_database(tmp_path: Path) -> None:
    result = runner.invoke(app, ["init", str(tmp_path / "w")])
    assert result.exit_code == 0, result.output
    made = {path.name for path in (tmp_path / "w").iterdir()}
    assert {"evenface.toml", "secret", "store", "evenface.db"} <= made
    secret = tmp_path / "w" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(open_workspace(tmp_path / "w").secret) == 32
    current = runner.invoke(app, ["db", "current", "-w", str(tmp_path / "w")])
    assert f"is at {head_revision()}" in current.output


def test_init_refuses_a_folder_that_is_a_workspace_already(tmp_path: Path) -> None:
    runner.invoke(app, ["init", str(tmp_path)])
    secret = (tmp_path / "secret").read_text()
    result = runner.invoke(app, ["init", str(tmp_path)])
    assert result.exit_code == 2
    assert "is a workspace already" in result.stderr
    assert (tmp_path / "secret").read_text() == secret


def test_two_workspaces_have_different_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        runner.invoke(app, ["init", str(tmp_path / name)])
    assert (tmp_path / "a/secret").read_text() != (tmp_path / "b/secret").read_text()


def test_a_command_outside_any_workspace_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, ["db", "current"])
    assert result.exit_code == 2
    assert "curate init DIR" in result.stderr


def test_a_command_finds_the_workspace_it_is_typed_in(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENFACE_WORKSPACE")
    inside = sqlite_workspace.root / "store" / "images"
    monkeypatch.chdir(inside)
    assert runner.invoke(app, ["db", "current"]).exit_code == 0


def test_upgrade_brings_tables_to_an_empty_database_and_then_does_nothing(
    postgresql_url: str, sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_DATABASE__URL", postgresql_url)
    first = runner.invoke(app, ["db", "upgrade"])
    assert f"went from None to {head_revision()}" in first.output
    second = runner.invoke(app, ["db", "upgrade"])
    assert f"is up to date at {head_revision()}" in second.output


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_DATABASE__URL", "postgresql://me:hidden@127.0.0.1:9/none")
    result = runner.invoke(app, ["db", "current"])
    assert result.exit_code == 1
    assert "cannot be reached" in result.stderr
    assert "hidden" not in result.output


def test_a_database_from_a_newer_version_is_refused(sqlite_workspace: Workspace) -> None:
    with sqlite_workspace.database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    result = runner.invoke(app, ["db", "upgrade"])
    assert result.exit_code == 1
    assert "made by a newer one" in result.stderr


def test_the_settings_file_shows_every_setting_with_its_default() -> None:
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line else line for line in TEMPLATE.splitlines()
    )
    written = tomllib.loads(uncommented)
    defaults = Settings().model_dump()
    named = {section: set(values) for section, values in written.items()}
    assert named == {section: set(values) for section, values in defaults.items()}
    for section, values in written.items():
        for name in [name for name in values if defaults[section][name] is None]:
            del values[name]  # chosen when it is needed; the file shows an example
    assert Settings(**written) == Settings()


def test_file_environment_and_flags_go_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "evenface.toml"
    file.write_text("[detect]\nmin_face = 50\nmin_score = 0.5\n[dedup]\nradius = 3\n")
    monkeypatch.setenv("EVENFACE_DETECT__MIN_FACE", "60")
    monkeypatch.setenv("EVENFACE_DETECT__MIN_SCORE", "0.6")
    settings = load_settings(file, {"detect": {"min_face": 70}})
    assert (settings.detect.min_face, settings.detect.min_score) == (70, 0.6)
    assert (settings.dedup.radius, settings.run.workers) == (3, 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[detect]\nmin_faces = 50\n", "there is no setting detect.min_faces"),
        ("[detect]\nmin_face = 'big'\n", "setting detect.min_face is 'big'"),
        ("[dedup]\nradius = 99\n", "setting dedup.radius is 99"),
        ("[detect\n", "is not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "evenface.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert sentence in str(caught.value)
