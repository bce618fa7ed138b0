"""Each protocol reads its dataset as it is distributed, and accounts for every row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import datasets_as_distributed as distributed
import pandas as pd
import pytest

from curation.errors import InputError, UsageError
from training.bench.protocols import BenchProtocol, ProtocolOptions, open_protocol
from training.bench.protocols.imdb_wiki import age_in
from training.bench.protocols.utkface import parse_name

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_tables = pytest.mark.skipif(
    not (SHARED / "labels").is_dir(), reason="the published label tables are not at hand"
)


def opened(name: str, **options: object) -> BenchProtocol:
    return open_protocol(name, ProtocolOptions(**options))  # type: ignore[arg-type]


def labels(protocol: BenchProtocol) -> dict[str, tuple[object, object]]:
    return {
        sample.sample_id: (
            sample.age if sample.age is not None else sample.age_interval, sample.gender
        )
        for sample in protocol.samples()
    }  # fmt: skip


def test_adience_takes_the_eight_labels_and_the_two_genders_and_no_others(tmp_path: Path) -> None:
    protocol = opened("adience", root=distributed.adience(tmp_path))
    assert labels(protocol) == {
        "7@N00/1.a.jpg": ((25, 32), "female"),
        "7@N00/1.b.jpg": (None, "female"),
        "7@N00/2.c.jpg": (None, "male"),
        "7@N00/2.c.jpg#2": ((0, 2), None),
        "8@N00/3.e.jpg": (None, "male"),
        "9@N00/4.f.jpg": ((60, 100), "male"),
        "9@N00/4.g.jpg": (None, "female"),
        "10@N00/6.j.jpg": (None, "female"),
        "11@N00/7.l.jpg": ((4, 6), None),
        "12@N00/8.m.jpg": ((48, 53), "male"),
    }
    described = protocol.describe()
    assert described["rows"] == "14"
    left_out = described["rows without a label that counts"]
    assert set(left_out.split(", ")) == {"None blank: 1", "(38", "48) u: 1", "(27", "32) blank: 1",
                                         "13 u: 1"}  # fmt: skip


def test_adience_repaired_makes_of_each_oddity_what_the_table_says(tmp_path: Path) -> None:
    found = labels(opened("adience", root=distributed.adience(tmp_path), preset="repaired"))
    assert found["7@N00/1.b.jpg"] == ((25, 32), "female")
    assert found["7@N00/2.c.jpg"] == (35.0, "male")
    assert found["9@N00/4.g.jpg"] == (None, "female")  # (8, 23) may mean anything
    assert found["9@N00/5.h.jpg"] == ((38, 43), None)
    assert found["9@N00/5.i.jpg"] == ((25, 32), None)
    assert found["10@N00/6.j.jpg"] == ((38, 43), "female")
    assert found["10@N00/6.k.jpg"] == (13.0, None)


def test_adience_subjects_are_albums_and_stand_in_one_fold_each(tmp_path: Path) -> None:
    protocol = opened("adience", root=distributed.adience(tmp_path))
    assert {sample.fold for sample in protocol.samples()} == {"0", "1", "2", "3", "4"}
    kinds = {finding.kind for finding in protocol.check()}
    assert "subject in two folds" not in kinds
    rows = distributed.ADIENCE_ROWS[0][0]
    moved = tmp_path / "fold_1_data.txt"
    moved.write_text(
        moved.read_text() + "\t".join([rows[0], "z.jpg", "9", "(0, 2)", "f"] + ["1"] * 7) + "\n"
    )
    findings = {one.kind: one for one in opened("adience", root=tmp_path).check()}
    assert findings["subject in two folds"].examples == ("7@N00",)
    assert findings["missing file"].examples == ("7@N00/9.z.jpg",)


def test_adience_with_another_label_or_without_a_fold_is_refused(tmp_path: Path) -> None:
    distributed.adience(tmp_path, pictures=False)
    file = tmp_path / "fold_3_data.txt"
    file.write_text(file.read_text().replace("(4, 6)", "(4, 7)"))
    with pytest.raises(InputError, match=r"fold_3_data.txt, line 2: the age '\(4, 7\)' is none"):
        opened("adience", root=tmp_path)
    file.unlink()
    with pytest.raises(InputError, match=r"lacks fold_3_data.txt.*talhassner"):
        opened("adience", root=tmp_path)
    assert len(opened("adience", root=tmp_path, folds=("0", "1")).samples()) == 7


def test_adience_without_its_pictures_still_knows_its_labels(tmp_path: Path) -> None:
    protocol = opened("adience", root=distributed.adience(tmp_path, pictures=False))
    assert all(sample.picture is None for sample in protocol.samples())
    assert "no picture at hand" in {finding.kind for finding in protocol.check()}


@needs_tables
def test_the_real_adience_files_parse_with_the_counts_of_the_literature() -> None:
    samples = opened("adience", root=SHARED / "labels" / "adience").samples()
    ages = pd.Series([sample.age_interval for sample in samples]).value_counts()
    assert ages.to_dict() == {
        (0, 2): 2519, (4, 6): 2163, (8, 12): 2132, (15, 20): 1655, (25, 32): 4950,
        (38, 43): 2300, (48, 53): 830, (60, 100): 875,
    }  # fmt: skip
    genders = pd.Series([sample.gender for sample in samples]).value_counts()
    assert genders.to_dict() == {"female": 9411, "male": 8192}


@needs_tables
def test_the_published_validation_lists_of_adience_share_their_people_with_training() -> None:
    lists = SHARED / "labels" / "adience" / "lists" / "test_fold_is_0"
    people = {
        part: {line.split("/")[0] for line in (lists / f"age_{part}.txt").read_text().splitlines()}
        for part in ("train", "val", "test")
    }
    assert people["val"] <= people["train"]
    assert not people["test"] & people["train"]


def test_the_age_of_a_celebrity_is_that_in_the_middle_of_the_year() -> None:
    def matlab(day: date) -> float:
        return day.toordinal() + 366

    assert age_in(matlab(date(1984, 12, 22)), 2009) == 24
    assert age_in(matlab(date(1984, 7, 1)), 2009) == 25
    assert age_in(matlab(date(1984, 7, 2)), 2009) == 24
    assert age_in(matlab(date(2012, 1, 1)), 2009) == -3
    assert pd.isna(age_in(100.0, 2009))
    assert pd.isna(age_in(float("nan"), 2009))


def test_wiki_takes_one_sure_face_with_a_possible_age_and_counts_the_rest(tmp_path: Path) -> None:
    protocol = opened("imdb-wiki", root=distributed.wiki(tmp_path), preset="wiki")
    assert list(labels(protocol).values()) == [
        (24.0, "male"), (25.0, "male"), (13.0, "female"), (24.0, None), (92.0, "female"),
        (18.0, "female"),
    ]  # fmt: skip
    left = protocol.describe()["left out"]
    assert set(left.split(", ")) >= {"a second face: 1", "impossible date or age: 2"}
    subjects = [sample.subject for sample in protocol.samples()]
    assert subjects[0] == subjects[1] != subjects[2]
    assert not any(subject == "A" for subject in subjects), "names are kept as hashes"


def test_the_preset_of_the_study_takes_13_to_44_since_2005(tmp_path: Path) -> None:
    protocol = opened("imdb-wiki", root=distributed.wiki(tmp_path), preset="wiki-13-44-2005")
    assert [sample.age for sample in protocol.samples()] == [24, 25, 13, 24]
    assert protocol.variant == "wiki-13-44-2005"


def test_whole_pictures_tell_which_face_is_meant_and_crops_need_not(tmp_path: Path) -> None:
    for folder, box in (("wiki", (1, 2, 30, 31)), ("wiki_crop", None)):
        root = distributed.wiki(tmp_path / folder, folder)
        sample = opened("imdb-wiki", root=root, preset="wiki").samples()[0]
        assert sample.picture is not None
        assert sample.picture.box == box


def test_corrections_change_genders_and_are_counted(tmp_path: Path) -> None:
    root = distributed.wiki(tmp_path)
    file = tmp_path / "corrections.csv"
    file.write_text("path,gender\n00/0_2009.jpg,female\nwiki/02/2_2009.jpg,\n01/1_2010.jpg,male\n")
    protocol = opened("imdb-wiki", root=root, preset="wiki", corrections=file)
    genders = [sample.gender for sample in protocol.samples()]
    assert genders[:3] == ["female", "male", None]
    assert protocol.describe()["genders corrected"] == "2"
    file.write_text("path,gender\n00/0_2009.jpg,woman\n")
    with pytest.raises(InputError, match="line 2: the gender 'woman'"):
        opened("imdb-wiki", root=root, preset="wiki", corrections=file)


def test_a_file_that_is_not_imdb_wiki_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wiki.mat").write_bytes(b"not a matlab file")
    with pytest.raises(InputError, match=r"wiki\.mat cannot be read as a MATLAB file"):
        opened("imdb-wiki", root=tmp_path, preset="wiki")
    with pytest.raises(InputError, match=r"lacks imdb\.mat; get it from"):
        opened("imdb-wiki", root=tmp_path, preset="imdb")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("26_1_2_20170116184024662.jpg.chip.jpg", (26, "female", "Asian")),
        ("1_0_0_20161219140623097.jpg", (1, "male", "White")),
        ("61_1_20170109142408075.jpg.chip.jpg", "3 parts in place of 4"),
        ("26_1_x_20170116184024662.jpg", "no race"),
        ("200_1_2_20170116184024662.jpg", "no age"),
        ("26_3_2_20170116184024662.jpg", "no gender"),
        ("26_1_2_.jpg", "no time"),
    ],
)
def test_utkface_names_are_read_or_refused_by_reason(name: str, expected: object) -> None:
    said = parse_name(name)
    assert (said if isinstance(said, str) else (said.age, said.gender, said.race)) == expected


def test_utkface_names_contradictory_copies(tmp_path: Path) -> None:
    for name in ("26_1_2_2017.jpg", "27_1_2_2018.jpg"):
        distributed.picture(tmp_path / name, 7)
    distributed.picture(tmp_path / "26_1_2017.jpg", 8)
    findings = {one.kind: one for one in opened("utkface", root=tmp_path).check()}
    assert findings["contradictory labels"].examples == ("26_1_2_2017.jpg = 27_1_2_2018.jpg",)
    assert findings["name refused"].count == 1


def fairface(root: Path, rows: dict[str, list[str]]) -> Path:
    root.mkdir(exist_ok=True)
    for table, lines in rows.items():
        text = "\n".join(["file,age,gender,race,service_test", *lines]) + "\n"
        (root / f"fairface_label_{table}.csv").write_text(text)
        for line in lines:
            distributed.picture(root / line.split(",")[0], int(line.split("/")[1].split(".")[0]))
    return root


def test_fairface_repairs_what_a_spreadsheet_did_to_its_ages(tmp_path: Path) -> None:
    rows = [
        "val/1.jpg,9-Mar,Male,East Asian,FALSE",
        "val/2.jpg,03-Sep,Female,White,TRUE",
        "val/3.jpg,Oct-19,Female,Black,TRUE",
        "val/4.jpg,19-Oct,Female,Indian,TRUE",
        "val/5.jpg,more than 70,Male,Latino_Hispanic,TRUE",
    ]
    protocol = opened("fairface", root=fairface(tmp_path, {"val": rows}))
    ages = [sample.age_interval for sample in protocol.samples()]
    assert ages == [(3, 9), (3, 9), (10, 19), (10, 19), (70, 130)]
    findings = {one.kind: one.count for one in protocol.check()}
    assert findings == {"age repaired": 4}


def test_fairface_finds_its_pictures_that_leak_from_one_split_to_the_other(tmp_path: Path) -> None:
    root = fairface(
        tmp_path,
        {
            "val": ["val/1.jpg,0-2,Male,White,FALSE", "val/2.jpg,0-2,Male,White,FALSE"],
            "train": ["train/1.jpg,0-2,Male,White,FALSE", "train/3.jpg,0-2,Male,White,FALSE"],
        },
    )
    findings = {one.kind: one for one in opened("fairface", root=root).check()}
    assert findings["byte-identical in two splits"].count == 1
    assert findings["byte-identical in two splits"].examples[0].endswith("val/1.jpg")


def test_fairface_with_a_label_that_nobody_knows_names_the_line(tmp_path: Path) -> None:
    root = fairface(tmp_path, {"val": ["val/1.jpg,5-Jan,Male,White,FALSE"]})
    with pytest.raises(InputError, match="line 2: the age '5-Jan' is none of FairFace's nine"):
        opened("fairface", root=root)


@needs_tables
def test_the_real_fairface_tables_parse_to_the_last_row() -> None:
    root = SHARED / "labels" / "fairface"
    assert len(opened("fairface", root=root).samples()) == 10_954
    assert len(opened("fairface", root=root, split="train").samples()) == 86_744


def test_agedb_keeps_people_apart_without_their_names(tmp_path: Path) -> None:
    for number, name in enumerate(["0_MaryDoe_35_f.jpg", "1_MaryDoe_50_f.jpg", "2_JoeRoe_60_m.jpg",
                                   "x.jpg"]):  # fmt: skip
        distributed.picture(tmp_path / name, number)
    protocol = opened("agedb", root=tmp_path)
    samples = protocol.samples()
    assert [(sample.age, sample.gender) for sample in samples] == [
        (35, "female"), (50, "female"), (60, "male"),
    ]  # fmt: skip
    assert samples[0].subject == samples[1].subject != samples[2].subject
    assert "Mary" not in "".join(f"{sample.sample_id}{sample.subject}" for sample in samples)
    kinds = {finding.kind: finding.count for finding in protocol.check()}
    assert kinds == {"not all pictures": 16_485, "name refused": 1}


def test_appa_real_knows_two_ages(tmp_path: Path) -> None:
    (tmp_path / "gt_avg_test.csv").write_text(
        "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age\n"
        "000000.jpg,38,5.5,1.2,4\n000001.jpg,40,30.25,4,33\n"
    )
    (tmp_path / "gt_avg_train.csv").write_text("file_name,apparent_age_avg,real_age\na.jpg,1,20\n")
    ages = [sample.age for sample in opened("appa-real", root=tmp_path).samples()]
    assert ages == [4, 33]
    apparent = opened("appa-real", root=tmp_path, preset="apparent")
    assert [sample.age for sample in apparent.samples()] == [5.5, 30.25]
    baseline = opened("appa-real", root=tmp_path).baseline()
    assert baseline is not None
    assert baseline.median_age == 20


def test_lagenda_judges_labelled_people_by_the_box_of_their_face(tmp_path: Path) -> None:
    (tmp_path / "lagenda_annotation.csv").write_text(
        "img_name,age,gender,face_x0,face_y0,face_x1,face_y1,person_x0,person_y0,person_x1,person_y1\n"
        "lag/a.jpg,30,F,10,10,50,60,0,0,99,99\n"
        "lag/a.jpg,7,M,60,10,90,50,0,0,99,99\n"
        "lag/a.jpg,-1,-1,-1,-1,-1,-1,0,0,99,99\n"
        "lag/b.jpg,40,M,-1,-1,-1,-1,0,0,99,99\n"
    )
    protocol = opened("lagenda", root=tmp_path)
    assert labels(protocol) == {"lag/a.jpg#1": (30, "female"), "lag/a.jpg#2": (7, "male")}
    second = protocol.samples()[1]
    assert second.picture is not None
    assert second.picture.box == (60, 10, 90, 50)
    assert second.subject == protocol.samples()[0].subject
    assert set(protocol.describe()["left out"].split(", ")) == {
        "age or gender not labelled: 1", "face not seen: 1",
    }  # fmt: skip


def test_folders_say_gender_and_age_in_any_order(tmp_path: Path) -> None:
    for number, name in enumerate(["female/23/a.jpg", "20-29/male/b.jpg", "60+/c.jpg", "x/d.jpg"]):
        distributed.picture(tmp_path / name, number)
    protocol = opened("folder", root=tmp_path)
    assert labels(protocol) == {
        "female/23/a.jpg": (23, "female"),
        "20-29/male/b.jpg": ((20, 29), "male"),
        "60+/c.jpg": ((60, 130), None),
    }
    assert {finding.kind for finding in protocol.check()} == {"no label"}
    distributed.picture(tmp_path / "female" / "male" / "e.jpg", 9)
    with pytest.raises(InputError, match="say two things at once"):
        opened("folder", root=tmp_path)


def test_a_table_of_ones_own_is_read_and_its_first_bad_row_named(tmp_path: Path) -> None:
    file = tmp_path / "faces.csv"
    file.write_text("image,age,age_low,age_high,gender,country,subject\n"
                    "a.jpg,31.5,,,female,NA,s1\nb.jpg,,20,29,male,US,s1\n")  # fmt: skip
    protocol = opened("csv", table=file)
    assert labels(protocol) == {"a.jpg": (31.5, "female"), "b.jpg": ((20, 29), "male")}
    assert [sample.country for sample in protocol.samples()] == ["NA", "US"]
    for row, why in {
        "a.jpg,old,,,female,,": "row 1: age is 'old', which is no number",
        "a.jpg,200,,,female,,": "row 1: age is 200",
        "a.jpg,30,20,29,female,,": "both an age and an interval",
        "a.jpg,,29,20,female,,": "no interval",
        "a.jpg,30,,,F,,": "the gender 'F' is neither",
        ",30,,,female,,": "neither an id nor an image",
        "a.jpg,30,,,,,\na.jpg,31,,,,,": "row 2: a.jpg stands there twice",
    }.items():
        file.write_text(f"image,age,age_low,age_high,gender,country,subject\n{row}\n")
        with pytest.raises(InputError, match=why):
            opened("csv", table=file)


@pytest.mark.parametrize("name", ["adience", "imdb-wiki", "utkface", "fairface", "agedb",
                                  "appa-real", "lagenda", "folder"])  # fmt: skip
def test_a_folder_of_another_dataset_is_refused_with_where_to_get_the_right_one(
    name: str, tmp_path: Path
) -> None:
    distributed.picture(tmp_path / "holiday.jpg")
    with pytest.raises(UsageError, match=r"get it|ask for it|named"):
        opened(name, root=tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        opened(name, root=tmp_path / "nowhere")
