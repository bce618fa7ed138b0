"""One file per language, and the registry of them.

A new language is one file with a `LEXICON`, and its name here. Where two languages read the same
age with the same confidence, the earlier one is named.
"""

from __future__ import annotations

from curation.hashtags.lexicon import Lexicon
from curation.hashtags.lexicons import (
    arabic,
    chinese,
    english,
    french,
    german,
    hindi,
    indonesian,
    italian,
    japanese,
    korean,
    portuguese,
    russian,
    spanish,
    turkish,
)

LEXICONS: tuple[Lexicon, ...] = (
    english.LEXICON,
    spanish.LEXICON,
    portuguese.LEXICON,
    french.LEXICON,
    german.LEXICON,
    italian.LEXICON,
    turkish.LEXICON,
    indonesian.LEXICON,
    russian.LEXICON,
    arabic.LEXICON,
    hindi.LEXICON,
    japanese.LEXICON,
    chinese.LEXICON,
    korean.LEXICON,
)
