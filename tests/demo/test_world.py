"""The synthetic world: one seed, every defect, and each defect what it claims to be."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from curation.demo.files import Truth, read_truth, write_world
from curation.demo.tags import ordinal, russian_years
from curation.demo.world import COPIES, DEFECTS, plan_world
from curation.errors import InputError

POSTS = 72
SEED = 5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, POSTS, SEED, processes=2)
    return folder


@pytest.fixture(scope="module")
def truths(world: Path) -> dict[str, Truth]:
    return read_truth(world / "truth.csv")


@pytest.fixture(scope="module")
def posts(world: Path) -> dict[str, dict[str, object]]:
    lines = (world / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    return {post["id"]: post for post in map(json.loads, lines)}


def _picture(world: Path, post: str) -> Image.Image:
    return Image.open(world / "images" / f"{post}.jpg").convert("RGB")


def _size(file: Path) -> tuple[int, int]:
    with Image.open(file) as picture:
        return picture.size


def _with(truths: dict[str, Truth], *defects: str) -> list[Truth]:
    found = [truth for truth in truths.values() if truth.defect in defects]
    assert found
    return found


def test_the_same_seed_gives_the_same_bytes_however_many_processes_draw(
    world: Path, tmp_path: Path
) -> None:
    write_world(tmp_path, POSTS, SEED, processes=1)
    names = sorted(path.relative_to(world) for path in world.rglob("*") if path.is_file())
    assert names == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert [n for n in names if (world / n).read_bytes() != (tmp_path / n).read_bytes()] == []


def test_another_seed_gives_another_world() -> None:
    first, second = plan_world(POSTS, 1), plan_world(POSTS, 2)
    assert {post.id for post in first}.isdisjoint(post.id for post in second)
    assert [post.age for post in first] != [post.age for post in second]


def test_a_world_that_is_there_is_not_drawn_again(world: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*")}
    drawn: list[int] = []
    write_world(world, POSTS, SEED, advance=drawn.append)
    assert {path: path.stat().st_mtime_ns for path in world.rglob("*")} == before
    assert sum(drawn) == POSTS


def test_another_world_is_never_written_over_one(world: Path) -> None:
    with pytest.raises(InputError, match="another size or seed"):
        write_world(world, POSTS, SEED + 1)


def test_a_world_too_small_for_every_defect_is_refused() -> None:
    with pytest.raises(InputError, match="--posts 10 is too few"):
        plan_world(10, 1)


@pytest.mark.parametrize("posts", [48, 72, 900])
def test_every_defect_occurs_as_often_as_stated(posts: int) -> None:
    kinds = Counter(post.defect for post in plan_world(posts, 3))
    for defect, share in DEFECTS.items():
        assert kinds[defect] == max(1, round(share * posts))
    assert sum(kinds.values()) == posts


def test_every_picture_but_the_broken_ones_decodes(world: Path, truths: dict[str, Truth]) -> None:
    for truth in truths.values():
        if truth.defect not in ("truncated_jpeg", "html_named_jpg"):
            assert min(_picture(world, truth.id).size) > 300


def test_truncated_files_are_jpegs_that_end_too_early(
    world: Path, truths: dict[str, Truth]
) -> None:
    for truth in _with(truths, "truncated_jpeg"):
        content = (world / "images" / f"{truth.id}.jpg").read_bytes()
        assert content.startswith(b"\xff\xd8\xff")
        with pytest.raises(OSError, match="truncated"):
            Image.open(io.BytesIO(content)).load()


def test_html_pages_named_jpg_are_no_pictures(world: Path, truths: dict[str, Truth]) -> None:
    for truth in _with(truths, "html_named_jpg"):
        path = world / "images" / f"{truth.id}.jpg"
        assert path.read_text().startswith("<!DOCTYPE html>")
        with pytest.raises(UnidentifiedImageError):
            Image.open(path)


def test_copies_show_nearly_the_same_picture_as_their_original(
    world: Path, truths: dict[str, Truth]
) -> None:
    for truth in _with(truths, *COPIES):
        assert truth.copy_of is not None
        original = truths[truth.copy_of]
        assert original.defect is None
        assert (truth.age, truth.gender, truth.subject) == (
            original.age,
            original.gender,
            original.subject,
        )
        pair = [
            _picture(world, post).convert("L").resize((16, 16)) for post in (truth.id, original.id)
        ]
        a, b = (np.asarray(picture, np.float64).ravel() for picture in pair)
        assert np.corrcoef(a, b)[0, 1] > 0.93


def test_each_kind_of_copy_differs_from_its_original_as_its_name_says(
    world: Path, truths: dict[str, Truth]
) -> None:
    for truth in _with(truths, *COPIES):
        files = [world / "images" / f"{post}.jpg" for post in (truth.id, truth.copy_of)]
        same_bytes = files[0].read_bytes() == files[1].read_bytes()
        assert same_bytes == (truth.defect == "copy_saved")
        (width, height), (full_width, full_height) = (_size(file) for file in files)
        if truth.defect == "copy_reencoded":
            assert (width, height) == (full_width, full_height)
        if truth.defect == "copy_resized":
            assert width / full_width < 0.9
            assert abs(width / full_width - height / full_height) < 0.005
        if truth.defect == "copy_cropped":
            assert 0.93 < width / full_width < 1
            assert 0.93 < height / full_height < 1


def test_wrong_hashtags_are_off_by_much_and_the_others_are_right(truths: dict[str, Truth]) -> None:
    for truth in truths.values():
        if truth.age is None or truth.claimed_age is None:
            continue
        off = abs(truth.age - truth.claimed_age)
        assert off >= 12 if truth.defect == "wrong_hashtag" else off == 0


def test_posts_without_an_age_hashtag_claim_no_age(
    truths: dict[str, Truth], posts: dict[str, dict[str, object]]
) -> None:
    for truth in _with(truths, "no_age_hashtag"):
        assert truth.claimed_age is None
        assert posts[truth.id]["hashtags"]


def test_the_truth_is_silent_about_people_where_nobody_is_shown(truths: dict[str, Truth]) -> None:
    for truth in _with(truths, "no_face", "statue", "cartoon"):
        assert (truth.age, truth.gender, truth.race, truth.relevant) == (None, None, None, False)
    for truth in _with(truths, "group"):
        assert truth.age is not None
        assert not truth.relevant


def test_authors_post_one_person_who_grows_older() -> None:
    by_author: dict[str, list[tuple[float, float]]] = {}
    for post in plan_world(400, 9):
        if post.original is None:
            assert post.subject == post.author
            by_author.setdefault(post.author, []).append((post.published_at.timestamp(), post.age))
    several = [sorted(seen) for seen in by_author.values() if len(seen) > 1]
    assert len(several) > 50
    for seen in several:
        assert [age for _, age in seen] == sorted(age for _, age in seen)


def test_countries_and_genders_are_skewed_so_that_balancing_has_work() -> None:
    posts = plan_world(900, 1)
    countries = Counter(post.country for post in posts)
    assert len(countries) == 6
    assert countries.most_common()[0][1] > 3 * countries.most_common()[-1][1]
    women = Counter(post.country for post in posts if post.person.gender == "female")
    assert women["RU"] / countries["RU"] > 0.6
    assert women["IN"] / countries["IN"] < 0.45


def test_hashtags_are_written_in_english_and_russian_in_every_form() -> None:
    tags = {tag for post in plan_world(900, 1) for tag in post.hashtags}
    for form in (
        "thbirthday",
        "turning",
        "yearsold",
        "monthsold",
        "sweet16",
        "мне",
        "деньрождения",
    ):
        assert any(form in tag for tag in tags), form


def test_the_manifest_names_pictures_that_are_there_and_authors_in_clear(
    world: Path, posts: dict[str, dict[str, object]]
) -> None:
    assert len(posts) == POSTS
    for post in posts.values():
        assert (world / str(post["image"])).is_file()
        assert str(post["author"]).startswith("author")
        assert "gender" not in post


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd")],
)
def test_english_ordinals_are_right(number: int, written: str) -> None:
    assert ordinal(number) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "год"), (2, "года"), (5, "лет"), (11, "лет"), (21, "год"), (34, "года")],
)
def test_russian_years_follow_their_number(number: int, written: str) -> None:
    assert russian_years(number) == written


def test_the_truth_file_is_plain_csv(world: Path) -> None:
    with (world / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == POSTS
    assert {row["relevant"] for row in rows} == {"yes", "no"}


def test_a_missing_truth_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth\.csv does not exist"):
        read_truth(tmp_path / "truth.csv")
