"""Subjects: whoever hangs together is one, nobody else is, and names stay while a dataset grows."""

from __future__ import annotations

from collections import defaultdict

import networkx
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.dataset.subjects import Components, Relation, Released, components, subject_names

COUNT = 24
TIES = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, 9)), max_size=12)


def relation(name: str, ties: list[tuple[int, int]]) -> Relation:
    photographs, marks = np.array(ties, np.int64).reshape(-1, 2).T
    return Relation(name, photographs, marks)


def released(named: dict[int, str]) -> Released:
    names = sorted(set(named.values()))
    codes = [names.index(name) for name in named.values()]
    return Released(
        np.array(list(named), np.int64), np.array(codes, np.int64), pa.array(names, pa.string())
    )


PHOTOGRAPHS = [f"{number:02d}" for number in range(COUNT)]
EVERYBODY = np.arange(COUNT)


def names_of(found: Components, named: dict[int, str] | None = None) -> list[str]:
    return subject_names(found.labels, PHOTOGRAPHS, released(named or {}), EVERYBODY)


def truth(*relations: list[tuple[int, int]]) -> set[frozenset[int]]:
    """Return the components by a graph library: photographs are numbers, marks are pairs."""
    graph = networkx.Graph()
    graph.add_nodes_from(range(COUNT))
    for which, ties in enumerate(relations):
        graph.add_edges_from((photograph, (which, mark)) for photograph, mark in ties)
    parts = networkx.connected_components(graph)
    found = {frozenset(node for node in part if isinstance(node, int)) for part in parts}
    return found - {frozenset()}


def parts_of(names: list[str]) -> set[frozenset[int]]:
    parts = defaultdict(set)
    for photograph, name in enumerate(names):
        parts[name].add(photograph)
    return {frozenset(part) for part in parts.values()}


@settings(deadline=None)
@given(TIES, TIES, TIES)
def test_whoever_is_linked_shares_a_subject_and_nobody_else_does(
    authors: list[tuple[int, int]], stated: list[tuple[int, int]], likeness: list[tuple[int, int]]
) -> None:
    ties = {"author": authors, "identity": stated, "likeness": likeness}
    found = components(COUNT, [relation(name, tie) for name, tie in ties.items()])
    expected = truth(*ties.values())
    assert parts_of(names_of(found)) == expected
    assert COUNT - sum(found.joined.values()) == len(expected)
    assert list(found.joined) == list(ties)


@settings(deadline=None)
@given(TIES, TIES, st.dictionaries(st.integers(0, COUNT - 1), st.sampled_from("abcdef")))
def test_names_released_before_never_join_strangers_nor_part_the_linked(
    authors: list[tuple[int, int]], stated: list[tuple[int, int]], named: dict[int, str]
) -> None:
    found = components(COUNT, [relation("author", authors), relation("identity", stated)])
    assert parts_of(names_of(found, named)) == truth(authors, stated)


@settings(deadline=None)
@given(TIES, TIES)
def test_a_subject_keeps_its_name_while_photographs_and_ties_are_added(
    before: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    first = names_of(components(COUNT, [relation("author", before)]))
    second = names_of(
        components(COUNT, [relation("author", before + more)]), dict(enumerate(first))
    )
    for part in parts_of(second):
        old = {first[photograph] for photograph in part}
        assert {second[photograph] for photograph in part} == {min(old)}


@settings(deadline=None)
@given(TIES, st.permutations(range(10)))
def test_numbers_of_marks_and_the_order_of_ties_change_no_name(
    ties: list[tuple[int, int]], other_numbers: list[int]
) -> None:
    renamed = [(photograph, other_numbers[mark] * 7) for photograph, mark in reversed(ties)]
    one = components(COUNT, [relation("author", ties)])
    two = components(COUNT, [relation("author", renamed)])
    assert names_of(one) == names_of(two)


def test_where_a_subject_falls_apart_one_part_keeps_its_name_and_the_other_gets_a_new_one() -> None:
    together = names_of(components(COUNT, [relation("author", [(3, 0), (5, 0)])]))
    assert together[3] == together[5]
    apart = names_of(components(COUNT, []), dict(enumerate(together)))
    assert apart[3] == together[3]
    assert len(set(apart)) == COUNT
    # Photograph 3 was not the smallest of its subject any more, and 5 lost what 3 was named after.
    smaller = {1: together[3], 3: together[3]}
    parted = names_of(components(COUNT, []), smaller)
    assert parted[1] == together[3]
    assert parted[3] != together[3]
    assert len(set(parted)) == COUNT


def test_what_ties_two_photographs_is_counted_once_for_the_first_relation() -> None:
    ties = [(0, 0), (1, 0), (2, 0)]
    found = components(COUNT, [relation("author", ties), relation("identity", [*ties, (3, 0)])])
    assert found.joined == {"author": 2, "identity": 1}


def test_nobody_is_named_where_there_is_nobody() -> None:
    found = components(0, [relation("author", [])])
    assert subject_names(found.labels, [], released({}), np.zeros(0, np.int64)) == []
