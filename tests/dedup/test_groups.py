"""Groups hang together by verified pairs only; the best copy is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.dedup.groups import Copy, best_copy, components, why_best


def test_components_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    nodes = [f"n{number:02}" for number in range(40)]
    for _ in range(30):
        ends = rng.integers(0, 40, (rng.integers(1, 50), 2))
        weights = np.ones(len(ends))
        _, number = connected_components(coo_array((weights, ends.T), shape=(40, 40)), False)
        expected: dict[int, list[str]] = {}
        for node, component in zip(nodes, number, strict=True):
            expected.setdefault(component, []).append(node)
        pairs = [(nodes[a], nodes[b]) for a, b in ends]
        assert components(nodes, pairs) == sorted(expected.values())


def test_the_order_of_pairs_and_their_ends_does_not_matter() -> None:
    assert components("dcba", [("d", "b"), ("c", "a"), ("b", "a")]) == [["a", "b", "c", "d"]]
    assert components("abcd", [("a", "b"), ("a", "c"), ("b", "d")]) == [["a", "b", "c", "d"]]


BASE = Copy(image_id="m", has_task=False, has_crop=True, pixels=100, byte_count=100)


@pytest.mark.parametrize(
    "better",
    [
        replace(BASE, image_id="z", has_task=True, pixels=1),
        replace(BASE, image_id="z", pixels=101, byte_count=1),
        replace(BASE, image_id="z", quality=0.9, byte_count=1),
        replace(BASE, image_id="z", agreement=1, byte_count=1),
        replace(BASE, image_id="z", byte_count=101),
        replace(BASE, image_id="a"),
    ],
    ids=[
        "it was asked about",
        "it has more pixels",
        "its face is of better quality",
        "its labels agree with the others'",
        "it has more bytes",
        "its id is smaller",
    ],
)
def test_a_copy_is_kept_because(better: Copy) -> None:
    assert best_copy([BASE, better]) == best_copy([better, BASE]) == better


def test_a_copy_with_a_usable_face_goes_before_a_larger_one_without() -> None:
    without = replace(BASE, image_id="a", has_crop=False, pixels=10_000)
    assert best_copy([without, BASE]) == BASE


def test_it_is_told_why_a_copy_is_kept() -> None:
    small, large = replace(BASE, image_id="s", pixels=50), replace(BASE, image_id="l", byte_count=1)
    assert why_best([small, large]) == "it has the most pixels"
    asked = replace(small, has_task=True)
    assert why_best([asked, large]) == "moderators were asked about it"
    assert why_best([small, BASE, large]) == (
        "it has the most pixels, then because its file has the most bytes"
    )
    assert why_best([BASE, replace(BASE, image_id="z")]).startswith("all are equally good")
