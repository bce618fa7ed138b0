"""Mastodon: the hashtag timelines of any instance, by its official API.

`GET /api/v1/timelines/tag/:hashtag` (docs.joinmastodon.org/methods/timelines), 40 statuses a
page, paged by the `Link` header. What lies between the oldest and the newest status that was read
is remembered per hashtag: the next run reads only what is newer (`min_id`), and goes on below
(`max_id`) where an earlier one was interrupted or asked for less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from curation.errors import InputError, SourceError
from curation.sources import Notice, fields
from curation.sources.about import About
from curation.sources.api import Answer, ApiClient, Problem, RefusedError, Token
from curation.sources.captions import as_written, hashtags_in, plain, tags_to_ask
from curation.sources.limits import Limit
from curation.sources.memory import Memory
from curation.sources.post import Mark, Post
from curation.sources.waiting import Wait, wait_quietly

TOKEN = "EVENFACE_MASTODON_TOKEN"
PAGE = 40  # the most that the API gives
UNKNOWN = "unknown-hashtag"

# What people write into their profile to say: leave me alone.
_LEAVE_ALONE = re.compile(
    r"(?<!\w)#?(nobots?|noindex|noai|norobots?|no[-_ ]?scraping|no[-_ ]?archive|noindexing)(?!\w)",
    re.IGNORECASE,
)


class MastodonSource:
    """The public statuses with pictures that an instance shows under some hashtags.

    Refused are statuses marked sensitive, and those of accounts that opted out of being indexed,
    or (unless `also_not_indexable`) never opted in where they were asked.
    """

    kind: ClassVar[str] = "mastodon"
    live: ClassVar[bool] = True
    about: ClassVar[About] = About(
        reads="posts with pictures under a hashtag, of any instance",
        access="official API",
        may_use=(TOKEN,),
        limits="300 requests in 5 minutes, 40 posts each",
    )

    def __init__(
        self,
        instance: str,
        tags: Sequence[str],
        *,
        memory: Memory | None = None,
        token: str | None = None,
        since: datetime | None = None,
        local: bool = False,
        also_not_indexable: bool = False,
        notice: Notice | None = None,
        wait: Wait = wait_quietly,
    ) -> None:
        """Check what was given; nothing is asked yet.

        Raises:
            InputError: the instance is no address, or there is no hashtag.
        """
        self._url = instance_url(instance)
        self._tags = tags_to_ask(tags)
        self._memory = memory
        self._since = since
        self._local = local
        self._also_not_indexable = also_not_indexable
        self._notice = notice or (lambda sentence: None)
        secret = Token(token, TOKEN) if token else None
        self._client = ApiClient(
            urlsplit(self._url).netloc,
            self._url,
            token=secret,
            variable=TOKEN,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            explain=_explain(token is not None),
            read_limit=read_limit,
            wait=wait,
        )

    @property
    def name(self) -> str:
        """The instance's address."""
        return self._url

    def plan(self) -> Iterator[str]:
        """Yield what would be asked, in sentences; asks nothing."""
        for tag in self._tags:
            position = self._position(tag)
            newer = f", newer than {position['newest']}" if position.get("newest") else ""
            yield f"{self._url}: posts with pictures under #{tag}{newer}"

    def posts(self) -> Iterator[Post | Mark]:
        """Yield the posts of every hashtag that are not known yet, with marks after each page.

        Raises:
            SourceError: the instance refuses or cannot be reached.
        """
        try:
            for tag in self._tags:
                yield from self._tag(tag)
        finally:
            self._client.close()

    def _tag(self, tag: str) -> Iterator[Post | Mark]:
        position = self._position(tag)
        if position.get("newest"):
            yield from self._newer(tag, position)
        yield from self._older(tag, position)

    def _newer(self, tag: str, position: dict[str, Any]) -> Iterator[Post | Mark]:
        """Read upwards from the newest status that is known, until there is nothing above it."""
        while True:
            statuses, links = self._page(tag, min_id=position["newest"])
            if not statuses:
                return
            yield from self._usable(statuses)
            newest = _cursor(links, "prev", "min_id") or str(statuses[0]["id"])
            if newest == position["newest"]:
                return
            position["newest"] = newest
            yield Mark(tag, dict(position))

    def _older(self, tag: str, position: dict[str, Any]) -> Iterator[Post | Mark]:
        """Read downwards from the oldest status that is known, to `since` or the end."""
        since = self._since.timestamp() if self._since else 0.0
        while not position.get("whole") and position.get("reached", since + 1) > since:
            below = {"max_id": position["oldest"]} if position.get("oldest") else {}
            statuses, links = self._page(tag, **below)
            if not statuses:
                position["whole"] = bool(below)  # an empty timeline may have posts tomorrow
                if below:
                    yield Mark(tag, dict(position))
                return
            wanted = [status for status in statuses if _created(status).timestamp() >= since]
            yield from self._usable(wanted)
            if not position.get("newest"):
                position["newest"] = _cursor(links, "prev", "min_id") or str(statuses[0]["id"])
            if len(wanted) < len(statuses):
                # Below this page everything is older: this far was read, and not to the page's end.
                position["reached"] = since
                if wanted:
                    position["oldest"] = str(wanted[-1]["id"])
                elif not position.get("oldest"):
                    position["oldest"] = _above(statuses[0]["id"])
                yield Mark(tag, dict(position))
                return
            oldest = _cursor(links, "next", "max_id")
            if oldest is None or oldest == position.get("oldest"):
                position["whole"] = True
            else:
                position["oldest"] = oldest
            position["reached"] = _created(statuses[-1]).timestamp()
            yield Mark(tag, dict(position))

    def _page(self, tag: str, **bounds: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
        parameters: dict[str, str | int] = {"only_media": "true", "limit": PAGE, **bounds}
        if self._local:
            parameters["local"] = "true"
        try:
            answer = self._client.get(f"/api/v1/timelines/tag/{quote(tag, safe='')}", parameters)
        except RefusedError as error:
            if error.code != UNKNOWN:
                raise
            return [], {}
        if not isinstance(answer.json, list) or not all(
            isinstance(status, dict) and "id" in status for status in answer.json
        ):
            raise SourceError(f"{self._url} answered with something else than a list of posts")
        limit = read_limit(answer)
        if limit and self._memory:
            self._memory.note_usage(
                self.kind,
                self._client.server,
                used=limit.used,
                allowed=limit.allowed,
                unit="requests",
                resets_at=limit.resets_at,
            )
        return answer.json, dict(answer.links)

    def _usable(self, statuses: Sequence[dict[str, Any]]) -> Iterator[Post]:
        for status in statuses:
            try:
                yield post_of(status, also_not_indexable=self._also_not_indexable)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._notice(f"{self._url}: a post is not as documented ({error!r}); left out")

    def _position(self, tag: str) -> dict[str, Any]:
        return self._memory.position(self.name, tag) if self._memory else {}


def instance_url(written: str) -> str:
    """Return the address of an instance from `mastodon.social` or `https://mastodon.social/`.

    Raises:
        InputError: it is none.
    """
    address = written.strip() if "://" in written else f"https://{written.strip()}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        valid = valid and not parts.username and not re.search(r"[\s\\]", address)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        raise InputError(f"--instance: {written!r} is no address, such as https://mastodon.social")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def post_of(status: dict[str, Any], *, also_not_indexable: bool = False) -> Post:
    """Return the post that a status of the API is; of a boost, the post that was boosted."""
    status = status.get("reblog") or status
    refusal = refusal_of(status, also_not_indexable=also_not_indexable)
    if refusal:
        return Post(external_id=str(status["id"]), media=(), refusal=refusal)
    content = plain(status.get("content"))
    names = [str(tag["name"]) for tag in status.get("tags") or []]
    return Post(
        external_id=str(status["id"]),
        media=tuple(
            str(media.get("url") or media["remote_url"])
            for media in status.get("media_attachments") or []
            if media.get("type") == "image" and (media.get("url") or media.get("remote_url"))
        ),
        hashtags=as_written(names, content) or hashtags_in(content),
        author=str(status["account"].get("url") or status["account"]["acct"]),
        published_at=_created(status),
        url=fields.text(status.get("url") or status.get("uri")),
    )


def refusal_of(status: dict[str, Any], *, also_not_indexable: bool = False) -> str | None:
    """Return why a status must not be used, in a word, or None."""
    account = status.get("account") or {}
    profile = [account.get("note"), account.get("display_name")]
    for entry in account.get("fields") or []:
        profile += [entry.get("name"), entry.get("value")]
    if any(_LEAVE_ALONE.search(plain(text)) for text in profile if text):
        return "nobot"
    if account.get("noindex") is True:
        return "noindex"
    if status.get("visibility", "public") != "public":
        return "not-public"
    if account.get("suspended") or account.get("limited"):
        return "limited-account"
    if not also_not_indexable:
        if account.get("indexable") is False:
            return "not-indexable"
        if account.get("discoverable") is False:
            return "not-discoverable"
    return "sensitive" if status.get("sensitive") else None


def read_limit(answer: Answer) -> Limit | None:
    """Return what the `X-RateLimit-*` headers say (docs.joinmastodon.org/api/rate-limits)."""
    try:
        allowed = float(answer.headers["x-ratelimit-limit"])
        left = float(answer.headers["x-ratelimit-remaining"])
    except (KeyError, ValueError):
        allowed, left = 0.0, 1.0
    try:
        resets_at = fields.time(answer.headers.get("x-ratelimit-reset"))
    except ValueError:
        resets_at = None
    if not allowed and resets_at is None:
        return None
    at = f" until {resets_at:%H:%M:%S} UTC" if resets_at else ""
    sentence = f"all of its {allowed:.0f} requests are used{at}"
    return Limit(allowed - left, allowed, resets_at, left < 1, sentence)


def _explain(with_token: bool) -> Any:
    def explain(answer: Answer) -> Problem | None:
        """Read 401, 403 and 422 (only for members), and 404 (nobody ever used the hashtag)."""
        said = answer.json.get("error", "") if isinstance(answer.json, dict) else ""
        if answer.status == 404 and said:
            return Problem("refuse", f"the instance answered 404: {said}", code=UNKNOWN)
        if answer.status not in (401, 403, 422):
            return None
        if with_token:
            way_out = f"the token in {TOKEN} is not accepted (it needs the scope read:statuses)"
        else:
            way_out = (
                "this instance shows hashtags to its members only; set "
                f"{TOKEN} to a token of an account there (scope read:statuses)"
            )
        reason = f": {said[:200]}" if isinstance(said, str) and said else ""
        return Problem("refuse", f"the instance answered {answer.status}{reason}; {way_out}")

    return explain


def _created(status: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(status["created_at"])).astimezone(UTC)


def _cursor(links: dict[str, str], relation: str, name: str) -> str | None:
    found = parse_qs(urlsplit(links.get(relation, "")).query).get(name)
    return found[0] if found else None


def _above(status_id: Any) -> str:
    """Return an id just above this one; where ids are no numbers, the id itself."""
    written = str(status_id)
    return str(int(written) + 1) if written.isdecimal() else written
