"""Where posts come from: one file per source, and the registry that finds it by its kind.

A new source is one file with a class that is a `Source`, and one line in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, ClassVar, Protocol

from curation.sources.post import Post

__all__ = ["SOURCES", "Notice", "Post", "Source", "open_source"]

Notice = Callable[[str], None]

# kind -> module:class; imported when used, so that a source's packages cost the others nothing.
SOURCES = {
    "folder": "curation.sources.folder:FolderSource",
    "manifest": "curation.sources.manifest:ManifestSource",
}


class Source(Protocol):
    """Something that yields posts.

    `name` tells this source from all others of a workspace; together with a post's
    `external_id` it makes the post's id, so it must be the same in the next run.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """What this source is called in the database."""
        ...

    def posts(self) -> Iterator[Post]:
        """Yield every post, in the same order each time.

        Raises:
            InputError: something given by the user cannot be used.
        """
        ...


def open_source(kind: str, *arguments: Any, **options: Any) -> Source:
    """Return the source of this kind, made with the arguments of its class."""
    module, _, name = SOURCES[kind].partition(":")
    source: Source = getattr(import_module(module), name)(*arguments, **options)
    return source
