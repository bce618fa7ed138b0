"""Faces that look like one person are one subject; what is computed for it is never stored."""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from confirmed import Confirmed, add_confirmed
from identity_network import crop, random_weights, telling_weights
from typer.testing import CliRunner

from curation.cli import app
from curation.dataset import likeness
from curation.dataset.build import build_dataset
from curation.dataset.likeness import alike, load_network
from curation.dataset.manifest import read_manifest
from curation.errors import InputError
from curation.workspace import Workspace

runner = CliRunner()
PEOPLE = 6


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep to one core: several test runs on one machine would wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that tell drawn people apart."""
    path = tmp_path_factory.mktemp("weights") / "telling.pt"
    telling_weights(path)
    return path


def fill(workspace: Workspace) -> list[Confirmed]:
    """Photographs of `PEOPLE` people by as many authors; three are shown by another author too."""
    faces = [
        Confirmed(n, author=f"author {n}", gender=("female", "male")[n % PEOPLE % 2])
        for n in range(PEOPLE + 3)
    ]
    add_confirmed(workspace, faces)
    for face in faces:
        key = workspace.store.key("crops", face.face_id, "jpg")
        workspace.store.delete(key)
        again = face.number >= PEOPLE
        workspace.store.put(key, crop(face.number % PEOPLE, quality=85 if again else 95))
    return faces


def test_people_shown_by_two_authors_are_one_subject_and_no_vector_is_stored(
    sqlite_workspace: Workspace, telling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = fill(sqlite_workspace)
    monkeypatch.setenv("EVENFACE_DATASET__LIKENESS", "0.85")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    computed: list[torch.Tensor] = []
    embed = likeness._embed
    monkeypatch.setattr(
        likeness, "_embed", lambda *given: computed.append(embed(*given)) or computed[-1]
    )
    shown = runner.invoke(app, ["build-dataset", "faces", "--identity-weights", str(telling)])
    assert shown.exit_code == 0, shown.output
    assert "joined by likeness 3" in shown.stdout
    manifest = read_manifest(sqlite_workspace.datasets / "faces/v1/manifest.parquet")
    subject = dict(zip(manifest["sample_id"], manifest["subject"], strict=True))
    for number in range(3):
        again = faces[number + PEOPLE].face_id
        if again in subject and faces[number].face_id in subject:
            assert subject[again] == subject[faces[number].face_id]
    assert len(set(subject.values())) == PEOPLE

    (vectors,) = computed
    assert vectors.shape == (PEOPLE + 3, 512)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    written[Path("shown")] = shown.output.encode()
    assert traces(vectors.numpy(), written) == []
    numbers = manifest.select_dtypes("number").to_numpy(np.float32)
    assert not np.isin(numbers, vectors.numpy()).any()
    # The search finds what is there.
    half = vectors[4].half().numpy().tobytes()
    assert traces(vectors.numpy(), {Path("leak"): b"x" + half}) == [Path("leak")]


def traces(vectors: np.ndarray, written: dict[Path, bytes]) -> list[Path]:
    """Return the files that hold part of a vector, in any width of float, or as text."""
    wanted = [
        part.astype(kind).tobytes()
        for vector in vectors
        for part in (vector[:8], vector[250:258], vector[-8:])
        for kind in (np.float16, np.float32, np.float64)
    ]
    wanted += [f"{value:.5f}".lstrip("-").encode() for value in vectors[:, 0]]
    return [path for path, content in written.items() if any(part in content for part in wanted)]


def test_without_weights_nobody_is_joined_by_looks(sqlite_workspace: Workspace) -> None:
    fill(sqlite_workspace)
    build = build_dataset(sqlite_workspace, "faces", seed=1)
    assert build.subjects.subjects == PEOPLE + 3
    assert "likeness" not in build.subjects.joined


def test_weights_to_which_everybody_looks_the_same_are_refused(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    faces = [
        Confirmed(n, author=f"author {n}", gender=("female", "male")[n % 2]) for n in range(16)
    ]
    add_confirmed(sqlite_workspace, faces)
    random_weights(tmp_path / "random.pt")
    refused = runner.invoke(
        app, ["build-dataset", "faces", "--identity-weights", str(tmp_path / "random.pt")]
    )
    assert refused.exit_code == 2
    assert "take 100% for the same person at a likeness of 0.7" in refused.stderr
    assert not sqlite_workspace.datasets.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is no PyTorch weights file"),
        (b"these are no weights", "is no PyTorch weights file"),
        ({"weight": torch.zeros(3)}, "does not fit InceptionResnetV1 of facenet-pytorch"),
        (pickle.dumps({"weight": 1}, protocol=4), "is no PyTorch weights file"),
        ([1, 2], "does not fit InceptionResnetV1 of facenet-pytorch"),
    ],
)
def test_a_file_that_is_not_such_weights_is_refused_in_one_sentence(
    tmp_path: Path, content: object, sentence: str
) -> None:
    path = tmp_path / "weights.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(InputError) as refused:
        load_network(path)
    assert str(refused.value).startswith(str(path))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_weights_that_are_cut_short_or_not_finite_are_refused(
    telling: Path, tmp_path: Path
) -> None:
    (tmp_path / "cut.pt").write_bytes(telling.read_bytes()[:1_000_000])
    with pytest.raises(InputError, match="is no PyTorch weights file"):
        load_network(tmp_path / "cut.pt")
    state = torch.load(telling, weights_only=True)
    state["last_linear.weight"][0, 0] = float("nan")
    torch.save(state, tmp_path / "nan.pt")
    with pytest.raises(InputError, match="not finite"):
        load_network(tmp_path / "nan.pt")


class Table(torch.nn.Module):
    """Gives a crop of one grey, g, the vector number g."""

    def __init__(self, vectors: np.ndarray) -> None:
        super().__init__()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        self.vectors = torch.from_numpy((vectors / lengths).astype(np.float32))

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        greys = (views.mean((1, 2, 3)) * 128 + 127.5).round().long()
        return self.vectors[greys]


def linked(vectors: np.ndarray, threshold: float) -> list[int]:
    """Return the group of each vector, strangers all of them."""
    greys = {
        str(g): bytes(cv2.imencode(".png", np.full((256, 256, 3), g, np.uint8))[1])
        for g in range(len(vectors))
    }
    known = np.arange(len(vectors))
    return alike(Table(vectors), list(greys), greys.__getitem__, known, threshold).tolist()


def test_a_chain_of_doubtful_likenesses_does_not_become_one_giant_person() -> None:
    rng = np.random.default_rng(1)
    angles = np.deg2rad(20.0 * np.arange(9))  # each looks like the next one, the ends like nobody
    vectors = rng.standard_normal((200, 512))
    vectors[:9] = 0
    vectors[:9, 0], vectors[:9, 1] = np.cos(angles), np.sin(angles)
    groups = linked(vectors, threshold=float(np.cos(np.deg2rad(25))))
    chain = groups[:9]
    assert max(Counter(chain).values()) <= 3
    assert Counter(chain).total() - len(set(chain)) >= 3  # and yet neighbours were joined
    assert len(set(groups[9:])) == 191


def test_many_views_of_one_person_are_joined_though_the_farthest_two_differ() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.standard_normal((200, 512))
    # 40 views around one direction: pairs have cosines around 0.8, some below the threshold.
    vectors[:40] = rng.standard_normal(512) + 0.5 * rng.standard_normal((40, 512))
    unit = vectors[:40] / np.linalg.norm(vectors[:40], axis=1, keepdims=True)
    threshold = 0.79
    assert 0.2 < ((unit @ unit.T)[np.triu_indices(40, 1)] < threshold).mean() < 0.8
    groups = linked(vectors, threshold)
    assert len(set(groups[:40])) == 1
    assert len(set(groups)) == 161
