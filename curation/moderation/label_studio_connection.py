"""A connection to Label Studio: the only module that imports its SDK, and what its failures mean.

How it is set up follows from how the server behaves:

- No retries by the SDK. It repeats POSTs after dropped connections and 5xx answers, which makes
  second tasks; only the caller knows how to find out what was done (`InterruptedRequestError`).
- No keep-alive. On the server's own web server it costs 44 ms a request.
- A timeout and redirects, which a client of one's own would otherwise lack.

Every failure leaves as a `LabelStudioError`.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from curation.errors import LabelStudioError

TIMEOUT_SECONDS = 120.0


class InterruptedRequestError(LabelStudioError):
    """No answer came: the server may or may not have done what was asked."""


class Connection:
    """A connection to one server with one user's key. Use it in a `with` statement."""

    def __init__(self, url: str, api_key: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=not _is_loopback(self.url),  # no proxy stands between us and ourselves
        )
        self.timeout = timeout
        with self._speaking("connecting"):
            from label_studio_sdk import LabelStudio  # takes over a second to import

            # Its types say less than is true (an import's answer has no ids), so they are not used.
            connect: Any = LabelStudio
            self._sdk = connect(
                base_url=self.url,
                api_key=api_key,
                max_retries=0,
                timeout=timeout,
                httpx_client=self._http,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _get(self, path: str, params: Mapping[str, Any]) -> Any:
        """Ask for what is read in bulk, past the SDK's models: they take most of its time."""
        return self._bulk("GET", path, params)

    def _post(self, path: str, params: Mapping[str, Any], body: object) -> Any:
        """Send what is written in bulk, past the SDK's models."""
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        return self._bulk("POST", path, params, content=content, headers=headers)

    def _bulk(self, method: str, path: str, params: Mapping[str, Any], **sent: Any) -> Any:
        from label_studio_sdk.core.api_error import ApiError

        answer = self._sdk._client_wrapper.httpx_client.request(
            path, method=method, params=dict(params), **sent
        )
        if answer.status_code >= 300:
            raise ApiError(status_code=answer.status_code, body=_body(answer))
        return answer.json()

    def _there(self, ask: Callable[[], object]) -> bool:
        """Ask; return False where the server does not have what is asked for."""
        return self._unless(404, ask)

    def _unless(self, status: int, ask: Callable[[], object]) -> bool:
        """Ask; return False where the server answers with this `status`."""
        from label_studio_sdk.core.api_error import ApiError

        try:
            ask()
        except ApiError as error:
            if error.status_code == status:
                return False
            raise
        return True

    @contextmanager
    def _speaking(self, doing: str) -> Iterator[None]:
        """Turn whatever goes wrong while we are `doing` something into a sentence."""
        from label_studio_sdk.core.api_error import ApiError

        here = f"Label Studio at {self.url}"
        try:
            yield
        except ApiError as error:
            raise self._refusal(error, doing) from error
        except httpx.ConnectError as error:
            raise LabelStudioError(
                f"{here} cannot be reached ({error}); start the workspace's own with "
                "`curate label-studio up`, or see label_studio.url in evenface.toml"
            ) from error
        except httpx.TimeoutException as error:
            raise InterruptedRequestError(
                f"{here} did not answer within {self.timeout:.0f} s while {doing}"
            ) from error
        except httpx.HTTPError as error:
            raise InterruptedRequestError(
                f"the connection to {here} broke while {doing} ({error or type(error).__name__})"
            ) from error
        except (httpx.InvalidURL, ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._stranger(str(error)) from error

    def _refusal(self, error: Any, doing: str) -> LabelStudioError:
        here = f"Label Studio at {self.url}"
        status = int(error.status_code or 0)
        if status < 300:  # it answered, but with nothing that the SDK can read
            return self._stranger(_detail(error))
        if status in (401, 403):
            return LabelStudioError(
                f"{here} refuses the key ({status}) while {doing}: it is wrong, was revoked, or "
                "may not do this; see EVENFACE_LABEL_STUDIO__API_KEY, and the user's account page "
                "for the right one"
            )
        if status == 404:
            return LabelStudioError(
                f"{here} does not have what {doing} needs (404): was the project deleted there, "
                "or is this another server than before? (`curate push --repair` makes again what "
                "is missing)"
            )
        if status >= 500:
            return InterruptedRequestError(
                f"{here} failed while {doing} ({status}: {_detail(error)})"
            )
        return LabelStudioError(f"{here} refused {doing} ({status}: {_detail(error)})")

    def _stranger(self, said: str) -> LabelStudioError:
        return LabelStudioError(
            f"what answers at {self.url} does not speak like Label Studio ({said}); "
            "see label_studio.url in evenface.toml"
        )


def _body(answer: httpx.Response) -> object:
    """Return what an answer says, as the SDK would: its JSON, or else its text."""
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _detail(error: Any) -> str:
    """Return what the server said about it, in one line."""
    if isinstance(error.body, Mapping):
        return str(error.body.get("validation_errors") or error.body.get("detail") or error.body)
    return " ".join(str(error.body or "no reason given").split())[:200]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
