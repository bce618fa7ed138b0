"""How far windows are looked at: as far as the number of pictures allows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from curation.dedup.window_radius import MOST_LOOKS, WIDEST, choose_window_radius
from curation.dedup.windows import COUNT


def alike(pictures: int, coins: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return hashes and window hashes of which only `coins` bits differ, each by a coin."""
    rng = np.random.default_rng(5)
    return (
        rng.integers(0, 1 << coins, pictures, dtype=np.uint64),
        rng.integers(0, 1 << coins, (pictures, COUNT), dtype=np.uint64),
    )


def looks(hashes: NDArray[np.uint64], windows: NDArray[np.uint64], radius: int) -> float:
    """Count, comparing all with all, how many pictures are near a window of the average one."""
    near = 0
    for picture in range(len(hashes)):
        bits = np.bitwise_count(windows[picture][:, None] ^ hashes[None, :]).min(axis=0)
        near += int((np.delete(bits, picture) <= radius).sum())
    return near / len(hashes)


@pytest.mark.parametrize("coins", [24, 32])
def test_it_is_the_widest_at_which_few_second_looks_are_taken(coins: int) -> None:
    hashes, windows = alike(600, coins)
    chosen = choose_window_radius(hashes, windows, None)
    assert -1 < chosen.radius < WIDEST
    assert chosen.radius % 2 == 0  # as two pHashes differ in an even number of bits
    assert chosen.looks == pytest.approx(looks(hashes, windows, chosen.radius))
    assert chosen.looks <= MOST_LOOKS < looks(hashes, windows, chosen.radius + 2)


def test_where_nothing_but_copies_is_near_it_is_the_widest() -> None:
    hashes, windows = alike(300, 63)
    assert choose_window_radius(hashes, windows, None).radius == WIDEST


def test_where_all_pictures_look_alike_windows_are_left_out() -> None:
    hashes, windows = alike(600, 7)
    chosen = choose_window_radius(hashes, windows, None)
    assert chosen.radius == -1
    assert chosen.looks == 0


def test_a_setting_goes_before_and_what_it_costs_is_said() -> None:
    hashes, windows = alike(300, 24)
    chosen = choose_window_radius(hashes, windows, 8)
    assert chosen.radius == 8
    assert chosen.looks == pytest.approx(looks(hashes, windows, 8))
    assert "300 pictures" in chosen.in_words()
    assert "as the setting says" in chosen.in_words()


def test_no_picture_and_one_picture_have_no_others_to_be_near() -> None:
    hashes, windows = alike(1, 24)
    assert choose_window_radius(hashes[:0], windows[:0], None).radius == WIDEST
    assert choose_window_radius(hashes, windows, None).looks == 0
