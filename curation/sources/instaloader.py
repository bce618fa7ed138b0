"""What instaloader saved: JSON (or `.json.xz`) beside the pictures of each post.

The structure is that of `instaloader.save_structure_to_file`: `node` as Instagram's GraphQL gives
it and `instaloader.node_type`. A post `NAME.json.xz` has `NAME.jpg`, or `NAME_1.jpg`, `NAME_2.jpg`
where it is a sidecar. Where no JSON was saved the caption in `NAME.txt` tells the hashtags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from curation.sources import fields
from curation.sources.about import About
from curation.sources.captions import hashtags_in
from curation.sources.countries import country_code
from curation.sources.exports import ExportFolder, folders_of_files, is_picture, read_json
from curation.sources.post import Post

POSTS = ("Post", "StoryItem")
_JSON = (".json", ".json.xz")
_NUMBERED = re.compile(r"(.+)_(\d{1,3})")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)_UTC")


class InstaloaderSource(ExportFolder):
    """The posts of a folder that instaloader wrote; posts of private accounts are refused."""

    kind: ClassVar[str] = "instaloader"
    about: ClassVar[About] = About(
        reads="a folder that instaloader wrote: JSON beside pictures", access="export"
    )

    def posts(self) -> Iterator[Post]:
        """Yield one post per JSON file of a post, and per picture with a caption and no JSON.

        Raises:
            InputError: a folder cannot be read.
        """
        alone = 0
        for files in folders_of_files(self.root):
            pictures = _Pictures(filter(is_picture, files), own={_base(path) for path in files})
            for path in files:
                base = _base(path)
                if base is not None and (post := self._read(path, pictures.take(base))):
                    yield post
            for path in files:
                if path.suffix == ".txt" and (own := pictures.take(path.stem)):
                    yield _from_caption(path, [picture for _, picture in own], self.root)
            alone += pictures.left
        if alone:
            self.say(
                f"pictures in {self.root} with neither JSON nor caption beside them, left out: "
                f"{alone:,}"
            )
        self.said_all()

    def _read(self, path: Path, pictures: Sequence[tuple[int, Path]]) -> Post | None:
        try:
            found = read_json(path)
            if not isinstance(found, dict) or "node" not in found:
                return None  # comments, resume files
            if (found.get("instaloader") or {}).get("node_type", "Post") not in POSTS:
                return None
            return post_of(found["node"], pictures)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = error if type(error) is ValueError else f"is not as documented ({error!r})"
            self.say(f"{path} {why}; left out")
            return None


class _Pictures:
    """The pictures of a folder by the NAME of their post, each taken once.

    `own` are the names that have JSON of their own: `NAME_1.jpg` with a `NAME_1.json` is no part
    of the post NAME.
    """

    def __init__(self, paths: Iterable[Path], own: set[str | None]) -> None:
        self._by_name: dict[str, list[tuple[int, Path]]] = {}
        self._free: set[Path] = set()
        for path in paths:
            self._free.add(path)
            self._by_name.setdefault(path.stem, []).append((0, path))
            if path.stem not in own and (match := _NUMBERED.fullmatch(path.stem)):
                self._by_name.setdefault(match[1], []).append((int(match[2]), path))

    def take(self, name: str) -> list[tuple[int, Path]]:
        """Return `NAME.jpg` as number 0, `NAME_1.jpg` as number 1 and so on, in this order."""
        own = [entry for entry in self._by_name.get(name, ()) if entry[1] in self._free]
        self._free.difference_update(path for _, path in own)
        return sorted(own)

    @property
    def left(self) -> int:
        """How many were not taken."""
        return len(self._free)


def post_of(node: dict[str, Any], pictures: Sequence[tuple[int, Path]]) -> Post:
    """Return the post that a node of GraphQL is, with its numbered pictures on disk."""
    shortcode = str(node.get("shortcode") or node["code"])
    owner = node.get("owner") or {}
    if owner.get("is_private"):
        return Post(shortcode, (), refusal="private-account")
    videos = _videos(node)
    location = _location(node)
    moment = node.get("taken_at_timestamp") or node.get("date")
    return Post(
        external_id=shortcode,
        media=tuple(str(path) for number, path in pictures if number not in videos),
        hashtags=hashtags_in(_caption(node)),
        author=fields.text(owner.get("id") or owner.get("username")),
        published_at=datetime.fromtimestamp(float(moment), UTC) if moment else None,
        url=f"https://www.instagram.com/p/{shortcode}/",
        country=country_code(str(location.get("country_code") or "")),
        coordinates=_coordinates(location),
        place=fields.text(location.get("name")),
    )


def _base(path: Path) -> str | None:
    """Return NAME of `NAME.json` and `NAME.json.xz`."""
    for ending in _JSON:
        if path.name.endswith(ending):
            return path.name.removesuffix(ending)
    return None


def _videos(node: dict[str, Any]) -> set[int]:
    """Return the numbers of a post's videos: the pictures beside them are only their covers."""
    children = (node.get("edge_sidecar_to_children") or {}).get("edges") or []
    if not children:
        return {0} if node.get("is_video") else set()
    return {n for n, edge in enumerate(children, 1) if edge["node"].get("is_video")}


def _caption(node: dict[str, Any]) -> str | None:
    edges = (node.get("edge_media_to_caption") or {}).get("edges")
    if edges:
        return fields.text(edges[0]["node"].get("text"))
    caption = node.get("caption")
    return fields.text(caption.get("text") if isinstance(caption, dict) else caption)


def _location(node: dict[str, Any]) -> dict[str, Any]:
    location = dict(node.get("location") or {})
    address = location.get("address_json")
    if isinstance(address, str):
        try:
            parsed = json.loads(address)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            location = {**parsed, **location}
    return location


def _coordinates(location: dict[str, Any]) -> tuple[float, float] | None:
    if location.get("lat") is None or location.get("lng") is None:
        return None
    return float(location["lat"]), float(location["lng"])


def _from_caption(caption: Path, pictures: Sequence[Path], root: Path) -> Post:
    dated = _DATE.search(caption.stem)
    text = caption.read_text("utf-8", "replace")
    return Post(
        external_id=caption.relative_to(root).with_suffix("").as_posix(),
        media=tuple(str(path) for path in pictures),
        hashtags=hashtags_in(text),
        published_at=fields.time(f"{dated[1]}T{dated[2]}:{dated[3]}:{dated[4]}Z")
        if dated
        else None,
    )
