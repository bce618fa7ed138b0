"""Pre-annotations, and the order in which faces are put to moderators."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import httpx
import pytest
from moderation.commands import curate
from moderation.faces import add_faces
from moderation.fixtures import Place
from moderation.test_push import remote_tasks
from moto.server import ThreadedMotoServer
from sqlalchemy import select

from curation.database.models import Claim, Task
from curation.database.upsert import insert_new
from curation.errors import InputError
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.predictions import FromFile, as_sent, read_predictions
from curation.moderation.push import PushStage
from curation.moderation.questions import question_set
from curation.settings import ModerationSettings
from curation.stages import run

FULL = question_set(ModerationSettings(ask_age=True, ask_race=True))


def predictions(place: Place, admin: LabelStudioClient) -> list[Any]:
    project = place.campaign.row(place.workspace.database)
    assert project is not None
    listed = admin._sdk.tasks.list(project=project.remote_id, include="id,predictions")
    return [one.model_dump() for task in listed for one in (task.predictions or [])]


def test_nothing_is_predicted_unless_asked_for_and_then_nobody_sees_it(
    sqlite_place: Place, admin: LabelStudioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_faces(sqlite_place.workspace, 1)
    assert curate("push").exit_code == 0
    assert predictions(sqlite_place, admin) == []
    (second,) = add_faces(sqlite_place.workspace, 1, first=1)
    with sqlite_place.workspace.database.session() as session:
        insert_new(
            session,
            Claim,
            [
                {"face_id": second, "attribute": "gender", "value": "female"}
                | {"origin": "hashtag", "confidence": 0.75}
            ],
        )
    assert curate("push", "--predictions", "hashtags").exit_code == 0
    (made,) = predictions(sqlite_place, admin)
    assert (made["model_version"], made["score"]) == ("hashtags", 0.75)
    said = {part["from_name"]: part["value"]["choices"][0] for part in made["result"]}
    assert said == {"gender": "female", "age_fits": "yes"}
    project = sqlite_place.campaign.row(sqlite_place.workspace.database)
    assert project is not None
    for shown in (False, True):
        monkeypatch.setenv("EVENFACE_MODERATION__SHOW_PREDICTIONS", str(shown).lower())
        add_faces(sqlite_place.workspace, 1, first=2 + shown)
        curate("push")
        there = admin.project(project.remote_id)
        assert there is not None
        assert there.shows_predictions is shown


def test_a_model_s_file_may_be_a_table_or_what_predict_images_prints(tmp_path: Path) -> None:
    face = "ab" * 16
    table, printed = tmp_path / "said.csv", tmp_path / "printed.json"
    table.write_text(f"face,gender,probability,age,race\n{face},male,0.9,11.5,Black\nx,,,,\n")
    box = {"box": [0, 0, 90, 90], "gender": "male", "probability": 0.9, "age": 11.5}
    printed.write_text(
        json.dumps(
            [{"path": f"store/crops/ab/{face}.jpg", "faces": [box]}, {"path": "", "faces": []}]
        )
    )
    asked: Any = SimpleNamespace(face_id=face, claimed_age=7.0)
    (sent,) = as_sent(FromFile(table), asked, FULL)
    values = {part["from_name"]: next(iter(part["value"].values())) for part in sent["result"]}
    assert values == {
        "gender": ["male"],
        "race": ["Black"],
        "age_fits": ["too_old"],
        "age": 11.5,
    }
    assert (sent["score"], sent["model_version"]) == (0.9, "said")
    assert read_predictions(printed)[face].age == 11.5
    nobody: Any = SimpleNamespace(face_id="x", claimed_age=7.0)
    assert as_sent(FromFile(table), nobody, FULL) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("face,age\nx,300\n", "row 1: age is 300"),
        ("gender\nmale\n", "row 1: it names no face"),
        ("face,probability\nx,2\n", "row 1: probability"),
        ("", "cannot be read"),
        ("face,age\n", "holds no prediction"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_by_row(
    tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "said.csv").write_text(content)
    with pytest.raises(InputError, match=words):
        read_predictions(tmp_path / "said.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_predictions(tmp_path / "missing.csv")


def test_moderators_see_the_most_valuable_faces_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PushStage, "batch_size", 4)
    faces = add_faces(place.workspace, 10)
    worth = {face: float(number * 7 % 10) for number, face in enumerate(faces[:9])}
    run(PushStage(place.campaign, worth), place.workspace.database, limit=6)
    run(PushStage(place.campaign, worth), place.workspace.database)
    with place.workspace.database.session() as session:
        order = session.scalars(select(Task.face_id).order_by(Task.remote_id)).all()
    assert order == [*sorted(worth, key=lambda face: -worth[face]), faces[9]]


def test_pictures_of_a_bucket_are_seen_by_addresses_that_are_signed_for_an_hour(
    sqlite_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (face,) = add_faces(sqlite_place.workspace, 1, pictures=True)
    bucket = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    bucket.start()
    try:
        host, port = bucket.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        monkeypatch.setenv("EVENFACE_LABEL_STUDIO__IMAGE_URL", "s3://faces/copy/{key}")
        monkeypatch.setenv("EVENFACE_LABEL_STUDIO__S3_ACCESS_KEY", "reader")
        monkeypatch.setenv("EVENFACE_LABEL_STUDIO__S3_SECRET_KEY", "secret")
        monkeypatch.setenv("EVENFACE_LABEL_STUDIO__S3_ENDPOINT", endpoint)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        files = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id="owner",
            aws_secret_access_key="secret",
            region_name="us-east-1",
        )
        files.create_bucket(Bucket="faces")
        key = sqlite_place.workspace.store.key("crops", face, "jpg")
        content = sqlite_place.workspace.store.read(key)
        files.put_object(Bucket="faces", Key=f"copy/{key}", Body=content)
        assert curate("push").exit_code == 0
        assert curate("push", "--repair").exit_code == 0  # the bucket is known by now
        (task,) = remote_tasks(sqlite_place)
        assert task.data["crop"] == f"s3://faces/copy/{key}"
        settings = sqlite_place.workspace.settings.label_studio
        named = base64.b64encode(str(task.data["crop"]).encode()).decode()
        with httpx.Client(trust_env=False) as browser:
            sent_on = browser.get(
                f"{settings.url}/tasks/{task.id}/resolve/",
                params={"fileuri": named},
                headers={"Authorization": f"Token {settings.api_key}"},
            )
            assert sent_on.status_code in (302, 303)
            address = sent_on.headers["location"]
            assert address.startswith(endpoint)
            assert "X-Amz-Expires=3600" in address or "Expires=" in address
            assert browser.get(address).content == content
    finally:
        bucket.stop()
