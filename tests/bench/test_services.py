"""Services of others: asked with consent, once per picture, patiently; their answers as points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from replayed_services import Replay, replay

from curation.errors import InputError, TrainingError
from training.bench.predictions import Answers
from training.bench.predictors import BenchPredictor, PredictorOptions, open_predictor
from training.bench.predictors import service as services
from training.bench.predictors.clarifai import age_group
from training.bench.sample import Picture, Sample

SERVICES = ["rekognition", "facepp", "clarifai"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """The three services on loopback, with keys, and hardly any pause between tries."""
    with replay() as state:
        for name, value in {
            "AWS_ENDPOINT_URL": state.url,
            "AWS_ACCESS_KEY_ID": "AKIA-KEY",
            "AWS_SECRET_ACCESS_KEY": "secret-key",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "EVENFACE_FACEPP_URL": f"{state.url}/facepp/v3/detect",
            "EVENFACE_FACEPP_KEY": "facepp-key",
            "EVENFACE_FACEPP_SECRET": "facepp-secret",
            "EVENFACE_CLARIFAI_URL": f"{state.url}/models",
            "EVENFACE_CLARIFAI_KEY": "clarifai-key",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(services, "FIRST_PAUSE", 0.001)
        yield state


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Two pictures of 32 x 32 pixels; in the first, the face on the right is meant."""
    found = []
    for number, box in enumerate([(16.0, 8.0, 24.0, 24.0), None]):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (32, 32), (number, 0, 0)).save(path)
        found.append(Sample(f"s{number}", Picture(path, box=box)))
    return found


def opened(name: str, tmp_path: Path, **options: object) -> BenchPredictor:
    given = {"cache": tmp_path / "cache", "send_pictures": True} | options
    return open_predictor(name, PredictorOptions(**given), [])  # type: ignore[arg-type]


def asked(predictor: BenchPredictor, samples: list[Sample]) -> Answers:
    crops = [np.full((256, 256, 3), number, np.uint8) for number in range(len(samples))]
    predictor.start("test", samples)
    parts = [
        predictor.predict([sample], [crop]) for sample, crop in zip(samples, crops, strict=True)
    ]
    columns = ("female_probability", "female", "age", "age_low", "age_high")
    joined = {
        name: None
        if getattr(parts[0], name) is None
        else np.concatenate([getattr(part, name) for part in parts])
        for name in columns
    }
    return Answers(len(samples), **joined, reason=[part.reason[0] for part in parts])  # type: ignore[index,arg-type]


def test_rekognition_answers_for_the_face_that_is_meant_else_the_largest(
    server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    said = asked(opened("rekognition", tmp_path), samples)
    assert said.age_low is not None
    assert said.age_high is not None
    assert list(said.age_low) == [20, 50]
    assert list(said.age_high) == [30, 60]
    np.testing.assert_allclose(said.female_probability, [0.9, 0.2])
    assert server.pictures == [sample.picture.read() for sample in samples if sample.picture]


def test_facepp_states_an_age_and_a_gender(
    server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    said = asked(opened("facepp", tmp_path), samples)
    np.testing.assert_array_equal(said.age, [27, 27])
    np.testing.assert_array_equal(said.female, [1, 1])


def test_clarifai_is_shown_the_crop_and_its_likeliest_group_counts(
    server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    said = asked(opened("clarifai", tmp_path), samples)
    np.testing.assert_array_equal(said.age_low, [20, 20])
    np.testing.assert_array_equal(said.age_high, [29, 29])
    np.testing.assert_allclose(said.female_probability, [0.75, 0.75])
    assert server.asked["clarifai"] == 4  # two models for two faces
    assert age_group("more than 70") == (70, 100)
    assert age_group("something else") is None


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_asked_twice_not_even_by_another_run(
    name: str, server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    first = asked(opened(name, tmp_path), samples)
    questions = server.asked[name]
    again = opened(name, tmp_path)
    second = asked(again, samples)
    assert server.asked[name] == questions
    pd.testing.assert_frame_equal(first.frame(["a", "b"]), second.frame(["a", "b"]))


@pytest.mark.parametrize("name", SERVICES)
def test_a_busy_service_is_asked_again(
    name: str, server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    server.busy = 3
    said = asked(opened(name, tmp_path), samples)
    assert said.reason == [None, None]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_busy_ends_in_a_sentence_and_what_it_answered_is_kept(
    name: str, server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    asked(opened(name, tmp_path), samples[:1])
    server.busy = 1000
    with pytest.raises(TrainingError, match=r"busy or out of reach 6 times.*goes on from there"):
        asked(opened(name, tmp_path), [samples[1], samples[0]])
    server.busy = 0
    assert asked(opened(name, tmp_path), samples).reason == [None, None]


@pytest.mark.parametrize("name", SERVICES)
def test_a_wrong_key_ends_in_a_sentence_without_the_key(
    name: str, server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    server.wrong_key = True
    with pytest.raises(TrainingError, match=f"{name} refuses") as caught:
        asked(opened(name, tmp_path), samples)
    for secret in ("AKIA", "secret", "facepp-key", "clarifai-key"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("name", ["rekognition", "facepp"])
def test_no_face_and_refused_pictures_are_answers_too(
    name: str, server: Replay, samples: list[Sample], tmp_path: Path
) -> None:
    server.no_face = True
    assert asked(opened(name, tmp_path), samples).reason == ["no face", "no face"]
    server.refuse = True
    fresh = opened(name, tmp_path, cache=tmp_path / "fresh")
    assert all(str(why).startswith("refused: ") for why in asked(fresh, samples).reason or [])


@pytest.mark.parametrize("name", SERVICES)
def test_no_picture_leaves_the_machine_without_consent(
    name: str, server: Replay, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="say --send-pictures if you may do that"):
        opened(name, tmp_path, send_pictures=None)
    assert not server.asked


@pytest.mark.parametrize("name", ["facepp", "clarifai"])
def test_a_missing_key_is_named(
    name: str, server: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"EVENFACE_{name.upper()}_KEY")
    with pytest.raises(InputError, match=f"needs a key: set EVENFACE_{name.upper()}_KEY"):
        opened(name, tmp_path)
