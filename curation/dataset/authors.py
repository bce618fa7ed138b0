"""Who posted each candidate, where authors have a cap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from curation.database.models import Image, Media, Post

CHUNK = 50_000  # rows fetched together


def add_authors(session: Session, candidates: pd.DataFrame) -> None:
    """Put the column `author` to candidates: the pseudonym of who posted the photograph, or None.

    Of a photograph that several posts carry the one with the smallest id counts, as it does for
    licence and source. Needs `image_id`.
    """
    statement = (
        select(Media.image_id, Post.author)
        .join(Post, Post.id == Media.post_id)
        .join(Image, and_(Image.id == Media.image_id, Image.kept.is_(True)))
        .order_by(Post.id.desc())
    )
    images, found = pd.factorize(candidates["image_id"])
    places = pd.Index(found)
    known: dict[str, int] = {}
    codes = np.full(len(found), -1, dtype=np.int64)
    for rows in session.execute(statement).partitions(CHUNK):
        for place, row in zip(places.get_indexer([row[0] for row in rows]), rows, strict=True):
            if place >= 0:
                # Later rows overwrite earlier ones, so the smallest post id stays.
                author = row[1]
                codes[place] = -1 if author is None else known.setdefault(author, len(known))
    names = pd.Index(list(known), dtype=object)
    candidates["author"] = pd.Categorical.from_codes(codes[images], categories=names)
