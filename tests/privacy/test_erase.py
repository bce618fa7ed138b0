"""`curate erase`: what goes, what stays, what may not return, and what the receipt says."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedup.copies import jpeg, photograph, shrunk
from ingest.ingest_parts import files, rows
from privacy.people import Posted, bordered, find_copies, find_faces, ingest, posts_of, settle
from sqlalchemy import select
from typer.testing import CliRunner

from curation.cli import app
from curation.database.models import Erasure, Image, Media, Post, Rejection, Tombstone
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.pictures import decode
from curation.privacy.tombstones import Tombstones, read_tombstones
from curation.stages import Rejected, rejection_row
from curation.workspace import Workspace, open_workspace

runner = CliRunner()
OURS = {"erasure", "erasure_work", "tombstone"}


def curate(*arguments: str, typed: str | None = None) -> Any:
    return runner.invoke(app, list(arguments), input=typed)


def receipts(workspace: Workspace) -> list[dict[str, Any]]:
    paths = sorted((workspace.root / "receipts").glob("*.json"))
    return [json.loads(path.read_text()) for path in paths]


def everything(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    return {table: found for table, found in rows(workspace).items() if table not in OURS}


def test_an_author_is_removed_and_others_are_left_as_if_he_had_never_been_here(
    workspace: Workspace, tmp_path: Path
) -> None:
    bob, anna = posts_of("bob", 1, 2), posts_of("anna", 3, 4)
    settle(workspace, tmp_path / "in", bob)
    without = everything(workspace), files(workspace)
    settle(workspace, tmp_path / "in", bob + anna)
    assert everything(workspace) != without[0]
    done = curate("erase", "--author", "manifest:anna", "--request", "R-1", "--yes")
    assert done.exit_code == 0, done.stderr
    assert (everything(workspace), files(workspace)) == without
    [receipt] = receipts(workspace)
    assert receipt["request"] == "R-1"
    assert receipt["state"] == "done"
    assert receipt["database"]["rows"]["post"] == 2
    assert receipt["database"]["rows"]["verdict"] == 6
    assert receipt["store"]["files"] == {"images": 2, "crops": 2}
    assert "Removed: 2 posts, 2 photographs, 2 faces" in receipt["sentence"]
    assert receipt["sentence"] in done.stdout


def test_the_same_command_again_finds_nothing_left_to_do(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    settle(sqlite_workspace, tmp_path / "in", posts_of("anna", 3))
    curate("erase", "--author", "manifest:anna", "--yes")
    before = rows(sqlite_workspace)
    again = curate("erase", "--author", "manifest:anna", "--yes")
    assert again.exit_code == 0
    assert "nothing is left to do" in again.stdout
    assert rows(sqlite_workspace) == before
    assert len(receipts(sqlite_workspace)) == 1


def test_the_receipt_and_the_tables_do_not_name_what_was_erased(
    workspace: Workspace, tmp_path: Path
) -> None:
    anna = posts_of("anna-the-unmistakable", 3)
    settle(workspace, tmp_path / "in", anna + posts_of("bob", 1))
    with workspace.database.session() as session:
        before = session.scalars(select(Post.author).where(Post.url == anna[0].url)).one()
    curate("erase", "--author", f"manifest:{anna[0].author}", "--yes")
    told = json.dumps(receipts(workspace)) + json.dumps(rows(workspace), default=str)
    named = [anna[0].author, anna[0].url, anna[0].external_id, anna[0].image_id, anna[0].face_id]
    assert [name for name in (*named, str(before)) if name in told] == []


def test_nothing_erased_comes_in_again_under_any_disguise(
    workspace: Workspace, tmp_path: Path
) -> None:
    anna = posts_of("anna", 3, 4)
    settle(workspace, tmp_path / "in", anna + posts_of("bob", 1))
    curate("erase", "--author", "manifest:anna", "--yes")
    left = everything(workspace), files(workspace)
    record, fetch = ingest(workspace, tmp_path / "in", anna)
    assert record.rejected == {"erased": 2}
    assert fetch.processed == 0
    # Posted by others, elsewhere, saved again: the posts are new, the pictures are not.
    portrait = photograph(3)
    disguised = [
        Posted("carl", 10, anna[0].picture),
        Posted("carl", 11, jpeg(portrait, 50)),
        Posted("carl", 12, jpeg(shrunk(portrait, 0.6))),
        Posted("carl", 13, jpeg(np.ascontiguousarray(portrait[8:-5, 6:-4]))),
        Posted("carl", 14, jpeg(np.ascontiguousarray(portrait[:, ::-1]))),
    ]
    strangers = posts_of("dora", 20, 21, 22)
    record, fetch = ingest(workspace, tmp_path / "in2", disguised + strangers, name="others")
    assert fetch.rejected == {"erased": len(disguised)}
    assert fetch.added["images"] == len(strangers)
    with workspace.database.session() as session:
        assert not set(session.scalars(select(Image.id))) & {p.image_id for p in anna + disguised}
        told = session.scalars(select(Rejection.detail).where(Rejection.reason == "erased")).all()
    assert len(told) == len(disguised)
    assert files(workspace).keys() - left[1].keys() == {
        f"images/{post.image_id[:2]}/{post.image_id}.jpg" for post in strangers
    }


def test_an_erased_address_is_refused_however_it_was_copied(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    anna = posts_of("anna", 3)
    settle(sqlite_workspace, tmp_path / "in", anna)
    shared = "HTTP://www.Photos.example.org:80/anna/post-3/?utm_source=mail&igsh=abc#top"
    done = curate("erase", "--post", shared, "--yes")
    assert done.exit_code == 0, done.stderr
    assert everything(sqlite_workspace)["post"] == []
    stones = read_tombstones(sqlite_workspace)
    assert stones.url(anna[0].url)
    assert stones.url(shared)
    assert not stones.url(f"{anna[0].url}0")
    assert not stones.url(f"{anna[0].url}?page=2")


def test_a_post_by_its_id_takes_all_copies_of_its_photograph_along(
    workspace: Workspace, tmp_path: Path
) -> None:
    portrait = photograph(3)
    anna = posts_of("anna", 3)
    reposts = [
        Posted("bob", 7, anna[0].picture),
        Posted("carl", 8, jpeg(shrunk(portrait, 0.7), 70)),
    ]
    other = posts_of("anna", 5)
    settle(workspace, tmp_path / "in", anna + reposts + other)
    done = curate("erase", "--post", anna[0].external_id, "--source", "posts", "--yes")
    assert done.exit_code == 0, done.stderr
    left = everything(workspace)
    assert [row[2] for row in left["post"]] == [other[0].external_id]
    assert [row[0] for row in left["image"]] == [other[0].image_id]
    assert left["duplicate_pair"] == []


def test_a_photograph_at_hand_finds_its_copies_even_before_dedup_has_run(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    portrait = photograph(3)
    here = [
        Posted("bob", 7, jpeg(shrunk(portrait, 0.7), 70)),
        Posted("carl", 8, jpeg(np.ascontiguousarray(portrait[:, ::-1]))),
        *posts_of("dora", 5, 6),
    ]
    ingest(sqlite_workspace, tmp_path / "in", here)
    held = tmp_path / "mine.jpg"
    held.write_bytes(jpeg(portrait, 95))
    done = curate("erase", "--image", str(held), "--yes")
    assert done.exit_code == 0, done.stderr
    with sqlite_workspace.database.session() as session:
        assert set(session.scalars(select(Image.id))) == {post.image_id for post in here[2:]}
    find_faces(sqlite_workspace)
    find_copies(sqlite_workspace)


def test_a_post_keeps_its_other_pictures(sqlite_workspace: Workspace, tmp_path: Path) -> None:
    [one, two] = posts_of("anna", 3, 4)
    folder = tmp_path / "in"
    folder.mkdir()
    for post in (one, two):
        (folder / f"{post.number}.jpg").write_bytes(post.picture)
    lines = [{"image": ["3.jpg", "4.jpg"], "id": "album", "hashtags": "#turning9"}]
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert curate("ingest", "manifest", str(folder / "posts.jsonl")).exit_code == 0
    assert curate("erase", "--image", one.image_id, "--yes").exit_code == 0
    with sqlite_workspace.database.session() as session:
        [(state, image)] = session.execute(select(Media.state, Media.image_id)).all()
        assert (state, image) == ("stored", two.image_id)
        assert session.scalars(select(Post.external_id)).all() == ["album"]
    assert list(files(sqlite_workspace)) == [f"images/{two.image_id[:2]}/{two.image_id}.jpg"]


def test_a_face_goes_with_its_photograph(sqlite_workspace: Workspace, tmp_path: Path) -> None:
    anna, bob = posts_of("anna", 3), posts_of("bob", 4)
    settle(sqlite_workspace, tmp_path / "in", anna + bob)
    assert curate("erase", "--face", anna[0].face_id, "--yes").exit_code == 0
    left = everything(sqlite_workspace)
    assert [row[0] for row in left["face"]] == [bob[0].face_id]
    assert [row[0] for row in left["image"]] == [bob[0].image_id]
    again = curate("erase", "--face", anna[0].face_id, "--yes")
    assert "nothing is left to do" in again.stdout


def test_who_was_never_here_is_refused_when_he_comes(workspace: Workspace, tmp_path: Path) -> None:
    done = curate("erase", "--author", "-", "--yes", typed="manifest:anna\n\nmanifest:bob\n")
    assert done.exit_code == 0
    assert "it will be refused if it comes" in done.stdout
    record, _ = ingest(workspace, tmp_path / "in", [*posts_of("anna", 3), *posts_of("dora", 4)])
    assert record.rejected == {"erased": 1}
    assert record.added["media"] == 1
    [receipt] = receipts(workspace)
    assert receipt["asked"] == {"author": 2}
    assert receipt["sentence"].startswith("There was nothing of it to remove.")


def test_asking_shows_what_would_go_and_no_means_no(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    settle(sqlite_workspace, tmp_path / "in", posts_of("anna", 3))
    before = rows(sqlite_workspace)
    refused = curate("erase", "--author", "manifest:anna", typed="n\n")
    assert "nothing was removed" in refused.stdout
    shown = curate("erase", "--author", "manifest:anna", "--dry-run")
    assert "to be removed" in shown.stdout
    assert "label" in shown.stdout
    assert rows(sqlite_workspace) == before
    assert curate("erase", "--author", "manifest:anna", typed="y\n").exit_code == 0
    assert everything(sqlite_workspace)["post"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what to erase"),
        (["--author", "anna"], "KIND:ID"),
        (["--author", "nowhere:anna"], "kinds here are"),
        (["--image", "missing.jpg"], "neither a SHA-256"),
        (["--face", "x"], "no id of a face"),
        (["--post", "17"], "name the source with --source"),
        (["--author", "-", "--post", "-"], "only one option"),
        (["--author", "-"], "nobody can be asked"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    sqlite_workspace: Workspace, arguments: list[str], sentence: str
) -> None:
    done = curate("erase", *arguments, typed="manifest:anna\n")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_picture_is_refused_by_its_bytes_alone(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "odd.jpg").write_bytes(b"not a picture")
    done = curate("erase", "--image", str(tmp_path / "odd.jpg"), "--yes")
    assert done.exit_code == 0
    assert "only this very file can be refused" in done.stderr


def test_a_post_id_that_two_sources_have_has_to_name_one(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    anna = posts_of("anna", 3)
    ingest(sqlite_workspace, tmp_path / "in", anna, name="one")
    ingest(sqlite_workspace, tmp_path / "in", anna, name="two")
    done = curate("erase", "--post", anna[0].external_id, "--yes")
    assert done.exit_code == 2
    assert "2 sources have a post with this id" in done.stderr
    assert "one, two" in done.stderr


def test_erasing_waits_for_no_stage_and_says_which_is_running(
    workspace: Workspace, tmp_path: Path
) -> None:
    from curation.database.lock import stage_lock

    other = Database(workspace.database.url.render_as_string(hide_password=False))
    with stage_lock(other, "fetch"):
        done = curate("erase", "--author", "manifest:anna", "--yes")
    other.close()
    assert done.exit_code == 1
    assert "another `fetch` is running" in done.stderr
    with workspace.database.session() as session:
        assert session.scalars(select(Tombstone.id)).all() == []


def test_tombstones_travel_to_worker_processes(sqlite_workspace: Workspace, tmp_path: Path) -> None:
    settle(sqlite_workspace, tmp_path / "in", posts_of("anna", 3))
    curate("erase", "--author", "manifest:anna", "--yes")
    stones = pickle.loads(pickle.dumps(read_tombstones(sqlite_workspace)))
    assert isinstance(stones, Tombstones)
    copy = jpeg(photograph(3), 60)
    refused = stones.refusal("0" * 64, decode(copy))
    assert refused is not None
    assert refused.reason == "erased"
    assert stones.refusal("0" * 64, photograph(9)) is None
    assert stones.refusal(posts_of("anna", 3)[0].image_id, photograph(9)) is not None


def test_without_erased_pictures_no_picture_is_hashed(
    sqlite_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    curate("erase", "--author", "manifest:anna", "--yes")
    stones = read_tombstones(sqlite_workspace)

    def never(_: object) -> None:
        raise AssertionError("a picture was hashed")

    monkeypatch.setattr("curation.privacy.tombstones.fingerprint", never)
    assert stones.refusal("0" * 64, photograph(1)) is None


def test_the_status_lists_erasures(sqlite_workspace: Workspace) -> None:
    assert "nothing was ever erased here" in curate("erase", "--status").stdout
    curate("erase", "--author", "manifest:anna", "--request", "R-7", "--yes")
    with sqlite_workspace.database.session() as session:
        erasure = session.scalars(select(Erasure.id)).one()
    shown = curate("erase", "--status").stdout
    assert erasure in shown
    assert "R-7" in shown
    assert "done" in shown
    assert json.loads(curate("status", "--json").stdout)["erasures"]["done"] == 1


def test_a_framed_copy_that_dedup_grouped_goes_too(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    framed = Posted("bob", 9, jpeg(bordered(photograph(3))))
    settle(sqlite_workspace, tmp_path / "in", [*posts_of("anna", 3), framed])
    with sqlite_workspace.database.session() as session:
        groups = set(session.scalars(select(Image.group_id)))
    curate("erase", "--author", "manifest:anna", "--yes")
    left = everything(sqlite_workspace)
    assert len(left["image"]) == len(groups) - 1


def test_pictures_in_an_object_store_are_deleted_there(
    sqlite_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFACE_STORE__URL", f"memory://{tmp_path.name}")
    workspace = open_workspace()
    anna, bob = posts_of("anna", 3), posts_of("bob", 4)
    settle(workspace, tmp_path / "in", anna + bob)
    done = curate("erase", "--author", "manifest:anna", "--yes")
    assert done.exit_code == 0, done.stderr
    for post, here in ((anna[0], False), (bob[0], True)):
        assert workspace.store.exists(f"images/{post.image_id[:2]}/{post.image_id}.jpg") is here
        assert workspace.store.exists(f"crops/{post.face_id[:2]}/{post.face_id}.jpg") is here
    workspace.database.close()


def test_a_picture_that_was_stored_and_never_recorded_goes_by_its_hash(
    sqlite_workspace: Workspace,
) -> None:
    anna = posts_of("anna", 3)[0]
    key = f"images/{anna.image_id[:2]}/{anna.image_id}.jpg"
    sqlite_workspace.store.put(key, anna.picture)
    assert curate("erase", "--image", anna.image_id, "--yes").exit_code == 0
    assert not sqlite_workspace.store.exists(key)


def test_a_sentence_elsewhere_that_names_something_erased_is_emptied(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    anna, bob = posts_of("anna", 3)[0], posts_of("bob", 4)[0]
    settle(sqlite_workspace, tmp_path / "in", [anna, bob])
    told = {
        "one": f"of image {anna.image_id}, which is kept",
        "two": f"{anna.url} answered 404",
        "three": f"of image {bob.image_id}, which is kept",
    }
    with sqlite_workspace.database.session() as session:
        rows = [
            rejection_row(stage, "image", bob.image_id, Rejected("odd", detail))
            for stage, detail in told.items()
        ]
        insert_new(session, Rejection, rows)
    curate("erase", "--author", "manifest:anna", "--yes")
    with sqlite_workspace.database.session() as session:
        left = {
            row[0]: row[1] for row in session.execute(select(Rejection.stage, Rejection.detail))
        }
    assert left == {"one": "", "two": "", "three": told["three"]}
