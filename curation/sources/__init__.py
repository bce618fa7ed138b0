"""Where posts come from: one file per source, and the registry that finds it by its kind.

A new source is one file with a class that is a `Source`, and one line in `SOURCES`;
docs/new-source.md shows a complete one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, ClassVar, Protocol

from curation.sources.about import About
from curation.sources.post import Mark, Post

__all__ = ["SOURCES", "About", "Mark", "Notice", "Post", "Source", "open_source", "source_class"]

Notice = Callable[[str], None]

# kind -> module:class; imported when used, so that a source's packages cost the others nothing.
SOURCES = {
    "folder": "curation.sources.folder:FolderSource",
    "manifest": "curation.sources.manifest:ManifestSource",
    "instaloader": "curation.sources.instaloader:InstaloaderSource",
    "gallery-dl": "curation.sources.gallery_dl:GalleryDlSource",
    "mastodon": "curation.sources.mastodon:MastodonSource",
    "instagram": "curation.sources.instagram:InstagramSource",
    "flickr": "curation.sources.flickr:FlickrSource",
}


class Source(Protocol):
    """Something that yields posts.

    `name` tells this source from all others of a workspace; together with a post's
    `external_id` it makes the post's id, so it must be the same in the next run.

    A class may add `about` (an `About`, shown by `curate sources`) and `live = True`: its posts
    are asked of a server as they are needed, so they are not counted first, and what is yielded
    before a `Mark` is recorded at once.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """What this source is called in the database."""
        ...

    def posts(self) -> Iterator[Post | Mark]:
        """Yield every post, in the same order each time; a `Mark` says how far that is.

        Raises:
            InputError: something given by the user cannot be used.
            SourceError: an API refuses, or cannot be reached.
        """
        ...


def source_class(kind: str) -> Any:
    """Return the class of the sources of this kind."""
    module, _, name = SOURCES[kind].partition(":")
    return getattr(import_module(module), name)


def open_source(kind: str, *arguments: Any, **options: Any) -> Source:
    """Return the source of this kind, made with the arguments of its class."""
    source: Source = source_class(kind)(*arguments, **options)
    return source
