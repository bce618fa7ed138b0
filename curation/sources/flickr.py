"""Flickr: photographs by tag and licence, by its official API.

`flickr.photos.search` (flickr.com/services/api/flickr.photos.search.html) gives at most the first
4,000 results of any search. So the time of upload is cut into slices, each halved until what it
holds is fewer than that. How far was read is remembered per tag and licences as one stretch of
time, which grows upwards with every run, and downwards where `since` asks for earlier ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from curation.errors import InputError, SettingsError, SourceError
from curation.sources import Notice, fields
from curation.sources.about import About
from curation.sources.api import Answer, ApiClient, Problem, Token
from curation.sources.captions import tags_to_ask
from curation.sources.limits import Bucket
from curation.sources.memory import Memory
from curation.sources.post import Mark, Post
from curation.sources.waiting import Wait, wait_quietly

KEY = "EVENFACE_FLICKR_KEY"
SERVER = "EVENFACE_FLICKR_API"
URL = "https://api.flickr.com"
PATH = "/services/rest/"
PAGE = 500  # the most that the API gives
MOST_RESULTS = 4000  # of one search, whatever its total
PER_HOUR = 3600
BURST = 60
FOUNDED = datetime(2004, 2, 10, tzinfo=UTC)
INDEXING = timedelta(minutes=10)  # a photograph may show in searches this long after its upload
EXTRAS = "license,date_upload,date_taken,geo,tags,media,path_alias,url_o,url_l,url_c,url_z"
SIZES = ("url_l", "url_o", "url_c", "url_z")  # 1024 pixels are enough, the original may be huge

# Short names of `--licence`, as groups of what Flickr's own list resolves to.
OPEN = ("cc0", "pdm", "by", "by-sa")
GROUPS = {"open": OPEN, "cc": (*OPEN, "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")}
DEFAULT_LICENCES = ("open",)


@dataclass(frozen=True)
class Licence:
    """A licence of Flickr's list: its number there, its short name, and what we store."""

    number: str
    short: str
    written: str


