"""Subjects: photographs that may show the same person share one, so that splits never share it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.identity import content_id


def subjects_of(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Join duplicate groups that share an author, however indirectly.

    Args:
        pairs: (duplicate group, pseudonym of an author who posted a copy of it, or None).

    Returns:
        The subject of each group: an id made from the smallest group of its component, so that
        it does not depend on the order of the pairs.
    """
    frame = pd.DataFrame(sorted(set(pairs), key=str), columns=["group", "author"])
    if frame.empty:
        return {}
    groups, group_names = pd.factorize(frame["group"], sort=True)
    authors, author_names = pd.factorize(frame["author"])  # -1 where there is none
    known = authors >= 0
    count = len(group_names) + len(author_names)
    edges = coo_array(
        (np.ones(known.sum(), bool), (groups[known], len(group_names) + authors[known])),
        shape=(count, count),
    )
    component = connected_components(edges, directed=False)[1][: len(group_names)]
    # Groups are sorted, so the first of a component is its smallest.
    first = np.unique(component, return_index=True)[1]
    names = {int(component[at]): content_id("subject", group_names[at]) for at in first}
    return {
        str(group): names[int(number)] for group, number in zip(group_names, component, strict=True)
    }
