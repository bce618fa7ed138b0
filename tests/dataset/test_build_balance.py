"""What the section [balance] makes of a version: caps, weights, notices and strata."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from confirmed import Confirmed, add_confirmed
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Sample
from curation.dataset.balance_table import from_json
from curation.dataset.build import build_dataset
from curation.dataset.manifest import read_manifest
from curation.workspace import Workspace, open_workspace

runner = CliRunner()


def test_no_author_gives_more_photographs_than_allowed(
    sqlite_workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody knows who posted ten more women and ten more men: no cap is for them.
    unknown = [
        replace(Confirmed(500 + n), author=None, gender=("female", "male")[n % 2])
        for n in range(20)
    ]
    add_confirmed(sqlite_workspace, pool + unknown)
    monkeypatch.setenv("EVENFACE_BALANCE__MAX_PER_AUTHOR", "1")
    manifest = read_manifest(build_dataset(open_workspace(), "faces", seed=1).manifest)
    authors = {face.face_id: face.author for face in pool + unknown}
    per_author = manifest["sample_id"].map(authors).value_counts()
    assert per_author.max() == 1
    # Pairs of one author: 15 women and 9 men of the US, 6 and 10 of Brazil, 5 and 7 of India.
    assert len(manifest) == 2 * (9 + 10 + 6 + 5)
    assert manifest["sample_id"].isin({face.face_id for face in unknown}).sum() >= 10


def test_a_version_of_weights_keeps_everybody_and_says_what_each_counts_for(
    workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [face for face in pool if face.country != "NO"]
    add_confirmed(workspace, both)
    monkeypatch.setenv("EVENFACE_BALANCE__MODE", "weights")
    built = runner.invoke(app, ["build-dataset", "faces"])
    assert built.exit_code == 0, built.output
    assert "103 of 103 confirmed faces" in built.output
    assert "the samples have weights from 0.799 to 1.33, worth 97 equal ones" in built.output
    folder = workspace.datasets / "faces" / "v1"
    manifest = read_manifest(folder / "manifest.parquet")
    assert len(manifest) == len(both)
    assert manifest["weight"].mean() == pytest.approx(1, abs=1e-6)
    sums = manifest.groupby(["country", "gender"])["weight"].sum().unstack()
    np.testing.assert_allclose(sums["female"], sums["male"], rtol=1e-6)
    # Countries stay nearly what they are: by hand, a half over the share that there is.
    sizes = manifest.groupby(["country", "gender"])["weight"].transform("size")
    of_country = manifest.groupby("country")["weight"].transform("size")
    np.testing.assert_allclose(manifest["weight"], of_country / 2 / sizes, rtol=0.02)
    with workspace.database.session() as session:
        recorded = dict(map(tuple, session.execute(select(Sample.face_id, Sample.weight))))
    released = dict(zip(manifest["sample_id"], manifest["weight"].astype(float), strict=True))
    assert recorded == pytest.approx(released)
    # The table of the version counts weights.
    table = from_json(json.loads((folder / "dataset.json").read_text())["plan"]["table"])
    women = {row.value: row for row in table["gender"]}["female"]
    assert women.available == 51
    assert women.planned == pytest.approx(103 / 2, abs=0.5)
    # What was released is made again from its record, weights and all.
    before = (folder / "manifest.parquet").read_bytes()
    (folder / "manifest.parquet").unlink()
    again = runner.invoke(app, ["dataset", "rebuild", "faces", "v1"])
    assert again.exit_code == 0, again.output
    assert (folder / "manifest.parquet").read_bytes() == before


def test_whom_a_table_leaves_out_is_said_by_the_plan_and_by_the_build(
    sqlite_workspace: Workspace, pool: list[Confirmed], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_confirmed(sqlite_workspace, pool)
    (sqlite_workspace.root / "mine.csv").write_text("country,number\nUS,30\nIN,20\nFR,50\n")
    target = '[{"attributes": ["country"], "shares": "mine.csv"}]'
    monkeypatch.setenv("EVENFACE_BALANCE__TARGETS", target)
    for words in (["balance"], ["build-dataset", "faces"]):
        done = runner.invoke(app, words)
        assert done.exit_code == 0, done.output
        assert "FR is in the table, without a candidate" in done.output
        assert "BR, NO are not in the table, and nothing is taken of it" in done.output


def test_splits_are_alike_in_the_bins_that_the_settings_give(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        Confirmed(n, author=f"a{n}", gender=("female", "male")[n % 2], age=(10.0, 40.0)[n // 2 % 2])
        for n in range(80)
    ]
    add_confirmed(sqlite_workspace, people)
    given = {
        "age_bins": ["0-17", "18+"],
        "targets": [
            {"attributes": ["gender"], "equal": True},
            {"attributes": ["age"], "shares": {"0-20": 0.5, "21+": 0.5}, "tolerance": 0.1},
        ],
        "minima": [{"of": {"gender": "female", "age": "21+"}, "number": 5}],
        "order": "random",
    }
    for name, value in given.items():
        plain = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setenv(f"EVENFACE_BALANCE__{name.upper()}", plain)
    manifest = read_manifest(build_dataset(open_workspace(), "faces", seed=1).manifest)
    kinds = manifest.groupby(["gender", "age", "split"]).size().unstack()
    assert kinds.to_numpy().tolist() == [[4, 14, 2] for _ in range(4)]  # test, train, validation
