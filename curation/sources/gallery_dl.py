"""What gallery-dl saved: `NAME.EXT.json` beside each picture (`--write-metadata`).

The names in it differ from site to site, so each value is looked for under the names that the
sites with hashtags use (Instagram, Flickr, Mastodon, X, Bluesky, Tumblr, Pixiv). `info.json`
(`--write-info-json`) is used for the pictures whose names hold the id that stands in it, and for
no others: it describes the first post of a folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from curation.sources import fields, mastodon
from curation.sources.about import About
from curation.sources.captions import as_written, hashtags_in, plain
from curation.sources.countries import country_code
from curation.sources.exports import ExportFolder, folders_of_files, is_picture, read_json
from curation.sources.post import Post

INFO = "info.json"
IDS = ("post_shortcode", "post_id", "tweet_id", "status_id", "id")
AUTHORS = ("owner_id", "owner", "account", "author", "user", "username", "uploader", "artist")
INSIDE_AUTHOR = ("nsid", "url", "id", "did", "acct", "username", "name")
TIMES = ("post_date", "date", "created_at", "date_taken")
ADDRESSES = ("post_url", "url", "uri", "webpage_url", "link")
CAPTIONS = ("description", "content", "caption", "text", "title")
LICENCES = ("license_name", "licence", "license")
Found = dict[str, Any]


class GalleryDlSource(ExportFolder):
    """The posts of a folder that gallery-dl wrote; several pictures with one id are one post."""

    kind: ClassVar[str] = "gallery-dl"
    about: ClassVar[About] = About(
        reads="a folder that gallery-dl wrote with --write-metadata", access="export"
    )

    def posts(self) -> Iterator[Post]:
        """Yield one post per post that the metadata name.

        Raises:
            InputError: a folder cannot be read.
        """
        alone = 0
        for files in folders_of_files(self.root):
            info = next((path for path in files if path.name == INFO), None)
            general = self._load(info) if info else None
            known = {path.name for path in files}
            posts: dict[str, tuple[Found, list[Path]]] = {}
            for path in filter(is_picture, files):
                found = self._metadata(path, known)
                if found is None and general and _id(general) in path.stem:
                    found = general
                if found is None:
                    alone += 1
                    continue
                posts.setdefault(f"{found.get('category')}:{_id(found)}", (found, []))[1].append(
                    path
                )
            for external_id, (found, pictures) in posts.items():
                try:
                    yield post_of(external_id, found, pictures)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    self.say(f"{pictures[0]}: its metadata cannot be used ({error}); left out")
        if alone:
            self.say(
                f"pictures in {self.root} without metadata beside them, left out: {alone:,} "
                "(gallery-dl writes them with --write-metadata)"
            )
        self.said_all()

    def _metadata(self, picture: Path, known: set[str]) -> Found | None:
        for name in (f"{picture.name}.json", f"{picture.stem}.json"):
            if name in known and name != INFO:
                return self._load(picture.with_name(name))
        return None

    def _load(self, path: Path) -> Found | None:
        try:
            found = read_json(path)
        except ValueError as error:
            self.say(f"{path} {error}; left out")
            return None
        return found if isinstance(found, dict) and _id(found) else None


def post_of(external_id: str, found: Found, pictures: Sequence[Path]) -> Post:
    """Return the post that gallery-dl's metadata describe."""
    site = str(found.get("category") or "gallery-dl")
    if refusal := _refusal(found):
        return Post(external_id, (), refusal=refusal)
    author = _author(found)
    return Post(
        external_id=external_id,
        media=tuple(str(path) for path in pictures),
        hashtags=_hashtags(found),
        # Ids are unique within one site only.
        author=f"{site}:{author}" if author else None,
        published_at=_time(found),
        url=_address(found),
        licence=_first(found, LICENCES),
        country=country_code(str(found.get("country_code") or found.get("country") or "")),
        coordinates=_coordinates(found),
        place=_first(found, ("location_name", "place", "country")) or _locality(found),
    )


def _refusal(found: Found) -> str | None:
    if isinstance(found.get("account"), dict):  # of Mastodon
        return mastodon.refusal_of(found)
    if any(_dict(found.get(name)).get("is_private") for name in ("owner", "user")):
        return "private-account"
    return "sensitive" if found.get("sensitive") is True else None


def _time(found: Found) -> datetime | None:
    try:
        return fields.time(_first(found, TIMES))
    except ValueError:
        return None


def _id(found: Found) -> str:
    return _first(found, IDS) or ""


def _hashtags(found: Found) -> tuple[str, ...]:
    caption = plain(_first(found, CAPTIONS))
    tags = found.get("hashtags") or found.get("tags") or ()
    if isinstance(tags, str):
        tags = tags.split(", ") if "," in tags else tags.split()
    named = [_dict(tag).get("name", tag) if isinstance(tag, dict) else tag for tag in tags]
    # One tag of several words is one hashtag: "7th birthday".
    names = ["".join(str(name).lstrip("#").split()) for name in named if name]
    return as_written(names, caption) if names else hashtags_in(caption)


def _author(found: Found) -> str | None:
    for name in AUTHORS:
        value = found.get(name)
        if isinstance(value, dict):
            value = next((value[key] for key in INSIDE_AUTHOR if value.get(key)), None)
        if value and not isinstance(value, list):
            return fields.text(value)
    return None


def _address(found: Found) -> str | None:
    for name in ADDRESSES:
        value = found.get(name)
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            return value
    return None


def _coordinates(found: Found) -> tuple[float, float] | None:
    inside = _dict(found.get("location"))
    latitude = found.get("latitude") or inside.get("latitude") or inside.get("lat")
    longitude = found.get("longitude") or inside.get("longitude") or inside.get("lng")
    if not latitude or not longitude:
        return None  # Flickr writes 0 where it knows no place
    return float(latitude), float(longitude)


def _locality(found: Found) -> str | None:
    inside = _dict(found.get("location"))
    parts = [inside.get(name) for name in ("locality", "region", "country")]
    return ", ".join(str(part) for part in parts if part) or fields.text(inside.get("name"))


def _first(found: Found, names: Sequence[str]) -> str | None:
    for name in names:
        value = found.get(name)
        if value not in (None, "") and not isinstance(value, dict | list):
            return fields.text(value)
    return None


def _dict(value: Any) -> Found:
    return value if isinstance(value, dict) else {}
