"""What holds for any text at all."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.hashtags import read_gender, read_hashtag
from curation.hashtags.fold import locate, squash
from curation.hashtags.lexicons import LEXICONS

WORDS = sorted({word for lexicon in LEXICONS for words in lexicon.words.values()
                for word in words.split()})  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.integers(0, 130).map(str),
    st.sampled_from(["_", "-", "#", "½", "٢", "５", "th", "४", "ß", "İ", "ı", "K"]),
    st.text(max_size=4),
)
TAGS = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=6).map("".join))


@given(TAGS)
@settings(max_examples=1500, deadline=None)
def test_any_text_is_read_or_not_and_never_an_error(tag: str) -> None:
    reading = read_hashtag(tag)
    if reading is not None:
        assert 0 <= reading.age_years <= 120
        assert 0 < reading.confidence <= 1
        start, end = reading.span
        assert 0 <= start < end <= len(reading.tag)
    hint = read_gender(tag)
    assert hint is None or (hint.gender in ("female", "male") and 0 < hint.confidence <= 0.6)


@given(TAGS)
@settings(max_examples=1000, deadline=None)
def test_squashing_a_squashed_hashtag_changes_nothing(tag: str) -> None:
    assert squash(squash(tag)) == squash(tag)


@given(TAGS)
@settings(max_examples=600, deadline=None)
def test_composed_and_decomposed_spellings_read_alike(tag: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, tag) for form in ("NFC", "NFD"))
    assert squash(composed) == squash(decomposed)


@given(st.lists(st.sampled_from([word for word in WORDS if word.isascii()]), max_size=4),
       st.integers(1, 120))  # fmt: skip
@settings(max_examples=600, deadline=None)
def test_case_and_separators_change_no_age(words: list[str], number: int) -> None:
    words.insert(len(words) // 2, str(number))
    readings = [read_hashtag(form) for form in (
        "".join(words), "_".join(words), "".join(words).upper(),
        "".join(word.capitalize() for word in words), "#" + "-".join(words),
    )]  # fmt: skip
    assert len({reading and reading.age_years for reading in readings}) == 1


@given(st.sampled_from(["turning12", "Happy_7th_Birthday", "мне_5_лет", "عُمْري_٢٥_سنة",
                        "30_yaşındayım", "二十五歳", "my-girl_is_3"]),
       st.sampled_from(["", "#", "xx_", "№"]))  # fmt: skip
def test_the_span_holds_the_number(tag: str, before: str) -> None:
    reading = read_hashtag(before + tag)
    if reading is not None:
        held = reading.tag[slice(*reading.span)]
        assert any(letter.isnumeric() for letter in held)
        assert locate(reading.tag, 0, len(squash(reading.tag)))[0] == 0
