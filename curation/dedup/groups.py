"""Groups of copies, and which copy of a group is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Copy:
    """What decides which copy is kept."""

    image_id: str
    has_task: bool  # its face was put to moderators already
    has_crop: bool  # it shows a face that can be used
    pixels: int
    byte_count: int
    quality: float = 0.0  # of its face, 0 to 1
    agreement: int = 0  # attributes of which its own posts state what all copies add up to


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


# What speaks for a copy, the weightiest first, and how that is told.
_MERITS: tuple[tuple[str, Callable[[Copy], float]], ...] = (
    ("moderators were asked about it", lambda copy: copy.has_task),
    ("it shows a usable face", lambda copy: copy.has_crop),
    ("it has the most pixels", lambda copy: copy.pixels),
    ("its face has the best quality", lambda copy: round(copy.quality, 2)),
    ("its labels agree best with those of all", lambda copy: copy.agreement),
    ("its file has the most bytes", lambda copy: copy.byte_count),
)


def best_copy(copies: Iterable[Copy]) -> Copy:
    """Return the copy to keep.

    A copy that moderators were already asked about comes first, so that nothing is asked twice;
    then one with a usable face; then most pixels, best quality of the face, labels that agree with
    what all copies add up to, most bytes, smallest id.
    """
    return min(copies, key=lambda copy: (*(-merit(copy) for _, merit in _MERITS), copy.image_id))


def why_best(copies: Sequence[Copy]) -> str:
    """Return in words what decides for `best_copy` of several: the merits that set it apart."""
    rivals, reasons = list(copies), []
    for words, merit in _MERITS:
        most = max(merit(copy) for copy in rivals)
        ahead = [copy for copy in rivals if merit(copy) == most]
        if len(ahead) < len(rivals):
            reasons.append(words)
        rivals = ahead
    return ", then because ".join(reasons) or "all are equally good, and its id is the smallest"
