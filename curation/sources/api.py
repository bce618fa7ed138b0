"""The client that all API sources ask with: polite, patient, bounded, and silent about tokens.

Passing errors (429, 5xx, no answer) are asked again with exponential back-off and full jitter
(AWS Architecture Blog, "Exponential Backoff And Jitter"); `Retry-After` and rate-limit headers
are waited for, with a sentence. The token is replaced in every answer before it is parsed, since
APIs repeat it (Graph does in `paging.next`), so that nothing made of an answer can hold it, and
redirects to another server are refused.
"""

from __future__ import annotations

import json
import logging
import random
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import httpx

from curation.errors import SettingsError, SourceError, SourceUnavailableError
from curation.sources.limits import Bucket, Limit, retry_after
from curation.sources.waiting import Wait, wait_quietly

TRIES = 5
FIRST_PAUSE = 0.5  # seconds, doubled after each try; the pause is drawn from 0 to this
MOST_WAITS = 3  # times in a row that an API may ask us to wait for its limit
PATIENCE = 3600.0  # seconds; an API that wants more is asked again by another run
TIMEOUT = 30.0  # seconds without a byte
WHOLE_ANSWER = 120.0  # seconds
MAX_BYTES = 20_000_000
REDIRECTS = 3
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
HIDDEN = "[token]"

