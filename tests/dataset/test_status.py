"""`curate status`: the whole funnel, with nothing lost in silence."""

from __future__ import annotations

import json

from confirmed import Confirmed, add_confirmed
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Rejection
from curation.database.upsert import insert_new
from curation.dataset.build import build_dataset
from curation.stages import Rejected, rejection_row
from curation.workspace import Workspace

runner = CliRunner()


def set_aside(workspace: Workspace, stage: str, reason: str, faces: list[Confirmed]) -> None:
    with workspace.database.session() as session:
        rows = [
            rejection_row(stage, "image", face.image_id, Rejected(reason, "why")) for face in faces
        ]
        insert_new(session, Rejection, rows)


def test_the_funnel_counts_what_there_is_and_what_left_where(
    workspace: Workspace, pool: list[Confirmed]
) -> None:
    add_confirmed(workspace, pool)
    set_aside(workspace, "dedup", "near-duplicate", pool[:3])
    set_aside(workspace, "detect", "no-face", pool[:2])
    set_aside(workspace, "detect", "several-faces", pool[2:7])
    build = build_dataset(workspace, "faces", seed=1)
    found = json.loads(runner.invoke(app, ["status", "--json"]).stdout)
    assert found["present"]["posts"] == len(pool)
    assert found["present"]["faces with a confirmed age"] == len(pool)
    assert found["set_aside"] == [
        {"stage": "detect", "reason": "several-faces", "count": 5},
        {"stage": "detect", "reason": "no-face", "count": 2},
        {"stage": "dedup", "reason": "near-duplicate", "count": 3},
    ]
    assert found["datasets"] == [
        {"name": "faces", "version": 1, "patch": 0}
        | {"candidates": len(pool), "samples": build.samples}
    ]
    assert found["erasures"] == {"done": 0, "open": 0, "tombstones": 0}


def test_the_tables_show_the_same_figures(
    sqlite_workspace: Workspace, pool: list[Confirmed]
) -> None:
    empty = runner.invoke(app, ["status"])
    assert "nothing was set aside" in empty.stdout
    add_confirmed(sqlite_workspace, pool)
    set_aside(sqlite_workspace, "detect", "no-face", pool[:2])
    shown = runner.invoke(app, ["status"]).stdout
    assert str(len(pool)) in shown
    assert "no-face" in shown
