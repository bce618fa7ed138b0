"""After an erasure no byte of the workspace tells of what was erased."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from privacy.people import Posted, build, posts_of, settle, slices
from sqlalchemy import text
from typer.testing import CliRunner

from curation.cli import app
from curation.privacy import author_pseudonym
from curation.workspace import Workspace

runner = CliRunner()


def traces(contents: Iterator[tuple[str, bytes]], tokens: dict[str, bytes]) -> set[tuple[str, str]]:
    """Return (place, token's name) wherever a token stands."""
    return {
        (place, name)
        for place, content in contents
        for name, token in tokens.items()
        if token in content
    }


def bytes_of(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the workspace, what is compressed opened up, and of a PostgreSQL server
    every file of the database (its write-ahead log is recycled by itself).
    """
    for path in sorted(workspace.root.rglob("*")):
        if not path.is_file():
            continue
        name, content = path.relative_to(workspace.root).as_posix(), path.read_bytes()
        yield name, content
        if path.suffix == ".parquet":
            table: Any = pq.read_table(io.BytesIO(content))
            yield name, repr(table.to_pylist()).encode()
    if workspace.database.is_sqlite:
        file = Path(workspace.database.url.database or "")
        for path in file.parent.glob(f"{file.name}*"):
            yield path.name, path.read_bytes()
        return
    with workspace.database.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        place = connection.execute(text("SHOW data_directory")).scalar_one()
        number = connection.execute(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        ).scalar_one()
    for path in (Path(place) / "base" / str(number)).iterdir():
        yield "table", path.read_bytes()


def tokens_of(workspace: Workspace, posts: list[Posted], crops: list[bytes]) -> dict[str, bytes]:
    tokens: dict[str, bytes] = {}
    for post, crop in zip(posts, crops, strict=True):
        named = (
            ("author", post.author),
            ("pseudonym", author_pseudonym(workspace.secret, "manifest", post.author)),
            ("external id", post.external_id),
            ("address", post.url),
            ("image id", post.image_id),
            ("face id", post.face_id),
        )
        tokens |= {f"{name} {post.number}": word.encode() for name, word in named}
        pieces = [*slices(post.picture), *slices(crop)]
        tokens |= {f"pixels {post.number} {n}": piece for n, piece in enumerate(pieces)}
    return tokens


def test_no_byte_of_the_workspace_tells_of_an_erased_author(
    workspace: Workspace, tmp_path: Path
) -> None:
    anna, bob = posts_of("anna-alone", 2, 3), posts_of("bob", 4, 5)
    settle(workspace, tmp_path / "in", anna + bob)
    build(workspace)
    assert workspace.store.folder is not None
    (workspace.store.folder / ".partial").mkdir(exist_ok=True)
    (workspace.store.folder / ".partial" / "x").write_bytes(anna[0].picture)

    def crop(post: Posted) -> bytes:
        return workspace.store.read(workspace.store.key("crops", post.face_id, "jpg"))

    of_anna = tokens_of(workspace, anna, [crop(post) for post in anna])
    of_bob = tokens_of(workspace, bob, [crop(post) for post in bob])
    before = {name for _, name in traces(bytes_of(workspace), of_anna)}
    assert before == set(of_anna)  # the author's name stands in addresses and ids
    done = runner.invoke(app, ["erase", "--author", "manifest:anna-alone", "--yes"])
    assert done.exit_code == 0, done.stderr
    workspace.database.close()
    assert traces(bytes_of(workspace), of_anna) == set()
    # The search itself works: it still finds everybody else.
    left = {name for _, name in traces(bytes_of(workspace), of_bob)}
    assert left == set(of_bob)
    with tarfile.open(next(workspace.datasets.rglob("*.tar"))) as archive:
        assert archive.getnames()
