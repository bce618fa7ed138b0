"""Face embeddings from a file: which face each belongs to, and batches of them for training.

Two forms are read:

- a Parquet file with the columns `sample_id` and `embedding` (a list of numbers, as long for all);
- an .npy file with one row per face, (N, D) float, beside a Parquet file of the same name
  (faces.npy, faces.parquet) whose column `sample_id` names the rows in their order.

The ids are those of the manifest, and of the protocol where a test set is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
IDS, VECTORS = "sample_id", "embedding"


class EmbeddingReader:
    """The embeddings of a split in its order; stands where a reader of crops does."""

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def embedding_size(self) -> int:
        """Numbers per embedding."""
        return int(self.vectors.shape[1])

    def stream(self, batches: Iterable[Rows]) -> Iterator[Floats]:
        """Yield the embeddings of each batch of rows, (B, D) float32, in the order given."""
        for rows in batches:
            yield self.vectors[rows]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """All embeddings of a file, (N, D) float32, and the row of each id."""

    path: Path
    rows: dict[str, int]
    vectors: Floats

    @property
    def size(self) -> int:
        """Numbers per embedding."""
        return int(self.vectors.shape[1])

    def known(self, sample_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Say which of these samples have an embedding here, (N,)."""
        return np.array([one in self.rows for one in sample_ids], dtype=bool)

    def take(self, sample_ids: Sequence[str]) -> Floats:
        """Return the embeddings of these samples, (N, D) float32.

        Raises:
            InputError: one has none: how many, and the first.
        """
        known = self.known(sample_ids)
        if not known.all():
            raise InputError(
                f"{self.path} has no embedding of {int((~known).sum()):,} of {len(known):,} "
                f"samples, first {sample_ids[int(np.argmin(known))]}; it must name every sample_id "
                "of the dataset's train and validation splits"
            )
        return self.vectors[[self.rows[one] for one in sample_ids]]

    def reader(self, sample_ids: Sequence[str]) -> EmbeddingReader:
        """Return these samples' embeddings as a split wants them.

        Raises:
            InputError: one has none.
        """
        return EmbeddingReader(self.take(sample_ids))


def open_embeddings(path: Path) -> Embeddings:
    """Read the embeddings in `path`, and the ids in it or beside it.

    Raises:
        InputError: a file is missing or of another form, an id stands there twice, or a number is
            not one.
    """
    if not path.is_file():
        raise InputError(
            f"there is no file {path} of embeddings; it takes FILE.parquet with {IDS} and "
            f"{VECTORS}, or FILE.npy with FILE.parquet beside it"
        )
    table_path = path.with_suffix(".parquet") if path.suffix == ".npy" else path
    table = _table(table_path, [IDS] if path.suffix == ".npy" else [IDS, VECTORS])
    ids = [str(one) for one in table.column(IDS).to_pylist()]
    vectors = _array(path) if path.suffix == ".npy" else _lists(path, table.column(VECTORS))
    if len(vectors) != len(ids):
        raise InputError(
            f"{path} has {len(vectors):,} embeddings but {table_path} names {len(ids):,} samples"
        )
    rows = {one: row for row, one in enumerate(ids)}
    if len(rows) < len(ids):
        twice = next(one for row, one in enumerate(ids) if rows[one] != row)
        raise InputError(f"{table_path} has the sample {twice} twice")
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{path} has an embedding with NaN or infinity in {int((~finite).sum()):,} of "
            f"{len(ids):,} rows, first that of {ids[int(np.argmin(finite))]}"
        )
    return Embeddings(path, rows, vectors)


def _table(path: Path, columns: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(
            f"there is no {path} that names the rows of the embeddings by {IDS}"
        ) from None
    except (OSError, pa.ArrowInvalid):
        raise InputError(f"{path} is no Parquet file") from None
    lacking = [name for name in columns if name not in table.column_names]
    if lacking:
        raise InputError(f"{path} lacks the column {lacking[0]}; it needs {' and '.join(columns)}")
    return table


def _array(path: Path) -> Floats:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise InputError(f"{path} is no .npy file of numbers") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind != "f":
        raise InputError(f"{path} must hold one row of floats per face, (N, D)")
    return np.ascontiguousarray(array, dtype=np.float32)


def _lists(path: Path, column: Any) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = (pa.ListType, pa.LargeListType, pa.FixedSizeListType)
    if not isinstance(column.type, kinds) or not pa.types.is_floating(column.type.value_type):
        raise InputError(f"{path}: the column {VECTORS} must hold lists of floats")
    lengths = pc.list_value_length(column).unique().to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise InputError(
            f"{path}: the embeddings must all be equally long, not of lengths "
            f"{', '.join(str(length) for length in sorted(lengths, key=lambda n: n or 0)[:4])}"
        )
    flat = pc.list_flatten(column).to_numpy()
    return np.ascontiguousarray(flat.reshape(-1, lengths[0]), dtype=np.float32)
