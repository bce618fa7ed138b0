"""The image store in a bucket of an S3 server (moto's, on loopback)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import cv2
import numpy as np
import pytest
from faces.drawn_faces import jpeg, portrait
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem
from typer.testing import CliRunner

from curation.cli import app
from curation.errors import SettingsError, StoreError
from curation.store import Store

BUCKET = "a-store"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A place in a bucket of our own, reached as anybody's are: by the variables of AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    S3FileSystem.clear_instance_cache()  # which may know another server
    there = boto3.client("s3")
    if BUCKET not in [one["Name"] for one in there.list_buckets()["Buckets"]]:
        place = {"LocationConstraint": "eu-north-1"}
        there.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return f"s3://{BUCKET}/{tmp_path.name}"


def keys(place: str) -> set[str]:
    prefix = place.removeprefix(f"s3://{BUCKET}/")
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {one["Key"].removeprefix(f"{prefix}/") for one in found}


def test_what_is_put_can_be_read_by_others_and_is_written_once(bucket: str) -> None:
    store, other = Store(bucket), Store(bucket)
    assert not other.exists("images/ab/abcd.jpg")
    assert store.put("images/ab/abcd.jpg", b"bytes") is True
    assert other.put("images/ab/abcd.jpg", b"bytes") is False
    assert (other.read("images/ab/abcd.jpg"), other.folder) == (b"bytes", None)
    assert keys(bucket) == {"images/ab/abcd.jpg"}
    assert [other.delete("images/ab/abcd.jpg") for _ in range(2)] == [True, False]
    assert keys(bucket) == set()
    with pytest.raises(StoreError, match=r"images/ab/abcd\.jpg is missing"):
        store.read("images/ab/abcd.jpg")


def test_photographs_go_into_the_bucket_and_their_faces_come_out_of_it(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for seed in (1, 2):
        (photographs / f"{seed} #turning30.jpg").write_bytes(jpeg(portrait(seed)))
    run = CliRunner().invoke
    assert run(app, ["init", str(tmp_path / "workspace")]).exit_code == 0
    monkeypatch.chdir(tmp_path / "workspace")
    monkeypatch.setenv("EVENFACE_STORE__URL", bucket)
    for command in (["ingest", "folder", str(photographs)], ["detect"]):
        done = run(app, command)
        assert done.exit_code == 0, done.output
    crops = [key for key in keys(bucket) if key.startswith("crops/")]
    assert (len(crops), len(keys(bucket))) == (2, 4)
    pixels = cv2.imdecode(np.frombuffer(Store(bucket).read(crops[0]), np.uint8), 1)
    assert pixels is not None
    assert pixels.shape == (256, 256, 3)
    assert [path for path in Path("store").rglob("*") if path.is_file()] == []


def test_a_bucket_that_is_not_there_and_a_server_that_is_away_are_named(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match=r"s3://nobody/x cannot be written.*store\.url"):
        Store("s3://nobody/x").put("images/ab/abcd.jpg", b"bytes")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    S3FileSystem.clear_instance_cache()
    away = Store("s3://elsewhere/x")
    with pytest.raises(StoreError, match="s3://elsewhere/x cannot be read"):
        away.exists("images/ab/abcd.jpg")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nowhere://bucket", "whose kind of place is not known; use a folder, or an address"),
        ("gs://bucket", r"store\.url is gs://bucket, which takes more: .*gcsfs"),
    ],
)
def test_a_kind_of_place_that_cannot_be_used_is_refused_with_the_way_out(
    url: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Store(url)
