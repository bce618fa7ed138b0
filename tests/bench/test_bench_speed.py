"""`bench speed`: what is timed, over how much, and how it is said. No time is ever asserted."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets_as_distributed as distributed
import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from curation.demo.person import make_person
from curation.demo.scene import draw_portrait
from curation.errors import InputError
from curation.faces.align import TEMPLATE
from training.baseline import Baseline
from training.bench.flags import flag
from training.bench.predictions import Answers
from training.bench.predictors import Wants
from training.bench.protocols import PROTOCOLS
from training.bench.sample import Alignment, Picture, Sample
from training.bench.speed import Part, choose, measure
from training.checkpoint import Checkpoint, library_versions, save_checkpoint
from training.choices import Tta
from training.cli import bench
from training.heads import make_age_head
from training.manifest import DatasetVersion
from training.model import IMAGENET_MEAN, IMAGENET_STD, build_network

PEOPLE = 4


class Ticking:
    """A clock on which every look takes a second, and whatever is added."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class Slow:
    """A predictor that takes two seconds per picture on the ticking clock."""

    name, batch_size, age_rule, trained_on, device = "slow", 64, "as stated", (), "cpu"

    def __init__(self, wants: Wants, clock: Ticking) -> None:
        self.wants, self.clock = wants, clock
        self.asked: list[list[str]] = []

    def start(self, protocol: str, samples: Sequence[Sample]) -> None:
        pass

    def predict(self, samples: Sequence[Sample], images: Sequence[np.ndarray]) -> Answers:
        assert len(samples) == len(images)
        self.asked.append([sample.sample_id for sample in samples])
        self.clock.now += 2 * len(samples)
        return Answers(count=len(samples))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn portraits, a picture without a face and a broken one."""
    place = tmp_path_factory.mktemp("portraits")
    rng = np.random.default_rng(1)
    for number in range(PEOPLE):
        portrait = draw_portrait(make_person(rng, "female", "White"), 30.0, rng)
        Image.fromarray(portrait).save(place / f"person{number}.png")
    Image.fromarray(np.zeros((90, 90, 3), np.uint8)).save(place / "wall.png")
    (place / "broken.jpg").write_bytes(b"no picture")
    return place


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network: how fast it is does not depend on what it has learnt."""
    path = tmp_path_factory.mktemp("network") / "model.pt"
    made = Checkpoint(
        backbone="shufflenet_v2_x0_5", gamma=5.0, image_size=48, crop_size=256,
        mean=IMAGENET_MEAN, std=IMAGENET_STD, template=tuple(map(tuple, TEMPLATE.tolist())),
        dataset=DatasetVersion("none", "1", "0" * 64), baseline=Baseline(None, None), settings={},
        metrics={}, versions=library_versions(), age_head={"kind": "gaussian", "gamma": 5.0},
        view=0.875, tta=Tta.none, embedding_size=None, calibration=1.0,
        state=build_network("shufflenet_v2_x0_5", 48, make_age_head("gaussian", 5.0)).state_dict(),
    )  # fmt: skip
    save_checkpoint(path, made)
    return path


def speed(*arguments: object) -> Any:
    threads = ("--threads", torch.get_num_threads(), "--device", "cpu")
    return CliRunner().invoke(bench, ["speed", *map(str, (*arguments, *threads))])


def refused(done: Any, *words: str) -> None:
    assert done.exit_code == 2, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert all(word in line for word in words), line


def ready(folder: Path, count: int) -> list[Sample]:
    """Crops that come aligned."""
    Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(folder / "crop.png")
    picture = Picture(folder / "crop.png", Alignment.ready)
    return [Sample(f"s{number}", picture) for number in range(count)]


def test_figures_are_those_of_a_clock_that_is_known(tmp_path: Path) -> None:
    clock = Ticking()
    predictor = Slow(Wants.crops, clock)
    found = measure(predictor, ready(tmp_path, 5), [1, 2], rounds=3, clock=clock)
    figures = {(one.batch_size, one.part): one for one in found.speeds}
    # one second passes between two looks at the clock, and two for each picture asked about
    assert figures[1, Part.prediction].latency_median == 3
    assert figures[2, Part.prediction].latency_95 == 5
    assert figures[2, Part.reading].images_per_second == 2
    assert figures[1, Part.whole].images_per_second == pytest.approx(1 / 5)
    assert figures[2, Part.whole].images_per_second == pytest.approx(2 / 7)
    assert figures[1, Part.whole].batches == 3 * 5
    assert figures[2, Part.whole].batches == 3 * 3
    # aligned crops need no detection, and no figure pretends that there was one
    assert {part for _, part in figures} == {Part.reading, Part.prediction, Part.whole}
    assert found.detected == 0


