"""`curate dedup`: copies are found, the best one goes on, and nothing they say is lost."""

from __future__ import annotations

import io
from pathlib import Path

import imagehash
import numpy as np
import pytest
from copies import (
    claims,
    dedup,
    everything,
    face_id,
    groups,
    jpeg,
    kept,
    photograph,
    put,
    rejections,
    shrunk,
)
from PIL import Image as PillowImage
from PIL import ImageOps
from sqlalchemy import delete, func, select, update
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import DuplicatePair, Image, Project, Rejection, Task
from curation.database.upsert import insert_new
from curation.dedup.hash_stage import HashImages
from curation.dedup.hashes import hexadecimal
from curation.stages import run
from curation.workspace import Workspace, create_workspace


def test_of_several_copies_the_largest_goes_on_with_what_all_of_them_say(
    workspace: Workspace,
) -> None:
    small = put(workspace, jpeg(shrunk(photograph(1), 0.5)), age=7, country="NG")
    large = put(workspace, jpeg(photograph(1)), gender="female")
    again = put(workspace, jpeg(photograph(1), quality=40), age=7)
    other = put(workspace, jpeg(photograph(2)), age=30)
    dedup(workspace)
    assert groups(workspace) == {frozenset({small, large, again})}
    assert kept(workspace) == {large, other}
    naming = ("near-duplicate", f"of image {large}, which is kept")
    assert rejections(workspace) == {small: naming, again: naming}
    assert claims(workspace) == {
        (face_id(large), "age"): "7",
        (face_id(large), "gender"): "female",
        (face_id(large), "country"): "NG",
        (face_id(other), "age"): "30",
    }


def test_a_second_run_changes_nothing(workspace: Workspace) -> None:
    for picture in (photograph(1), shrunk(photograph(1), 0.6), photograph(2)):
        put(workspace, jpeg(picture), age=9)
    dedup(workspace)
    before = everything(workspace)
    dedup(workspace)
    assert everything(workspace) == before
    result = CliRunner().invoke(app, ["dedup"])
    assert result.stdout.count("nothing to do") == 2
    assert everything(workspace) == before


def test_a_better_copy_that_comes_later_takes_over(workspace: Workspace) -> None:
    small = put(workspace, jpeg(shrunk(photograph(1), 0.5)), age=7)
    dedup(workspace)
    assert kept(workspace) == {small}
    assert claims(workspace) == {(face_id(small), "age"): "7"}
    large = put(workspace, jpeg(photograph(1)), country="GH")
    dedup(workspace)
    assert kept(workspace) == {large}
    assert set(rejections(workspace)) == {small}
    assert claims(workspace) == {(face_id(large), "age"): "7", (face_id(large), "country"): "GH"}


def test_a_copy_that_moderators_were_asked_about_stays(sqlite_workspace: Workspace) -> None:
    small = put(sqlite_workspace, jpeg(shrunk(photograph(1), 0.5)), age=7)
    dedup(sqlite_workspace)
    project = {"id": "p", "server": "workspace", "questions": "1", "remote_id": 1}
    task = {"id": "t", "project_id": "p", "face_id": face_id(small), "claimed_age": 7.0}
    with sqlite_workspace.database.session() as session:
        insert_new(session, Project, [project])
        insert_new(session, Task, [task | {"stale": False}])
    large = put(sqlite_workspace, jpeg(photograph(1)), age=7)
    dedup(sqlite_workspace)
    assert kept(sqlite_workspace) == {small}
    assert set(rejections(sqlite_workspace)) == {large}


def test_copies_of_different_age_or_gender_are_set_aside_and_reported(
    workspace: Workspace,
) -> None:
    young = put(workspace, jpeg(shrunk(photograph(1), 0.5)), age=7)
    old = put(workspace, jpeg(photograph(1)), age=70)
    girl = put(workspace, jpeg(shrunk(photograph(2), 0.5)), age=7, gender="female")
    boy = put(workspace, jpeg(photograph(2)), age=8, gender="male")
    dedup(workspace)
    assert kept(workspace) == set()
    assert claims(workspace) == {}
    found = rejections(workspace)
    assert found[old] == ("contradictory-copies", "2 posts state ages 7 to 70 years")
    assert found[boy] == ("contradictory-copies", "2 posts state genders female and male")
    assert {found[young][0], found[girl][0]} == {"near-duplicate"}
    shown = CliRunner().invoke(app, ["dedup"]).stdout
    assert "0 photographs are kept" in shown
    assert "2 near-duplicates set aside (2 groups)" in shown
    assert "2 photographs set aside for contradictory labels" in shown


