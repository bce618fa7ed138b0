"""Streams of a build: items made ahead, arrays that grow, and files that count themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.database.growing import FIRST, Growing
from curation.dataset.ahead import ahead


def test_items_come_in_their_order_and_one_is_made_ahead() -> None:
    made: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    found = ahead(items())
    assert next(found) == 0
    assert second.wait(5)
    assert made == [0, 1]
    assert list(found) == [1, 2, 3]
    assert list(ahead([])) == []
    assert list(ahead([None, None])) == [None, None]


def test_what_goes_wrong_in_making_an_item_is_raised_where_it_is_awaited() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no second"):
        next(found)


@given(st.lists(st.integers(0, 3 * FIRST), max_size=5))
def test_an_array_that_grows_is_the_parts_one_after_the_other(lengths: list[int]) -> None:
    parts = [np.arange(length, dtype=np.int32) + length for length in lengths]
    growing = Growing(np.int32)
    for part in parts:
        growing.add(part)
    assert len(growing) == sum(lengths)
    wanted = np.concatenate([np.zeros(0, np.int32), *parts])
    np.testing.assert_array_equal(growing.so_far(), wanted)
    np.testing.assert_array_equal(growing.whole(), wanted)
