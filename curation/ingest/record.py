"""From posts to rows: the first stage of the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from curation.database.models import Label, Media, Post, Source
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.hashtags import contradiction, read_genders, read_hashtags
from curation.identity import content_id
from curation.privacy import author_pseudonym, pseudonym
from curation.privacy.tombstones import Tombstones
from curation.sources import Mark
from curation.sources import Post as SourcePost
from curation.sources import Source as PostSource
from curation.sources.memory import write_marks
from curation.sources.where import post_country
from curation.stages import Erased, Rejected, Stage, Subject

SOURCE_CONFIDENCE = 0.95  # of what a source states; moderators have the last word


@dataclass(frozen=True)
class Accepted:
    """The outcome of a post whose pictures are to be fetched."""


class RecordPosts(Stage[SourcePost, Accepted]):
    """Write the posts of one source that are not known yet, with their labels and media.

    Set aside are posts that must not be used (their `refusal`; of these only the id is kept),
    posts without media (`no-media`), without any stated age when `require_age` (`no-age`), and
    posts whose hashtags state different ages (`contradicting-ages`); their pictures are never
    fetched. Authors are stored as keyed hashes under `secret`. What a source marks as read is
    written together with the post before the mark. Posts that `tombstones` refuse are counted as
    `erased`, and nothing is written of them.
    """

    name: ClassVar[str] = "ingest"
    unit: ClassVar[str] = "posts"
    subject: ClassVar[Subject] = "post"
    batch_size: ClassVar[int] = 500

    def __init__(
        self,
        source: PostSource,
        secret: bytes,
        *,
        require_age: bool,
        tombstones: Tombstones | None = None,
    ) -> None:
        self._source = source
        self._tombstones = tombstones
        self._secret = secret
        self._require_age = require_age
        self._source_id = content_id("source", source.name)
        self._live = getattr(source, "live", False)
        self._marks: dict[str, list[Mark]] = {}  # post id -> what is read once it is recorded
        self._recorded = ""  # the id of the post that was recorded last

    def count(self, database: Database) -> int:
        """Return how many posts of the source are not known yet; 0 where only asking would tell."""
        return 0 if self._live else sum(len(batch) for batch in self._new(database))

    def batches(self, database: Database) -> Iterator[Sequence[SourcePost]]:
        """Yield the posts that are not known yet; of a live source page by page."""
        for batch in self._new(database):
            yield batch
            if self._live and self._recorded != self.key(batch[-1]):
                return  # a limit cut the batch: what follows would be marked as read too early

    def _new(self, database: Database) -> Iterator[list[SourcePost]]:
        for chunk, marks in _chunks(self._source.posts(), self.batch_size):
            ids = {self.key(post): post for post in chunk}
            with database.session() as session:
                known = set(session.scalars(select(Post.id).where(Post.id.in_(ids))))
            new = [post for post_id, post in ids.items() if post_id not in known]
            if new:
                self._marks[self.key(new[-1])] = marks
                yield new
            elif marks:
                with database.session() as session:
                    self._write_source(session)
                    write_marks(session, self._source.name, marks)

    def key(self, item: SourcePost) -> str:
        """Return the post's id, made from the source's name and its own id."""
        return content_id("post", self._source_id, item.external_id)

    def process(self, items: Sequence[SourcePost]) -> Sequence[Accepted | Rejected]:
        """Decide which posts go on."""
        return [self._decide(post) for post in items]

    def record(
        self, session: Session, outcomes: Sequence[tuple[SourcePost, Accepted | Rejected]]
    ) -> Counter[str]:
        """Write posts and labels, and the media of those that go on."""
        posts, media, labels = [], [], []
        for post, outcome in outcomes:
            if isinstance(outcome, Erased):
                continue
            post_id = self.key(post)
            posts.append(self._post_row(post_id, post))
            if not post.refusal:
                labels += label_rows(post_id, post)
            if isinstance(outcome, Accepted):
                media += [row for row in media_rows(post_id, post) if not self._refused(row["url"])]
            self._recorded = post_id
        if posts:
            self._write_source(session)
        insert_new(session, Post, posts)
        counts = Counter(
            media=insert_new(session, Media, media), labels=insert_new(session, Label, labels)
        )
        marks = (mark for post, _ in outcomes for mark in self._marks.pop(self.key(post), ()))
        write_marks(session, self._source.name, list(marks))
        return counts

    def _write_source(self, session: Session) -> None:
        source = {"id": self._source_id, "kind": self._source.kind, "name": self._source.name}
        insert_new(session, Source, [source])

    def _decide(self, post: SourcePost) -> Accepted | Rejected:
        if self._erased(post):
            return Erased("erased")
        if post.refusal:
            return Rejected(post.refusal)
        if not post.media:
            return Rejected("no-media", "the post carries no picture")
        readings = read_hashtags(post.hashtags)
        if why := contradiction(readings):
            return Rejected("contradicting-ages", why)
        if self._require_age and post.age is None and not readings:
            return Rejected("no-age", "neither its hashtags nor its source state an age")
        return Accepted()

    def _erased(self, post: SourcePost) -> bool:
        if not self._tombstones:
            return False
        if self._tombstones.post(self.key(post), author=self._author(post), url=post.url):
            return True
        return bool(post.media) and all(self._refused(url) for url in post.media)

    def _refused(self, url: str) -> bool:
        return self._tombstones is not None and self._tombstones.url(url)

    def _author(self, post: SourcePost) -> str | None:
        if not post.author:
            return None
        return author_pseudonym(self._secret, self._source.kind, post.author)

    def _identity(self, post: SourcePost) -> str | None:
        if not post.identity:
            return None
        return pseudonym(self._secret, "identity", f"{self._source.kind}:{post.identity}")

    def _post_row(self, post_id: str, post: SourcePost) -> dict[str, Any]:
        if post.refusal:
            post = SourcePost(post.external_id, ())
        return {
            "id": post_id,
            "source_id": self._source_id,
            "external_id": post.external_id,
            "author": self._author(post),
            "identity": self._identity(post),
            "published_at": post.published_at,
            "url": post.url,
            "licence": post.licence,
            "hashtags": list(post.hashtags),
        }


def _chunks(
    yielded: Iterator[SourcePost | Mark], size: int
) -> Iterator[tuple[list[SourcePost], list[Mark]]]:
    """Yield posts in lists of `size`, or up to a mark, each with the mark that follows."""
    chunk: list[SourcePost] = []
    for item in yielded:
        if isinstance(item, Mark):
            yield chunk, [item]
            chunk = []
            continue
        chunk.append(item)
        if len(chunk) == size:
            yield chunk, []
            chunk = []
    if chunk:
        yield chunk, []


def media_rows(post_id: str, post: SourcePost) -> list[dict[str, Any]]:
    """Return one row per picture of the post, waiting to be fetched."""
    return [
        {
            "id": content_id("media", post_id, position),
            "post_id": post_id,
            "position": position,
            "url": url,
            "state": "pending",
        }
        for position, url in enumerate(post.media)
    ]


def label_rows(post_id: str, post: SourcePost) -> list[dict[str, Any]]:
    """Return what the post's source and hashtags say, one row per statement.

    Gender hints are weak: where they contradict each other or the source they say nothing. Of
    where the post was made only the country is told.
    """
    stated = {"age": post.age, "gender": post.gender, "race": post.race}
    rows = [
        _label(post_id, attribute, value, "source", SOURCE_CONFIDENCE)
        for attribute, value in stated.items()
        if value is not None
    ]
    if found := post_country(post):
        rows.append(
            _label(
                post_id,
                "country",
                found.code,
                "source",
                found.confidence,
                found.rule,
                found.evidence,
            )
        )
    for age in read_hashtags(post.hashtags):
        rule = f"{age.language}:{age.rule}"
        rows.append(_label(post_id, "age", age.age_years, "hashtag", age.confidence, rule, age.tag))
    hints = read_genders(post.hashtags)
    consistent = len({hint.gender for hint in hints} | ({post.gender} - {None})) == 1
    for hint in hints if consistent else ():
        rule = f"{hint.language}:{hint.rule}"
        rows.append(
            _label(post_id, "gender", hint.gender, "hashtag", hint.confidence, rule, hint.tag)
        )
    return rows


def _label(
    post_id: str,
    attribute: str,
    value: str | float,
    origin: str,
    confidence: float,
    rule: str | None = None,
    evidence: str | None = None,
) -> dict[str, Any]:
    text = value if isinstance(value, str) else f"{value:.6g}"
    return {
        "id": content_id("label", post_id, attribute, text, origin, evidence),
        "post_id": post_id,
        "attribute": attribute,
        "value": text,
        "origin": origin,
        "confidence": confidence,
        "rule": rule,
        "evidence": evidence,
    }