# They log addresses with their query, and the token stands in the query of two APIs.
for _logger in ("httpx", "httpcore"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Answer:
    """What an API answered: JSON, headers, and the addresses of its `Link` header."""

    status: int
    headers: Mapping[str, str]
    links: Mapping[str, str]
    json: Any


@dataclass(frozen=True)
class Problem:
    """What an API's own error means: "wait" for a limit, "retry" soon, or "refuse" for good."""

    kind: str
    sentence: str
    seconds: float | None = None
    code: str = ""


class RefusedError(SourceError):
    """An API refused in its own words; `code` is its own, for the source to look at."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Token:
    """A secret and the environment variable that it came from."""

    value: str
    variable: str


Explain = Callable[[Answer], Problem | None]
ReadLimit = Callable[[Answer], Limit | None]


class ApiClient:
    """Asks one API. `name` is what sentences call it; `url` is where all its paths start.

    `explain` reads the API's own errors, which may come with status 200; `read_limit` what it
    says of its limit in the headers. `bucket` holds our own pace.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        token: Token | None = None,
        variable: str = "",
        headers: Mapping[str, str] | None = None,
        explain: Explain = lambda answer: None,
        read_limit: ReadLimit = lambda answer: None,
        bucket: Bucket | None = None,
        wait: Wait = wait_quietly,
    ) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.server = urlsplit(url).netloc
        self._token = token
        self._variable = token.variable if token else variable
        self._explain = explain
        self._read_limit = read_limit
        self._bucket = bucket
        self._wait = wait
        self._hold: tuple[float, str] | None = None  # until when (monotonic), and why
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise SettingsError(f"{url!r} is no address of an API ({name})")
        self._client = httpx.Client(
            timeout=TIMEOUT,
            # Reading the trusted certificates takes longer than many a request.
            verify=self.url.startswith("https:"),
            headers={
                "User-Agent": f"evenface/{version('evenface')}",
                "Accept": "application/json",
                **(headers or {}),
            },
        )
        # A source that is dropped half-read gives its connections back, too.
        weakref.finalize(self, self._client.close)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Answer:
        """Return the JSON answer of GET `path`; waits and asks again where that helps.

        Raises:
            SourceUnavailableError: it does not answer this time, or wants a longer wait.
            RefusedError: it refuses in its own words.
            SourceError: it refuses, or what answered is not the API.
        """
        tries, waits = 0, 0
        while True:
            self._wait_for_limit()
            if self._bucket and (seconds := self._bucket.take()) > 0:
                self._wait(seconds, "")
            problem, answer = self._once(path, parameters or {})
            if answer is not None:
                self._respect(answer)
            if problem is None:
                assert answer is not None
                return answer
            if problem.kind == "refuse":
                raise RefusedError(problem.sentence, problem.code)
            if problem.kind == "wait":
                waits += 1
                seconds = problem.seconds or 60.0
                if waits > MOST_WAITS or seconds > PATIENCE:
                    raise SourceUnavailableError(f"{problem.sentence}; run this again later")
                self._wait(seconds, problem.sentence)
                continue
            tries += 1
            if tries >= TRIES:
                raise SourceUnavailableError(f"{problem.sentence} ({TRIES} times)")
            pause = random.uniform(0, FIRST_PAUSE * 2**tries)
            self._wait(max(pause, problem.seconds or 0.0), "")

    def hide(self, text: str) -> str:
        """Return `text` without the token, however it is written in an address."""
        if self._token is None:
            return text
        for written in {
            self._token.value,
            quote(self._token.value, ""),
            quote_plus(self._token.value),
        }:
            text = text.replace(written, HIDDEN)
        return text

    def _once(
        self, path: str, parameters: Mapping[str, str | int]
    ) -> tuple[Problem | None, Answer | None]:
        try:
            answer = self._fetch(path, parameters)
        except httpx.HTTPError as error:
            why = self.hide(str(error)) or type(error).__name__
            return Problem("retry", f"{self.name} does not answer: {why}"), None
        own = self._explain(answer)
        if own is not None:
            return own, answer
        return self._by_status(path, answer), answer

    def _fetch(self, path: str, parameters: Mapping[str, str | int]) -> Answer:
        address: str = self.url + path
        given: Mapping[str, str | int] | None = parameters
        for _ in range(REDIRECTS + 1):
            deadline = time.monotonic() + WHOLE_ANSWER
            with self._client.stream("GET", address, params=given) as response:
                if not response.is_redirect:
                    return self._read(path, response, deadline)
                target = urljoin(str(response.url), response.headers.get("Location", ""))
            if urlsplit(target)[:2] != urlsplit(address)[:2]:
                to = urlsplit(target)
                raise SourceError(
                    f"{self.name} redirects to {to.scheme}://{to.hostname}, another server, which "
                    "is not followed (it would learn the token); if it has moved, name the new one"
                )
            address, given = target, None
        raise SourceError(f"{self.name} redirects {path} more than {REDIRECTS} times")

    def _read(self, path: str, response: httpx.Response, deadline: float) -> Answer:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_BYTES:
                raise SourceError(f"{self.name} answered {path} with more than {MAX_BYTES:,} bytes")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("it sends too slowly")
        text = self.hide(content.decode("utf-8", "replace"))
        headers = {key.lower(): self.hide(value) for key, value in response.headers.items()}
        links = {
            str(relation): self.hide(str(link.get("url", "")))
            for relation, link in response.links.items()
        }
        status = response.status_code
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            kind = headers.get("content-type", "").partition(";")[0] or "no content type"
            if status == httpx.codes.OK and "json" in kind:
                raise httpx.RemoteProtocolError("its JSON breaks off or is none") from None
            if status == httpx.codes.OK:
                raise SourceError(
                    f"{self.name} answered {path} with {kind} instead of JSON; "
                    f"is {self.url} the address of its API?"
                ) from None
            parsed = None
        return Answer(status, headers, links, parsed)

    def _by_status(self, path: str, answer: Answer) -> Problem | None:
        status = answer.status
        if status == httpx.codes.OK:
            return None
        said = f"{self.name} answered {path} with {status}{_own_words(answer.json)}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            limit = self._read_limit(answer)
            seconds = retry_after(answer.headers) or (limit.seconds_left() if limit else None)
            return Problem("wait", f"{self.name} asks us to wait (429)", seconds)
        if status in PASSING:
            return Problem("retry", said, retry_after(answer.headers))
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) and self._variable:
            how = (
                f"the token in {self._variable} is not accepted"
                if self._token
                else f"it wants a token; set {self._variable}"
            )
            return Problem("refuse", f"{said}: {how}", code=str(status))
        return Problem("refuse", said, code=str(status))

    def _respect(self, answer: Answer) -> None:
        """Hold the next request, if there is one, where the headers say that none is left."""
        limit = self._read_limit(answer)
        if limit and limit.exhausted and answer.status != httpx.codes.TOO_MANY_REQUESTS:
            until = time.monotonic() + limit.seconds_left()
            self._hold = until, f"{self.name}: {limit.sentence}"

    def _wait_for_limit(self) -> None:
        if self._hold is None:
            return
        (until, sentence), self._hold = self._hold, None
        seconds = until - time.monotonic()
        if seconds > PATIENCE:
            raise SourceUnavailableError(f"{sentence}; run this again later")
        if seconds > 0:
            self._wait(seconds, sentence)


def _own_words(answered: Any) -> str:
    if isinstance(answered, dict):
        for key in ("error_description", "error", "message"):
            if isinstance(answered.get(key), str):
                return f" ({answered[key][:200]})"
    return ""
