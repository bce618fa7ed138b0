"""Services that are asked by plain HTTP: sending, and reading what went wrong."""

from __future__ import annotations

from typing import Any

import httpx

from curation.errors import TrainingError
from training.bench.predictors.service import BusyError

TIMEOUT = 60.0  # seconds
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def post(service: str, url: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """Return status and JSON of an answer.

    Raises:
        BusyError: no connection, no answer in time, or a status that passes.
        TrainingError: the answer is no JSON.
    """
    try:
        answer = httpx.post(url, timeout=TIMEOUT, **request)
    except httpx.TransportError:
        raise BusyError from None
    if answer.status_code in PASSING:
        wait = answer.headers.get("Retry-After", "")
        raise BusyError(float(wait) if wait.isdecimal() else None)
    try:
        content: dict[str, Any] = answer.json()
    except ValueError:
        raise TrainingError(
            f"{service} answered with status {answer.status_code} and no JSON"
        ) from None
    return answer.status_code, content
