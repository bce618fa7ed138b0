"""`curate hashtags`: what the hashtag reader makes of hashtags, one JSON line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from curation.errors import InputError, UsageError

STANDARD_INPUT = "-"


def hashtags(
    tags: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TAG…",
            help="Hashtags, with or without #; `-` reads them from standard input.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="F", help="A UTF-8 file with one hashtag per line; `-` is standard input."
        ),
    ] = None,
) -> None:
    """Say which age and gender hashtags state, one JSON line per hashtag, in their order.

    `tag` is the hashtag without #; `age_years`, `rule`, `language`, `confidence` and `span` (where
    the age stands in the tag) are null where it states no age; `gender` and `gender_confidence`
    are a weak hint at the person in the picture. Needs no workspace; empty lines are skipped.

    Example: `curate hashtags turning12 '#cumple40' 30daychallenge`
    """
    if tags and file is not None:
        raise UsageError("give hashtags or --file, not both")
    if tags and tags != [STANDARD_INPUT]:
        lines: Iterable[str] = map(_checked, tags)
    elif file is not None or tags:
        lines = _lines(file or Path(STANDARD_INPUT))
    else:
        raise UsageError(
            "give hashtags, or --file F; for example: curate hashtags turning12 30daychallenge"
        )
    # Typer would encode every line by itself; a stream of millions wants one writer.
    sys.stdout.flush()
    out = sys.stdout.buffer
    for line in lines:
        if tag := line.strip():
            out.write(_described(tag).encode())
    out.flush()


def _described(tag: str) -> str:
    from curation.hashtags import read_gender, read_hashtag

    age, gender = read_hashtag(tag), read_gender(tag)
    described = {
        "tag": tag.lstrip("#＃"),  # noqa: RUF001 - the full-width sign of East Asia
        "age_years": round(float(age.age_years), 4) if age else None,
        "rule": age.rule if age else None,
        "language": age.language if age else gender.language if gender else None,
        "confidence": age.confidence if age else None,
        "span": age.span if age else None,
        "gender": gender.gender if gender else None,
        "gender_confidence": gender.confidence if gender else None,
    }
    return json.dumps(described, ensure_ascii=False) + "\n"


def _checked(tag: str) -> str:
    try:
        tag.encode()
    except UnicodeEncodeError:
        raise InputError(f"the hashtag {tag!a} is not UTF-8") from None
    return tag


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, one at a time, so that memory does not grow with it."""
    if str(path) == STANDARD_INPUT:
        yield from _decoded(sys.stdin.buffer, "standard input")
        return
    try:
        with path.open("rb") as stream:
            yield from _decoded(stream, str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def _decoded(stream: BinaryIO, name: str) -> Iterator[str]:
    encoding = "utf-8-sig"  # the first line may begin with a byte order mark
    for number, line in enumerate(stream, 1):
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError:
            raise InputError(
                f"{name}, line {number} is not UTF-8; convert the file, for example with: "
                "iconv -t UTF-8"
            ) from None
        encoding = "utf-8"