def test_how_far_ages_of_copies_may_differ_is_a_setting(sqlite_workspace: Workspace) -> None:
    put(sqlite_workspace, jpeg(shrunk(photograph(1), 0.5)), age=7)
    large = put(sqlite_workspace, jpeg(photograph(1)), age=9)
    dedup(sqlite_workspace, age_tolerance=2.0)
    assert kept(sqlite_workspace) == {large}


def test_the_same_bytes_from_a_second_post_bring_its_labels(workspace: Workspace) -> None:
    image = put(workspace, jpeg(photograph(1)), post="first", age=7)
    dedup(workspace)
    put(workspace, jpeg(photograph(1)), post="second", country="KE")
    forget(workspace, image)
    dedup(workspace)
    assert claims(workspace) == {(face_id(image), "age"): "7", (face_id(image), "country"): "KE"}
    assert "1 byte-identical copies merged" in CliRunner().invoke(app, ["dedup"]).stdout
    put(workspace, jpeg(photograph(1)), post="third", age=40)
    forget(workspace, image)
    dedup(workspace)
    assert kept(workspace) == set()
    assert rejections(workspace)[image][0] == "contradictory-copies"


def forget(workspace: Workspace, image_id: str) -> None:
    """What ingest does when a known image comes with another post."""
    with workspace.database.session() as session:
        session.execute(update(Image).where(Image.id == image_id).values(group_id=None, kept=False))


def test_an_image_that_is_compared_anew_stays_in_its_group(workspace: Workspace) -> None:
    copies = [jpeg(photograph(1), quality) for quality in (90, 70, 50)]
    ids = [put(workspace, content, age=5) for content in copies]
    dedup(workspace)
    before = everything(workspace)
    for image_id in ids:
        forget(workspace, image_id)
        dedup(workspace)
        assert everything(workspace) == before


