"""The languages that moderators may be asked in, by their ISO 639-1 codes."""

from __future__ import annotations

from curation.moderation.questions import english, russian, spanish
from curation.moderation.questions.wording import Wording

WORDINGS: dict[str, Wording] = {
    "en": english.WORDING,
    "ru": russian.WORDING,
    "es": spanish.WORDING,
}
