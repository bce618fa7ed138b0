"""The wheel carries all that a workspace needs, the migrations among it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_workspace_can_be_made_from_the_wheel_alone(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("evenface-*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    # Only what the wheel brought is on the path before the installed libraries.
    program = (
        "import curation, runpy, sys;"
        f"assert curation.__file__.startswith({str(site)!r}), curation.__file__;"
        f"sys.argv = ['curate', 'init', {str(tmp_path / 'made')!r}];"
        "runpy.run_module('curation', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "evenface.db").exists()
    assert (site / "curation" / "database" / "migrations" / "env.py").exists()
