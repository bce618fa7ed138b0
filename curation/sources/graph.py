"""The Graph API's own words: error envelopes, usage headers, and what they mean for us.

Sources: developers.facebook.com/docs/graph-api/overview/rate-limiting and …/guides/error-handling,
…/docs/instagram-platform/instagram-graph-api/reference/error-codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from curation.sources.api import Answer, Problem
from curation.sources.limits import Limit

TOKEN = "EVENFACE_INSTAGRAM_TOKEN"
NO_SUCH_HASHTAG = "no-such-hashtag"
TOO_MANY_HASHTAGS = "too-many-hashtags"

# 4 the app, 17 the user, 32 the page, 613 a custom limit, 80002 Instagram's business use case.
_RATE_LIMITS = frozenset({4, 17, 32, 613, 80002})
_PASSING = frozenset({1, 2})  # unknown, service: "possibly a temporary issue"
_HASHTAG_UNKNOWN = 2207024
_HASHTAGS_SPENT = 2207034
_FULL = 95.0  # percent of a limit from which we wait before the API refuses
_PLATFORM_WINDOW = timedelta(minutes=5)  # the limit rolls over an hour: some of it frees meanwhile


def explain(answer: Answer) -> Problem | None:
    """Return what an error envelope means, or None where there is none."""
    envelope = answer.json.get("error") if isinstance(answer.json, dict) else None
    if not isinstance(envelope, dict):
        return None
    code, subcode = envelope.get("code"), envelope.get("error_subcode")
    said = str(envelope.get("error_user_msg") or envelope.get("message") or "no reason given")[:300]
    sentence = f"Instagram refuses: {said} (code {code}{f'/{subcode}' if subcode else ''})"
    if code == 190:
        return Problem(
            "refuse", f"{sentence}; the token in {TOKEN} has expired or was revoked: make a new one"
        )
    if code in _RATE_LIMITS:
        limit = read_limit(answer)
        seconds = limit.seconds_left() if limit and limit.exhausted else None
        return Problem("wait", f"Instagram's rate limit is used up (code {code})", seconds or 300.0)
    if subcode == _HASHTAGS_SPENT or code == 18:
        return Problem("refuse", sentence, code=TOO_MANY_HASHTAGS)
    if subcode == _HASHTAG_UNKNOWN:
        return Problem("refuse", sentence, code=NO_SUCH_HASHTAG)
    if code == 10 or (isinstance(code, int) and 200 <= code <= 299):
        return Problem(
            "refuse",
            f"{sentence}; the app needs the permission instagram_basic and the reviewed feature "
            "Instagram Public Content Access",
        )
    if code in _PASSING or envelope.get("is_transient"):
        return Problem("retry", sentence)
    return Problem("refuse", sentence, code=str(code))


def read_limit(answer: Answer) -> Limit | None:
    """Return the fullest of the limits in `X-App-Usage` and `X-Business-Use-Case-Usage`.

    Their numbers are percent; `estimated_time_to_regain_access` is in minutes.
    """
    usages = [usage for usage in _usages(answer) if usage]
    if not usages:
        return None
    used, minutes = max(usages)
    now = datetime.now(UTC)
    resets_at = now + (timedelta(minutes=minutes) if minutes else _PLATFORM_WINDOW)
    sentence = f"{used:.0f} % of its rate limit is used"
    return Limit(used, 100.0, resets_at, used >= _FULL or minutes > 0, sentence)


def _usages(answer: Answer) -> Iterator[tuple[float, float]]:
    app = _parsed(answer.headers.get("x-app-usage"))
    if isinstance(app, dict):
        yield _fullest(app), 0.0
    business = _parsed(answer.headers.get("x-business-use-case-usage"))
    for entries in business.values() if isinstance(business, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield _fullest(entry), _number(entry.get("estimated_time_to_regain_access"))


def _fullest(usage: dict[str, Any]) -> float:
    return max(_number(usage.get(name)) for name in ("call_count", "total_time", "total_cputime"))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _parsed(header: str | None) -> Any:
    try:
        return json.loads(header or "null")
    except ValueError:
        return None
