"""Groups of copies, and which copy of a group is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Copy:
    """What decides which copy is kept."""

    image_id: str
    has_task: bool  # its face was put to moderators already
    has_crop: bool  # it shows a face that can be used
    pixels: int
    byte_count: int


def components(nodes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components of a graph, each sorted, ordered by their first node.

    `pairs` are the edges, all of them verified: an image joins a group only as a verified copy
    of one of its members. Ends of edges count as nodes.
    """
    parent = {node: node for node in nodes}

    def root(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, second in pairs:
        one, two = sorted((root(first), root(second)))
        parent[two] = one
    members: dict[str, list[str]] = {}
    for node in sorted(parent):
        members.setdefault(root(node), []).append(node)
    return sorted(members.values())


def best_copy(copies: Iterable[Copy]) -> Copy:
    """Return the copy to keep.

    A copy that moderators were already asked about comes first, so that nothing is asked twice;
    then one with a usable face; then most pixels, most bytes, smallest id.
    """
    return min(
        copies,
        key=lambda copy: (
            not copy.has_task,
            not copy.has_crop,
            -copy.pixels,
            -copy.byte_count,
            copy.image_id,
        ),
    )
