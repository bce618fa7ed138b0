"""Ages and gender hints in hashtags: one grammar, one lexicon file per language.

A new language is one file with a `LEXICON` and its name in `LEXICONS` of `reader.py`.
"""

from __future__ import annotations

from curation.hashtags.combine import AgeClaim, combine, contradiction
from curation.hashtags.reader import AgeReading, read_hashtag, read_hashtags

__all__ = [
    "AgeClaim",
    "AgeReading",
    "combine",
    "contradiction",
    "read_hashtag",
    "read_hashtags",
]
