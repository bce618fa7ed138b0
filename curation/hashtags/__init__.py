"""Ages and gender hints in hashtags: one grammar, one lexicon file per language.

A new language is one file in `lexicons/` with a `LEXICON`, and its name in the registry there.
"""

from __future__ import annotations

from curation.hashtags.combine import AgeClaim, combine, contradiction
from curation.hashtags.gender import GenderReading, read_gender, read_genders
from curation.hashtags.reader import AgeReading, read_hashtag, read_hashtags

__all__ = [
    "AgeClaim",
    "AgeReading",
    "GenderReading",
    "combine",
    "contradiction",
    "read_gender",
    "read_genders",
    "read_hashtag",
    "read_hashtags",
]