def test_rounds_take_turns_warm_up_first_and_fill_the_last_batch(tmp_path: Path) -> None:
    clock = Ticking()
    predictor = Slow(Wants.crops, clock)
    measure(predictor, ready(tmp_path, 3), [1, 2], rounds=2, clock=clock)
    ones, twos = [["s0"], ["s1"], ["s2"]], [["s0", "s1"], ["s2", "s0"]]
    assert predictor.asked == ones + twos + twos + ones + ones + twos


def test_whoever_finds_faces_itself_is_timed_with_it(folder: Path) -> None:
    clock = Ticking()
    samples = [Sample(path.name, Picture(path)) for path in sorted(folder.iterdir())]
    found = measure(Slow(Wants.pictures, clock), samples, [2], rounds=1, clock=clock)
    assert [one.part for one in found.speeds] == [Part.reading, Part.prediction, Part.whole]
    assert found.finds_faces_itself
    assert (found.images, found.without_face, found.unreadable) == (PEOPLE + 1, 0, 1)


def test_samples_are_taken_evenly_from_one_fold() -> None:
    samples = [Sample(f"s{number}", None, fold=str(number % 2)) for number in range(20)]
    assert [one.sample_id for one in choose(samples, 3)] == ["s0", "s8", "s18"]
    assert len(choose(samples, 99)) == 10
    with pytest.raises(InputError, match="no picture"):
        choose([], 3)


def test_a_folder_of_photographs_is_timed_in_all_parts(
    folder: Path, checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "speed.json"
    done = speed(
        folder, "--checkpoint", checkpoint, "--batch-size", 1, "--batch-size", 3, "--rounds", 2,
        "--out", out,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    for words in ("shufflenet_v2_x0_5 on ", "thread", "95th percentile", "detection: finding"):
        assert words in done.stdout
    assert "left out: 1 without a face, 1 unreadable" in done.stdout
    report = json.loads(out.read_text())
    assert (report["images"], report["without_face"], report["detected"]) == (PEOPLE, 1, PEOPLE)
    assert report["threads"] == torch.get_num_threads()
    assert report["device"] == report["detector_device"]
    parts = ["reading", "detection", "prediction", "whole"]
    shown = [(one["batch_size"], one["part"]) for one in report["speeds"]]
    assert shown == list(itertools.product([1, 3], parts))
    for one in report["speeds"]:
        assert one["images_per_second"] > 0
        assert one["latency_median"] <= one["latency_95"]
    assert [one["batches"] for one in report["speeds"]] == [8] * 4 + [4] * 4


def test_the_pictures_of_a_protocol_are_timed(checkpoint: Path, folder: Path) -> None:
    root = folder.parent / "sorted"
    for number in range(2):
        place = root / "female" / "30"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes((folder / f"person{number}.png").read_bytes())
    done = speed(
        "--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--images", 2,
        "--batch-size", 2, "--rounds", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "over 2 images each" in done.stdout


@pytest.mark.parametrize("name", ["file", "rekognition", "facepp", "clarifai"])
def test_nobody_times_a_file_or_a_service(folder: Path, name: str) -> None:
    refused(speed(folder, "--predictor", name), "times what computes on this machine", name)


def test_wrong_uses_end_in_one_sentence(folder: Path, checkpoint: Path, tmp_path: Path) -> None:
    asked = (folder, "--checkpoint", checkpoint)
    refused(speed(*asked, "--batch-size", 64), "a batch of 64", "there are 4", "--images")
    refused(speed(*asked, "--root", tmp_path), "--root", "one of the two")
    refused(speed(tmp_path / "nowhere", "--checkpoint", checkpoint), "nowhere")
    refused(speed(folder), "--checkpoint")
    refused(speed(folder, "--predictor", "oracle"), "no predictor 'oracle'")
    refused(speed("--checkpoint", checkpoint), "--manifest")


def test_options_are_listed_as_they_are_typed() -> None:
    known = {
        option
        for command in ("run", "check")
        for option in CliRunner().invoke(bench, [command, "--help"]).stdout.split()
        if option.startswith("--")
    }
    for entry in PROTOCOLS.values():
        assert {flag(option) for option in (*entry.takes, *entry.needs)} <= known
    listed = CliRunner().invoke(bench, ["datasets", "adience"]).stdout
    assert "--fold " in listed
    assert "--folds" not in listed


def test_pictures_of_a_dataset_as_distributed_can_be_named_too(
    checkpoint: Path, tmp_path: Path
) -> None:
    distributed.picture(tmp_path / "female" / "30" / "a.jpg")
    refused(
        speed("--dataset", "folder", "--root", tmp_path, "--checkpoint", checkpoint),
        "a batch of 32", "there are 0",
    )  # fmt: skip