def test_near_hashes_alone_never_join_two_images(sqlite_workspace: Workspace) -> None:
    first = [put(sqlite_workspace, jpeg(photograph(1), quality)) for quality in (90, 60)]
    second = [put(sqlite_workspace, jpeg(photograph(2), quality)) for quality in (90, 60)]
    third = put(sqlite_workspace, jpeg(photograph(3)))
    run(HashImages(sqlite_workspace.store), sqlite_workspace.database)
    with sqlite_workspace.database.session() as session:
        session.execute(update(Image).values(phash=0x0F0F_0F0F_0F0F_0F0F))
    dedup(sqlite_workspace)
    assert groups(sqlite_workspace) == {frozenset(first), frozenset(second)}
    assert third in kept(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        pairs = {
            frozenset(pair)
            for pair in session.execute(select(DuplicatePair.image_a, DuplicatePair.image_b))
        }
    assert pairs == {frozenset(first), frozenset(second)}


def fill(workspace: Workspace) -> None:
    for seed in range(6):
        put(workspace, jpeg(photograph(seed)), age=10 + seed)
        if seed % 2:
            put(workspace, jpeg(photograph(seed), quality=50), age=10 + seed)
            put(workspace, jpeg(shrunk(photograph(seed), 0.7)), age=40 if seed == 3 else 10 + seed)


@pytest.fixture
def at_once(tmp_path: Path) -> list[tuple[object, ...]]:
    """What one run over everything writes."""
    workspace = create_workspace(tmp_path / "at-once")
    fill(workspace)
    dedup(workspace)
    rows = everything(workspace)
    workspace.database.close()
    return rows


def test_one_image_at_a_time_leads_to_the_same_rows_as_all_at_once(
    workspace: Workspace, at_once: list[tuple[object, ...]]
) -> None:
    fill(workspace)
    for _ in range(20):
        dedup(workspace, limit=1)
    assert everything(workspace) == at_once


def test_worker_processes_lead_to_the_same_rows(
    sqlite_workspace: Workspace,
    at_once: list[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from curation.dedup.group_stage import GroupCopies

    monkeypatch.setattr(GroupCopies, "batch_size", 4)
    fill(sqlite_workspace)
    dedup(sqlite_workspace, workers=2)
    assert everything(sqlite_workspace) == at_once


def test_images_wait_until_detect_has_seen_them(sqlite_workspace: Workspace) -> None:
    put(sqlite_workspace, jpeg(photograph(1)), detected=False)
    dedup(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        assert session.execute(select(Image.phash, Image.group_id)).one().group_id is None
        session.execute(update(Image).values(face_count=0))
    dedup(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        assert session.scalars(select(Image.group_id)).one() is not None


def test_what_detect_set_aside_is_grouped_but_neither_kept_nor_rejected_again(
    sqlite_workspace: Workspace,
) -> None:
    faceless = put(sqlite_workspace, jpeg(photograph(1)), face=False, age=7)
    usable = put(sqlite_workspace, jpeg(shrunk(photograph(1), 0.5)), country="NG")
    alone = put(sqlite_workspace, jpeg(photograph(2)), face=False, age=30)
    dedup(sqlite_workspace)
    assert groups(sqlite_workspace) == {frozenset({faceless, usable})}
    assert kept(sqlite_workspace) == {usable}
    assert rejections(sqlite_workspace) == {}
    assert claims(sqlite_workspace)[face_id(usable), "age"] == "7"
    assert alone not in kept(sqlite_workspace)


def test_the_stored_hash_is_that_of_imagehash_on_the_upright_photograph(
    workspace: Workspace,
) -> None:
    content = jpeg(np.ascontiguousarray(np.rot90(photograph(4))), orientation=6)
    image_id = put(workspace, content)
    dedup(workspace)
    upright = ImageOps.exif_transpose(PillowImage.open(io.BytesIO(content)))
    with workspace.database.session() as session:
        number = session.scalars(select(Image.phash).where(Image.id == image_id)).one()
    assert number is not None
    assert hexadecimal(number) == str(imagehash.phash(upright))
    assert str(imagehash.phash(upright)) != str(
        imagehash.phash(PillowImage.open(io.BytesIO(content)))
    )


def test_an_image_that_no_longer_decodes_is_set_aside_once(sqlite_workspace: Workspace) -> None:
    rotten = put(sqlite_workspace, jpeg(photograph(1)))
    good = put(sqlite_workspace, jpeg(photograph(2)))
    folder = sqlite_workspace.store.folder
    assert folder is not None
    (folder / "images" / rotten[:2] / f"{rotten}.jpg").write_bytes(b"\xff\xd8\xff")
    for _ in range(2):
        dedup(sqlite_workspace)
        assert kept(sqlite_workspace) == {good}
        with sqlite_workspace.database.session() as session:
            found = session.execute(select(Rejection.stage, Rejection.reason)).all()
        assert [tuple(row) for row in found] == [("hash", "unreadable")]
    assert CliRunner().invoke(app, ["dedup"]).stdout.count("nothing to do") == 2


def test_a_dry_run_says_how_much_is_ready_and_does_nothing(sqlite_workspace: Workspace) -> None:
    put(sqlite_workspace, jpeg(photograph(1)))
    shown = CliRunner().invoke(app, ["dedup", "--dry-run"]).stdout
    assert "hash: 1 images are ready" in shown
    with sqlite_workspace.database.session() as session:
        assert session.scalars(select(Image.phash)).one() is None


def test_a_group_that_lost_a_copy_is_whole_again_after_the_next_comparison(
    sqlite_workspace: Workspace,
) -> None:
    large = put(sqlite_workspace, jpeg(photograph(1)), age=7)
    small = put(sqlite_workspace, jpeg(shrunk(photograph(1), 0.5)), age=7)
    dedup(sqlite_workspace)
    with sqlite_workspace.database.session() as session:
        session.execute(delete(Image).where(Image.id == large))
    forget(sqlite_workspace, small)
    dedup(sqlite_workspace)
    assert kept(sqlite_workspace) == {small}
    assert rejections(sqlite_workspace) == {}
    with sqlite_workspace.database.session() as session:
        assert session.scalars(select(func.count(DuplicatePair.image_a))).one() == 0
