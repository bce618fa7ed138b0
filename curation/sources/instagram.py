"""Instagram: the official hashtag search of its Graph API.

`GET /ig_hashtag_search`, then `/{hashtag-id}/recent_media` and `/top_media`
(developers.facebook.com/docs/instagram-platform/…/ig-hashtag). The rules: an account may ask
about 30 different hashtags in any 7 days, which are kept in the database and counted before
anything is asked; `recent_media` shows the last 24 hours, in pages of 50; nobody is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from curation.errors import InputError, SettingsError, SourceError
from curation.sources import Notice, fields, graph
from curation.sources.about import About
from curation.sources.api import Answer, ApiClient, RefusedError, Token
from curation.sources.captions import hashtags_in, tags_to_ask
from curation.sources.memory import Asked, Memory
from curation.sources.post import Mark, Post
from curation.sources.waiting import Wait, wait_quietly

TOKEN = graph.TOKEN
ACCOUNT = "EVENFACE_INSTAGRAM_ACCOUNT"
SERVER = "EVENFACE_INSTAGRAM_API"
URL = "https://graph.facebook.com"
API_VERSION = "v23.0"
PAGE = 50  # the most that the API gives
MOST_PAGES = 400  # of one edge: a cursor that leads in a circle ends here
HASHTAGS = 30
WINDOW = timedelta(days=7)
FIELDS = "id,caption,media_type,media_url,permalink,timestamp,children{id,media_type,media_url}"


@dataclass(frozen=True)
class Budget:
    """Which hashtags may be asked now: those that count already, and how many new ones."""

    counting: tuple[Asked, ...]
    left: int
    next_frees: datetime | None


class InstagramSource:
    """The public photographs that Instagram shows under some hashtags, without their authors.

    Hashtags that the account may not ask about any more are named and left for another day.
    """

    kind: ClassVar[str] = "instagram"
    live: ClassVar[bool] = True
    about: ClassVar[About] = About(
        reads="photographs of the last 24 hours under a hashtag (and the most popular)",
        access="official API",
        needs=(TOKEN, ACCOUNT),
        limits="30 different hashtags in 7 days, 50 posts a page",
    )

    def __init__(
        self,
        tags: Sequence[str],
        *,
        account: str | None,
        token: str | None,
        memory: Memory,
        top: bool = False,
        since: datetime | None = None,
        api_version: str = API_VERSION,
        url: str | None = None,
        notice: Notice | None = None,
        wait: Wait = wait_quietly,
    ) -> None:
        """Check what was given; nothing is asked yet.

        Raises:
            SettingsError: the token or the account is missing.
            InputError: a hashtag or the API version cannot be used.
        """
        if not token or not account:
            missing = TOKEN if not token else ACCOUNT
            what = "an access token" if not token else "the id of an Instagram business account"
            raise SettingsError(
                f"{missing} is not set; put {what} there (`curate sources` says what each needs)"
            )
        if not account.isdecimal():
            raise SettingsError(f"{ACCOUNT} is not the number of an Instagram business account")
        if not re.fullmatch(r"v\d+\.\d+", api_version):
            raise InputError(f"--api-version: {api_version!r} is none, such as {API_VERSION}")
        self._tags = tags_to_ask(tags)
        self._account = account
        self._memory = memory
        self._top = top
        self._since = since
        self._notice = notice or (lambda sentence: None)
        self._token = token
        self._client = ApiClient(
            "Instagram",
            f"{(url or URL).rstrip('/')}/{api_version}",
            token=Token(token, TOKEN),
            explain=graph.explain,
            read_limit=graph.read_limit,
            wait=wait,
        )

    @property
    def name(self) -> str:
        """One source for all of Instagram: ids of media are its own, whoever asks."""
        return "instagram"

    def plan(self) -> Iterator[str]:
        """Yield what would be asked, in sentences; asks nothing."""
        allowed, refused = self._allowed()
        known = {asked.hashtag for asked in budget(self._memory, self._account).counting}
        for tag in allowed:
            cost = "counts already" if tag in known else "one of the 30 hashtags"
            yield f"Instagram: photographs of the last 24 hours under #{tag} ({cost})"
        if refused:
            yield self._over_budget(refused)

    def posts(self) -> Iterator[Post | Mark]:
        """Yield the posts of every hashtag that may be asked.

        Raises:
            SourceError: the API refuses or cannot be reached.
        """
        allowed, refused = self._allowed()
        if refused:
            self._notice(self._over_budget(refused))
        try:
            for tag in allowed:
                try:
                    yield from self._tag(tag)
                except RefusedError as error:
                    if error.code == graph.TOO_MANY_HASHTAGS:
                        self._notice(f"#{tag} and what follows it is left for another day: {error}")
                        return
                    if error.code != graph.NO_SUCH_HASHTAG:
                        raise
                    self._notice(f"#{tag} is left out: {error}")
        finally:
            self._client.close()

    def _allowed(self) -> tuple[list[str], list[str]]:
        """Return the hashtags that may be asked now, and those that may not.

        Those that were never asked go first, then those whose turn is longest ago, so that in
        some weeks every one of a long list has had its turn.
        """
        now = budget(self._memory, self._account)
        known = {asked.hashtag for asked in now.counting}
        ever = self._memory.asked(self._account, datetime.fromtimestamp(0, UTC))
        turns = {asked.hashtag: number for number, asked in enumerate(ever, 1)}
        new = [tag for tag in self._tags if tag not in known]
        refused = sorted(new, key=lambda tag: turns.get(tag, 0))[now.left :]
        return [tag for tag in self._tags if tag not in refused], refused

    def _over_budget(self, refused: Sequence[str]) -> str:
        frees = budget(self._memory, self._account).next_frees or datetime.now(UTC) + WINDOW
        return (
            f"left for another day, since {HASHTAGS} hashtags in 7 days are all that Instagram "
            f"allows; the next one frees on {frees:%Y-%m-%d at %H:%M} UTC: "
            f"{', '.join(f'#{tag}' for tag in refused)}"
        )

    def _tag(self, tag: str) -> Iterator[Post]:
        self._memory.announce(self._account, tag, datetime.now(UTC), WINDOW)
        remote_id = self._memory.known_id(tag)
        if remote_id is None:
            answer = self._ask("/ig_hashtag_search", q=tag)
            found = answer.json.get("data") if isinstance(answer.json, dict) else None
            if not isinstance(found, list) or not found or "id" not in found[0]:
                raise SourceError(f"Instagram answered without the id of #{tag}")
            remote_id = str(found[0]["id"])
            self._memory.learn_id(self._account, tag, remote_id)
        for edge in ("recent_media", "top_media") if self._top else ("recent_media",):
            yield from self._edge(f"/{remote_id}/{edge}")

    def _edge(self, path: str) -> Iterator[Post]:
        """Read an edge to its end; its cursor may stay the same and still lead to the next page."""
        after: dict[str, str] = {}
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            answer = self._ask(path, fields=FIELDS, limit=PAGE, **after)
            page = answer.json.get("data") if isinstance(answer.json, dict) else None
            if not isinstance(page, list):
                raise SourceError("Instagram answered with something else than a list of media")
            ids = {str(media.get("id")) for media in page if isinstance(media, dict)}
            for media in page:
                try:
                    post = post_of(media)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    self._notice(f"Instagram: a post is not as documented ({error!r}); left out")
                    continue
                if not (self._since and post.published_at and post.published_at < self._since):
                    yield post
            paging = answer.json.get("paging") or {}
            cursor = (paging.get("cursors") or {}).get("after")
            if not cursor or not page or "next" not in paging or ids <= seen:
                return
            seen |= ids
            after = {"after": str(cursor)}

    def _ask(self, path: str, **parameters: str | int) -> Answer:
        asked = {"user_id": self._account, **parameters, "access_token": self._token}
        answer = self._client.get(path, asked)
        limit = graph.read_limit(answer)
        if limit:
            self._memory.note_usage(
                self.kind, self._account, used=limit.used, allowed=limit.allowed, unit="%"
            )
        return answer


def budget(memory: Memory, account: str, now: datetime | None = None) -> Budget:
    """Return what an account may still ask about."""
    counting = tuple(memory.asked(account, (now or datetime.now(UTC)) - WINDOW))
    frees = counting[0].asked_at + WINDOW if counting else None
    return Budget(counting, max(HASHTAGS - len(counting), 0), frees)


def post_of(media: dict[str, Any]) -> Post:
    """Return the post that a medium of the API is; of a video nothing but its hashtags is read."""
    kind = media.get("media_type")
    parts = media.get("children", {}).get("data", []) if kind == "CAROUSEL_ALBUM" else [media]
    return Post(
        external_id=str(media["id"]),
        media=tuple(
            dict.fromkeys(
                str(part["media_url"])
                for part in parts
                if part.get("media_type") == "IMAGE" and part.get("media_url")
            )
        ),
        hashtags=hashtags_in(media.get("caption")),
        published_at=fields.time(media.get("timestamp")),
        url=fields.text(media.get("permalink")),
    )
