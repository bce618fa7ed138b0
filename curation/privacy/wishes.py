"""What somebody wants erased, as it was typed, turned into what the tables know."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import Face, Media, Post, Source
from curation.dedup.queries import rows_in
from curation.errors import InputError, UsageError
from curation.identity import content_id
from curation.pictures import BadImageError, decode
from curation.privacy.addresses import canonical, is_web
from curation.privacy.copies import Held, held
from curation.privacy.pseudonyms import author_pseudonym, moderator_pseudonym
from curation.privacy.tombstones import Kind, erased_value
from curation.sources import SOURCES
from curation.workspace import Workspace

SHA256 = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9a-f]{32}")


@dataclass
class Wishes:
    """What is to be erased and kept out: pseudonyms, ids, addresses, and pictures that are held."""

    authors: set[str] = field(default_factory=set)  # pseudonyms
    posts: set[str] = field(default_factory=set)  # ids
    urls: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)  # SHA-256
    pictures: list[Held] = field(default_factory=list)
    faces: set[str] = field(default_factory=set)  # ids
    moderators: set[str] = field(default_factory=set)  # pseudonyms

    def __bool__(self) -> bool:
        return any(self.asked().values())

    def asked(self) -> dict[str, int]:
        """Return how many things of each kind are asked for."""
        return {
            "author": len(self.authors),
            "post": len(self.posts),
            "url": len(self.urls),
            "image": len(self.images),
            "face": len(self.faces),
            "moderator": len(self.moderators),
        }

    def exact(self, secret: bytes) -> set[tuple[Kind, str]]:
        """Return the tombstones (kind, value) that these leave, pictures apart."""
        named: tuple[tuple[Kind, set[str]], ...] = (
            ("author", self.authors),
            ("post", self.posts),
            ("url", self.urls),
            ("image", self.images),
            ("face", self.faces),
            ("moderator", self.moderators),
        )
        return {
            (kind, erased_value(secret, kind, identity))
            for kind, identities in named
            for identity in identities
        }


class Reader:
    """Reads what was typed into one `Wishes`, with the workspace's words and secret."""

    def __init__(self, workspace: Workspace, source: str | None = None) -> None:
        self._workspace = workspace
        self._source = source
        self.wishes = Wishes()
        self.notices: list[str] = []
        with workspace.database.session() as session:
            rows = session.execute(select(Source.kind, Source.name)).all()
        self._kinds = sorted({row.kind for row in rows} | set(SOURCES))
        self._names = sorted(row.name for row in rows)
        if source is not None and source not in self._names and self._names:
            self.notices.append(f"no source is called {source!r} here yet")

    def author(self, text: str) -> None:
        """Take an author, KIND:ID, the id as the source gives it.

        Raises:
            UsageError: the kind of source is missing or unknown.
        """
        kind, colon, author = text.partition(":")
        if not colon or kind not in self._kinds or not author:
            raise UsageError(
                "an author is given as KIND:ID, the kind of source and the source's own id, for "
                f"example manifest:anna83; kinds here are {', '.join(self._kinds)}"
            )
        self.wishes.authors.add(author_pseudonym(self._workspace.secret, kind, author))

    def post(self, text: str) -> None:
        """Take a post by its address, or by the id that its source gave it.

        Raises:
            UsageError: no post has this id, or several sources have one.
        """
        if is_web(text):
            self.wishes.urls.add(text)
            with self._workspace.database.session() as session:
                self.wishes.posts.update(posts_at(session, text))
            return
        if self._source is not None:
            self.wishes.posts.add(content_id("post", content_id("source", self._source), text))
            return
        with self._workspace.database.session() as session:
            found = session.execute(
                select(Post.id, Source.name)
                .join(Source, Source.id == Post.source_id)
                .where(Post.external_id == text)
            ).all()
        if len(found) != 1:
            which = f"{len(found)} sources have" if found else "no source has"
            raise UsageError(
                f"{which} a post with this id; name the source with --source NAME"
                + (f" (here are: {', '.join(self._names)})" if self._names else "")
            )
        self.wishes.posts.add(found[0].id)

    def url(self, text: str) -> None:
        """Take an address of a post or picture.

        Raises:
            UsageError: it is no http(s) address.
        """
        if not is_web(text):
            raise UsageError("an address begins with http:// or https://")
        self.post(text)

    def image(self, text: str, beside: Path | None = None) -> None:
        """Take a photograph by its SHA-256, or by a file that holds it or a copy of it.

        Raises:
            InputError: it is neither a SHA-256 nor a file that can be read.
        """
        if SHA256.fullmatch(text.lower()):
            self.sha256(text)
            return
        path = (beside or Path()) / text
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(
                f"{path} is neither a SHA-256 (64 hexadecimal digits) nor a file that can be read: "
                f"{error.strerror}"
            ) from None
        digest = hashlib.sha256(content).hexdigest()
        self.wishes.images.add(digest)
        try:
            pixels = decode(content, self._workspace.settings.ingest.max_pixels)
        except BadImageError as error:
            self.notices.append(f"{path}: {error}; only this very file can be refused, no copies")
            return
        self.wishes.pictures.append(held(digest, pixels))

    def sha256(self, text: str) -> None:
        """Take a photograph by the SHA-256 of its bytes.

        Raises:
            UsageError: it is none.
        """
        if not SHA256.fullmatch(text.lower()):
            raise UsageError(f"{text!r} is no SHA-256: those have 64 hexadecimal digits")
        self.wishes.images.add(text.lower())

    def face(self, text: str) -> None:
        """Take a face by its id, as manifests and predictions name it.

        Raises:
            UsageError: it is no id of a face.
        """
        if not ID.fullmatch(text.lower()):
            raise UsageError(f"{text!r} is no id of a face: those have 32 hexadecimal digits")
        self.wishes.faces.add(text.lower())

    def moderator(self, text: str) -> None:
        """Take a moderator by the e-mail address of the Label Studio account.

        Raises:
            UsageError: it is empty.
        """
        if not text.strip():
            raise UsageError("a moderator is given by e-mail address")
        self.wishes.moderators.add(moderator_pseudonym(self._workspace.secret, text.strip()))


def posts_at(session: Session, url: str) -> set[str]:
    """Return the ids of posts whose own address, or a picture's, is this one."""
    wanted = canonical(url)
    host_and_path = wanted.partition("?")[0]
    _, _, path = host_and_path.partition("/")
    like = f"%{_escaped(path or host_and_path)}%"
    of_posts = select(Post.id, Post.url).where(Post.url.like(like, escape="\\"))
    of_media = select(Media.post_id, Media.url).where(Media.url.like(like, escape="\\"))
    rows = [*session.execute(of_posts), *session.execute(of_media)]
    return {
        post_id for post_id, found in rows if found and is_web(found) and canonical(found) == wanted
    }


def images_of_faces(session: Session, faces: Iterable[str]) -> set[str]:
    """Return the images that these faces are in."""
    return {row.image_id for row in rows_in(session, select(Face.image_id), Face.id, faces)}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
