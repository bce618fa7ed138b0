"""Which country a post is of: from an ISO field, from coordinates, or from a place's name."""

from __future__ import annotations

from dataclasses import dataclass

from curation.sources.places import country_at, read_place
from curation.sources.post import Post

# In this order: what the source states itself, what the polygons say, what a name tells.
ISO, COORDINATES, PLACE = "iso", "coordinates", "place"
CONFIDENCE = {ISO: 0.95, COORDINATES: 0.95, PLACE: 0.85}
CITY_CONFIDENCE = 0.75  # of a name that names no country: there may be another such city
CONTRADICTED = 0.5


@dataclass(frozen=True)
class PostCountry:
    """A country (alpha-2), what told it, and how far that can be believed.

    `evidence` never holds the coordinates or the name: of a name it says what was recognised in
    it (country, region or city).
    """

    code: str
    rule: str
    confidence: float
    evidence: str | None = None


def post_country(post: Post) -> PostCountry | None:
    """Return the country of a post, or None where nothing tells it.

    Where two of the three contradict each other the first counts, but half as much.
    """
    told = []
    if post.country:
        told.append(PostCountry(post.country, ISO, CONFIDENCE[ISO]))
    if post.coordinates and (code := country_at(*post.coordinates)):
        told.append(PostCountry(code, COORDINATES, CONFIDENCE[COORDINATES]))
    if post.place and (named := read_place(post.place)):
        confidence = CONFIDENCE[PLACE] if named.kind == "country" else CITY_CONFIDENCE
        told.append(PostCountry(named.code, PLACE, confidence, named.kind))
    if not told:
        return None
    first = told[0]
    if len({found.code for found in told}) > 1:
        return PostCountry(first.code, first.rule, CONTRADICTED, first.evidence)
    return first