class FlickrSource:
    """The public photographs under some tags and licences, uploaded since a date."""

    kind: ClassVar[str] = "flickr"
    live: ClassVar[bool] = True
    about: ClassVar[About] = About(
        reads="photographs by tag and licence, with the country where they were taken",
        access="official API",
        needs=(KEY,),
        limits="3,600 requests an hour, 4,000 results a search (cut by date for more)",
    )

    def __init__(
        self,
        tags: Sequence[str],
        *,
        key: str | None,
        licences: Sequence[str] = DEFAULT_LICENCES,
        memory: Memory | None = None,
        since: datetime | None = None,
        url: str | None = None,
        notice: Notice | None = None,
        wait: Wait = wait_quietly,
        now: datetime | None = None,
    ) -> None:
        """Check what was given; nothing is asked yet.

        Raises:
            SettingsError: the key is missing.
            InputError: there is no tag, or a licence is not known.
        """
        if not key:
            raise SettingsError(
                f"{KEY} is not set; put a Flickr API key there "
                "(`curate sources` says what each source needs)"
            )
        self._tags = tags_to_ask(tags)
        self._licences = licence_names(licences)
        self._memory = memory
        self._since = since or FOUNDED
        self._now = now
        self._notice = notice or (lambda sentence: None)
        self._key = key
        self._client = ApiClient(
            "Flickr",
            url or URL,
            token=Token(key, KEY),
            explain=explain,
            bucket=Bucket(PER_HOUR / 3600, BURST),
            wait=wait,
        )
        self._asked = 0

    @property
    def name(self) -> str:
        """One source for all of Flickr: ids of photographs are its own."""
        return "flickr"

    def plan(self) -> Iterator[str]:
        """Yield what would be asked, in sentences; asks nothing."""
        for tag in self._tags:
            stretches = [
                f"{_day(low)} to {_day(high)}" for low, high, _ in self._gaps(self._position(tag))
            ]
            yield (
                f"Flickr: photographs tagged {tag} under {', '.join(self._licences)}, uploaded "
                f"{' and '.join(stretches)}"
            )

    def posts(self) -> Iterator[Post | Mark]:
        """Yield the photographs of every tag, with a mark after each slice of time.

        Raises:
            SourceError: the API refuses or cannot be reached.
        """
        try:
            licences = self._resolve()
            for tag in self._tags:
                position = self._position(tag)
                for low, high, upwards in self._gaps(position):
                    for slice_ in self._slices(tag, licences, low, high, upwards, position):
                        yield from slice_
        finally:
            self._client.close()

    def _gaps(self, position: dict[str, Any]) -> list[tuple[int, int, bool]]:
        """Return what is not read yet as (first second, last second, read upwards?)."""
        now = int((self._now or datetime.now(UTC)).timestamp())
        since = int(self._since.timestamp())
        if "until" not in position:
            return [(since, now, True)]
        # Whatever `since` says: the stretch that was read must stay in one piece.
        gaps = [(int(position["until"] + 1 - INDEXING.total_seconds()), now, True)]
        if since < position["from"]:
            gaps.append((since, int(position["from"]) - 1, False))
        return gaps

    def _slices(
        self,
        tag: str,
        licences: dict[str, Licence],
        low: int,
        high: int,
        upwards: bool,
        position: dict[str, Any],
    ) -> Iterator[Iterator[Post | Mark]]:
        """Yield the slices of a stretch, from the end that was read before."""
        waiting = [(low, high)]
        while waiting:
            first, last = waiting.pop()
            if first > last:
                continue
            answer = self._search(tag, licences, first, last, 1)
            total = int(answer["total"])
            if total > MOST_RESULTS and first < last:
                middle = (first + last) // 2
                halves = [(first, middle), (middle + 1, last)]
                waiting += reversed(halves) if upwards else halves
                continue
            if total > MOST_RESULTS:
                self._notice(
                    f"Flickr: {total:,} photographs tagged {tag} were uploaded in the second "
                    f"{first}; it shows {MOST_RESULTS:,} of them"
                )
            yield self._slice(tag, licences, first, last, answer)
            if "until" not in position:
                position |= {"from": first, "until": last}
            elif upwards:
                position["until"] = max(last, position["until"])
            else:
                position["from"] = first
            yield iter([Mark(self._stream(tag), dict(position))])

    def _slice(
        self, tag: str, licences: dict[str, Licence], first: int, last: int, answer: dict[str, Any]
    ) -> Iterator[Post]:
        page = 1
        while True:
            for photo in answer["photo"]:
                try:
                    yield post_of(photo, licences)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    self._notice(f"Flickr: a photograph is not as documented ({error!r}); left out")
            page += 1
            if page > min(int(answer["pages"]), MOST_RESULTS // PAGE) or not answer["photo"]:
                return
            answer = self._search(tag, licences, first, last, page)

    def _search(
        self, tag: str, licences: dict[str, Licence], first: int, last: int, page: int
    ) -> dict[str, Any]:
        answer = self._ask(
            "flickr.photos.search",
            tags=tag,
            license=",".join(sorted(licences, key=int)),
            min_upload_date=first,
            max_upload_date=last,
            sort="date-posted-asc",
            safe_search=1,
            content_type=1,
            media="photos",
            extras=EXTRAS,
            per_page=PAGE,
            page=page,
        )
        found = answer.get("photos")
        if not isinstance(found, dict) or not isinstance(found.get("photo"), list):
            raise SourceError("Flickr answered with something else than a list of photographs")
        return found

    def _resolve(self) -> dict[str, Licence]:
        """Return the licences that are meant, by their numbers in Flickr's own list."""
        answer = self._ask("flickr.photos.licenses.getInfo")
        listed = (answer.get("licenses") or {}).get("license")
        if not isinstance(listed, list):
            raise SourceError("Flickr answered without its list of licences")
        known = [licence_of(entry) for entry in listed if isinstance(entry, dict)]
        return {licence.number: licence for licence in known if licence.short in self._licences}

    def _ask(self, method: str, **parameters: str | int) -> dict[str, Any]:
        answer = self._client.get(
            PATH,
            {
                "method": method,
                "api_key": self._key,
                "format": "json",
                "nojsoncallback": 1,
                **parameters,
            },
        )
        self._asked += 1
        if self._memory and self._asked % 10 == 1:
            self._note_usage()
        if not isinstance(answer.json, dict):
            raise SourceError("Flickr answered with something else than a JSON object")
        return answer.json

    def _note_usage(self) -> None:
        assert self._memory is not None
        self._memory.note_usage(
            self.kind,
            self._client.server,
            used=self._asked,
            allowed=PER_HOUR,
            unit="requests",
            resets_at=datetime.now(UTC) + timedelta(hours=1),
        )

    def _stream(self, tag: str) -> str:
        return f"{tag} ({','.join(self._licences)})"

    def _position(self, tag: str) -> dict[str, Any]:
        return self._memory.position(self.name, self._stream(tag)) if self._memory else {}


def post_of(photo: dict[str, Any], licences: dict[str, Licence]) -> Post:
    """Return the post that a photograph of the API is."""
    licence = licences.get(str(photo.get("license")))
    owner = str(photo["owner"])
    latitude, longitude = float(photo.get("latitude") or 0), float(photo.get("longitude") or 0)
    placed = (latitude, longitude) != (0.0, 0.0) and str(photo.get("accuracy") or "0") != "0"
    uploaded = photo.get("dateupload")
    return Post(
        external_id=str(photo["id"]),
        media=tuple(str(photo[size]) for size in SIZES if photo.get(size))[:1],
        hashtags=fields.hashtags(photo.get("tags")),
        author=owner,
        published_at=datetime.fromtimestamp(int(uploaded), UTC) if uploaded else None,
        url=f"https://www.flickr.com/photos/{photo.get('pathalias') or owner}/{photo['id']}/",
        licence=licence.written if licence else None,
        coordinates=(latitude, longitude) if placed else None,
    )


def licence_of(entry: dict[str, Any]) -> Licence:
    """Return a licence of `flickr.photos.licenses.getInfo`, named after its address."""
    number, name = str(entry["id"]), str(entry.get("name") or "")
    path = urlsplit(str(entry.get("url") or "")).path
    match = re.search(r"/licenses/([a-z-]+)/([\d.]+)", path)
    if match:
        return Licence(number, match[1], f"CC-{match[1].upper()}-{match[2]}")
    if "/publicdomain/zero/" in path:
        return Licence(number, "cc0", "CC0-1.0")
    if "/publicdomain/mark/" in path:
        return Licence(number, "pdm", "PDM-1.0")
    short = "-".join(re.findall(r"[a-z]+", name.lower()))
    return Licence(number, short or number, name or f"Flickr licence {number}")


def licence_names(given: Sequence[str]) -> tuple[str, ...]:
    """Return short names of licences; `open` and `cc` stand for several.

    Raises:
        InputError: one is not known.
    """
    names: set[str] = set()
    for written in given:
        for name in re.split(r"[\s,]+", written.strip().lower()):
            bare = name.removeprefix("cc-")
            if bare in GROUPS:
                names.update(GROUPS[bare])
            elif bare in GROUPS["cc"]:
                names.add(bare)
            else:
                known = ", ".join((*GROUPS, *GROUPS["cc"]))
                raise InputError(f"--licence: {name!r} is not known (known: {known})")
    if not names:
        raise InputError("--licence: no licence was named")
    return tuple(sorted(names))


def explain(answer: Answer) -> Problem | None:
    """Return what `stat: fail` means (the codes of flickr.photos.search)."""
    if not isinstance(answer.json, dict) or answer.json.get("stat") != "fail":
        return None
    code = str(answer.json.get("code"))
    said = str(answer.json.get("message") or "no reason given")[:200]
    sentence = f"Flickr refuses: {said} (code {code})"
    if code == "100":
        return Problem("refuse", f"{sentence}; the key in {KEY} is not valid or has expired")
    if code in ("10", "105", "106"):  # search, service, operation: unavailable
        return Problem("retry", sentence)
    return Problem("refuse", sentence, code=code)


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
