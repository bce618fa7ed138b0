"""Installing Label Studio apart from everything else."""

from __future__ import annotations

import fcntl
import json
import re
import sys
import threading
from pathlib import Path

import pytest

from curation.errors import LabelStudioError
from curation.moderation import server_install
from curation.moderation.server_install import Installation, install, installation


def _whole(home: Path) -> Installation:
    """An installation with everything that marks one as whole."""
    place = Installation(home)
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    place.template.mkdir()
    place.marker.write_text(json.dumps(server_install._identity()))
    return place


def test_it_lies_in_the_cache_of_the_user_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(server_install.HOME_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert installation().home == tmp_path / "cache/evenface/label-studio-1.23.2"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert installation().home == tmp_path / ".cache/evenface/label-studio-1.23.2"
    monkeypatch.setenv(server_install.HOME_VARIABLE, str(tmp_path / "named"))
    assert installation().home == tmp_path / "named"
    assert installation(tmp_path / "given").home == tmp_path / "given"


def test_every_distribution_is_pinned_to_one_version() -> None:
    lines = server_install.CONSTRAINTS.read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 150
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.+!]+", pin) for pin in pins)
    assert f"label-studio=={server_install.VERSION}" in pins


def test_what_was_installed_with_other_pins_or_lacks_a_part_is_not_whole(tmp_path: Path) -> None:
    assert _whole(tmp_path / "whole").is_complete()

    unmarked = _whole(tmp_path / "unmarked")
    unmarked.marker.unlink()
    assert not unmarked.is_complete()

    older = _whole(tmp_path / "older")
    older.marker.write_text(json.dumps(server_install._identity() | {"constraints_sha256": "0"}))
    assert not older.is_complete()

    uprooted = _whole(tmp_path / "uprooted")
    uprooted.python.unlink()
    uprooted.python.symlink_to(tmp_path / "python that was removed")
    assert not uprooted.is_complete()


def test_a_whole_installation_is_left_as_it_is(tmp_path: Path) -> None:
    place = _whole(tmp_path / "whole")
    before = place.marker.stat().st_mtime_ns
    assert install(place) is False
    assert place.marker.stat().st_mtime_ns == before


def test_a_second_install_waits_for_the_first_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    place = Installation(tmp_path / "home")
    waiting = threading.Event()
    outcome: list[bool] = []
    with (tmp_path / "home.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = threading.Thread(
            target=lambda: outcome.append(install(place, lambda *_: waiting.set()))
        )
        second.start()
        assert waiting.wait(10)
        assert not place.home.exists()
        _whole(place.home)
    second.join(10)
    assert outcome == [False]


def test_an_install_that_fails_names_its_log_and_is_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Installation(tmp_path / "home")
    place.home.mkdir()
    (place.home / "left by a broken install").touch()
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho ensurepip is not available\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(LabelStudioError, match="ensurepip is not available") as raised:
        install(place)
    assert str(place.log) in str(raised.value)
    assert "ensurepip is not available" in place.log.read_text()
    assert not place.is_complete()
    assert not (place.home / "left by a broken install").exists()


def test_a_place_that_cannot_be_written_is_reported_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LabelStudioError, match=server_install.HOME_VARIABLE):
        install(Installation(tmp_path / "file" / "home"))


def test_the_server_inherits_nothing_of_our_environment_but_the_search_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST", "PORT", "DEBUG", "USERNAME", "SENTRY_DSN", "LABEL_STUDIO_API_KEY"):
        monkeypatch.setenv(name, "from outside")
    environment = server_install.server_environment(tmp_path, {})
    assert "from outside" not in environment.values()
    assert environment["COLLECT_ANALYTICS"] == "false"
    assert environment["SENTRY_DSN"] == environment["FRONTEND_SENTRY_DSN"] == ""
