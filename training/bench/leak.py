"""What of a test set a network may have seen in training."""

from __future__ import annotations

from enum import StrEnum


class Leak(StrEnum):
    """A kind of leak, which may be allowed by name."""

    identical = "identical"
    copy = "copy"
    subject = "subject"
