"""A small dataset on disk, and one network trained on such a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from discs import SIZES, TINY, Learned, Row, write_dataset

from training.fit import fit


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small gain nothing from threads, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Path]:
    """Write a small dataset; `sizes` per split, `change` edits the manifest rows."""

    def make(
        sizes: dict[str, int] | None = None, change: Callable[[list[Row]], None] | None = None
    ) -> Path:
        sizes = sizes or {"train": 12, "validation": 6, "test": 8}
        return write_dataset(tmp_path / "dataset", sizes, change)

    return make


@pytest.fixture(scope="session")
def learned(_one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """One training run that many tests look at."""
    folder = tmp_path_factory.mktemp("learned")
    manifest = write_dataset(folder / "dataset", SIZES)
    return Learned(manifest, folder / "run", fit(manifest, TINY, folder / "run"))
