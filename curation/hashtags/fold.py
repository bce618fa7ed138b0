"""One spelling for all the ways a hashtag can be written: case, accents, widths, separators."""

from __future__ import annotations

import re
import unicodedata

# Between two digits a separator stays, so that `turning_20_21` is not 2021.
_SEPARATORS = re.compile(r"(?<!\d)[-_'’`·・\s]+|[-_'’`·・\s]+(?!\d)")
_BETWEEN_DIGITS = re.compile(r"[0-9][-_'\s]+[0-9]")  # in ASCII

# Marks that many writers leave out, and letters that they exchange for one another.
_FOLDED = {
    **dict.fromkeys(range(0x0300, 0x0370)),  # Latin and Cyrillic accents, once decomposed
    **dict.fromkeys(range(0x0610, 0x061B)),
    **dict.fromkeys(range(0x064B, 0x0660)),  # tashkeel, and hamza above and below
    **dict.fromkeys((0x0670, 0x0640)),  # small alef, tatweel
    **dict.fromkeys((0x200B, 0x200C, 0x200D, 0xFE0E, 0xFE0F, 0x20E3)),  # joiners, emoji marks
    0x093C: None,  # nukta
    ord("ı"): "i",
    ord("ł"): "l",
    ord("ø"): "o",
    ord("æ"): "ae",
    ord("œ"): "oe",
    ord("ٱ"): "ا",
    ord("ى"): "ي",
    ord("ی"): "ي",
    ord("ک"): "ك",
    ord("ة"): "ه",
    ord("ँ"): "ं",
}
# The nasal before a consonant is written as a letter or as a dot.
_NASAL = re.compile("[ङञणनम]्(?=[क-य])")
_GRAPHICAL = re.compile(r"º|ª|°")


def squash(tag: str) -> str:
    """Return `tag` as the rules see it: one case, no accents, no separators.

    Compatibility forms (full-width, ligatures, composed or decomposed letters) become one;
    Arabic loses its vowel signs and hamza seats, Devanagari its nukta, with one sign for every
    nasal. Digits of every script stay, since `int` reads them all. A half is written `.5`.
    """
    if tag.isascii():
        text = tag.lower()
        if text.isalnum():
            return text
        if _BETWEEN_DIGITS.search(text):
            return _SEPARATORS.sub("", text)
        text = text.replace("_", "")
        if text.isalnum():
            return text
        text = text.replace("-", "").replace("'", "")
        return "".join(text.replace("`", "").split())
    text = tag.replace("½", ".5")
    if "º" in text or "ª" in text or "°" in text:
        text = _GRAPHICAL.sub(lambda found: "a" if found[0] == "ª" else "o", text)
    text = unicodedata.normalize("NFKD", text.casefold()).translate(_FOLDED)
    text = unicodedata.normalize("NFKC", text).casefold()
    if "्" in text:
        text = _NASAL.sub("ं", text)
    return _SEPARATORS.sub("", text)


def locate(tag: str, start: int, end: int) -> tuple[int, int]:
    """Return where `start:end` of the squashed hashtag stands in `tag` as written."""
    if tag.isascii():  # squashing only left letters out
        text = squash(tag)
        if len(text) == len(tag):
            return start, end
        written = tag.lower()
        places: list[int] = []
        for letter in text[:end]:
            places.append(written.index(letter, places[-1] + 1 if places else 0))
        return places[start], places[-1] + 1
    lengths = [len(squash(tag[:index])) for index in range(len(tag) + 1)]
    first = max(index for index, length in enumerate(lengths) if length <= start)
    last = min((index for index, length in enumerate(lengths) if length >= end), default=len(tag))
    return first, last
