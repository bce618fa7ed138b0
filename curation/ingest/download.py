"""Bytes of one picture: from a file on this machine, or over http(s)."""

from __future__ import annotations

import os
import ssl
import stat
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

import httpx

TRIES = 3
FIRST_PAUSE = 0.5  # seconds; doubled after each try
REDIRECTS = 5
WHOLE_ANSWER = 4  # times the timeout: a server that drips is given up, too

# Of the server's answers those that may be different another time.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Refused:
    """These bytes cannot be had, now or (when `passing`) this time: a short reason, a sentence."""

    reason: str
    detail: str
    passing: bool = False


class Downloader:
    """Reads files and addresses while it is entered; safe to use from several threads.

    `certificates` is made once per process by `httpx.create_ssl_context`, which takes longer than
    a small picture.
    """

    def __init__(self, max_bytes: int, timeout: float, certificates: ssl.SSLContext) -> None:
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._client = httpx.Client(
            verify=certificates,
            follow_redirects=True,
            max_redirects=REDIRECTS,
            timeout=timeout,
            headers={
                "User-Agent": f"evenface/{version('evenface')}",
                "Accept": "image/*",
                "Accept-Encoding": "identity",  # images do not shrink, and nothing may blow up
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str) -> bytes | Refused:
        """Return the bytes at a path or http(s) address, or why they cannot be had."""
        if not url.lower().startswith(("http://", "https://")):
            return self._read(Path(url))
        pause = FIRST_PAUSE
        for attempt in range(TRIES):
            if attempt:
                time.sleep(pause)
                pause *= 2
            answer = self._request(url)
            if isinstance(answer, bytes) or not answer.passing:
                break
        return answer

    def _read(self, path: Path) -> bytes | Refused:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe must not wait
        except (FileNotFoundError, NotADirectoryError):
            return Refused("missing-file", f"{path} does not exist")
        except (OSError, ValueError) as error:
            return Refused("unreadable-file", f"{path} cannot be read: {error}")
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return Refused("missing-file", f"{path} is not a regular file")
            if status.st_size > self._max_bytes:
                return self._too_large(status.st_size)
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(self._max_bytes + 1)
        except OSError as error:
            return Refused("unreadable-file", f"{path} cannot be read: {error}")
        finally:
            os.close(handle)
        return content if len(content) <= self._max_bytes else self._too_large(len(content))

    def _request(self, url: str) -> bytes | Refused:
        deadline = time.monotonic() + WHOLE_ANSWER * self._timeout
        try:
            with self._client.stream("GET", url) as response:
                status = response.status_code
                if status != httpx.codes.OK:
                    detail = f"{url} answered {status} {response.reason_phrase}".rstrip()
                    return Refused(f"http-{status}", detail, status in PASSING)
                announced = response.headers.get("Content-Length", "")
                if announced.isdecimal() and int(announced) > self._max_bytes:
                    return self._too_large(int(announced))
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > self._max_bytes:
                        return self._too_large(len(content))
                    if time.monotonic() > deadline:
                        return Refused("unreachable", f"{url} sent too slowly", True)
                return bytes(content)
        except httpx.TooManyRedirects:
            return Refused("too-many-redirects", f"{url} redirects more than {REDIRECTS} times")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
            return Refused("bad-address", f"{url} is or leads to no http(s) address: {error}")
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            return Refused("unreachable", f"{url} could not be fetched: {what}", True)

    def _too_large(self, size: int) -> Refused:
        return Refused(
            "too-large", f"{size:,} bytes or more, at most {self._max_bytes:,} (ingest.max_bytes)"
        )
