"""The same samples in layouts that other tools read, beside the WebDataset shards.

`imagefolder`: one JPEG per sample below its split and gender, as torchvision's ImageFolder and
Hugging Face's imagefolder builder read it, with a `metadata.csv` per split. `huggingface`: Parquet
files with the bytes of each crop, and a card that names the splits. Crops are copied, never encoded
again, and the same samples give the same bytes.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.database.models.released import version_label
from curation.dataset.files import IMAGEFOLDER
from curation.dataset.manifest import SCHEMA, SPLITS
from curation.dataset.row_groups import RowGroups
from curation.dataset.samples import Samples

HUGGINGFACE = "huggingface"
LAYOUTS = (HUGGINGFACE, IMAGEFOLDER)
METADATA = "metadata.csv"
ROW_GROUP = 1_000  # rows of the Parquet files, each with a crop
LEFT_OUT = ("split", "shard")  # of the manifest's columns: the files' names say them

Read = Callable[[str], bytes]


def write_layout(
    layout: str, folder: Path, samples: Samples, read: Read, description: dict[str, Any]
) -> Iterator[int]:
    """Write one layout below the folder of a version; yield how many samples are written so far."""
    if layout == IMAGEFOLDER:
        yield from _write_pictures(folder / IMAGEFOLDER, samples, read)
    else:
        (folder / HUGGINGFACE / "data").mkdir(parents=True)
        yield from _write_tables(folder / HUGGINGFACE / "data", samples, read)
        (folder / HUGGINGFACE / "README.md").write_text(_card(description))


def copy_layouts(
    old: Path,
    target: Path,
    left_out: Collection[str],
    shards: Collection[str],
    description: dict[str, Any],
) -> None:
    """Take the layouts of a version over into its patch, without some samples.

    Files that hold none of the samples (which are of these `shards`) are linked. `description` is
    that of the patch.
    """
    if (old / IMAGEFOLDER).is_dir():
        _copy_pictures(old / IMAGEFOLDER, target / IMAGEFOLDER, left_out)
    if (old / HUGGINGFACE).is_dir():
        (target / HUGGINGFACE / "data").mkdir(parents=True)
        (target / HUGGINGFACE / "README.md").write_text(_card(description))
        affected = {_table_name(shard) for shard in shards}
        for path in sorted((old / HUGGINGFACE / "data").glob("*.parquet")):
            copy = target / HUGGINGFACE / "data" / path.name
            if path.name in affected:
                _copy_table(path, copy, left_out)
            else:
                take_over(path, copy)


def take_over(path: Path, target: Path) -> None:
    """Let `target` be the same file as `path`, without a copy where that is possible."""
    try:
        os.link(path, target)
    except OSError:  # a file system without links
        shutil.copyfile(path, target)


def picture_path(split: str, gender: str | None, sample_id: str) -> str:
    """Return the path of a crop in an ImageFolder; no folder of it has too many files."""
    return f"{split}/{gender}/{sample_id[:2]}/{sample_id}.jpg"


def _write_pictures(folder: Path, samples: Samples, read: Read) -> Iterator[int]:
    columns = [name for name in SCHEMA.names if name not in LEFT_OUT]
    done = 0
    with ExitStack() as open_files:
        lists = {
            split: _list(open_files, folder / split, columns)
            for split in SPLITS
            if samples.counts[split]
        }
        for table in samples.tables():
            for row in _as_text(table).to_pylist():
                name = picture_path(row["split"], row["gender"], row["sample_id"])
                path = folder / name
                try:
                    path.write_bytes(read(row["crop_key"]))
                except FileNotFoundError:
                    path.parent.mkdir(parents=True)
                    path.write_bytes(read(row["crop_key"]))
                inside = name.partition("/")[2]
                lists[row["split"]].writerow([inside, *(row[column] for column in columns)])
                done += 1
                yield done


def _as_text(table: pa.Table) -> pa.Table:
    """Return numbers as text: 0.97, and not the nearest double of a float32."""
    kinds = [
        pa.field(field.name, pa.string() if pa.types.is_floating(field.type) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(kinds))


def _list(open_files: ExitStack, folder: Path, columns: list[str]) -> Any:
    folder.mkdir(parents=True)
    file = open_files.enter_context((folder / METADATA).open("w", newline="", encoding="utf-8"))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["file_name", *columns])
    return writer


def _copy_pictures(old: Path, target: Path, left_out: Collection[str]) -> None:
    for path in sorted(old.rglob("*.jpg")):
        if path.stem not in left_out:
            copy = target / path.relative_to(old)
            copy.parent.mkdir(parents=True, exist_ok=True)
            take_over(path, copy)
    for path in sorted(old.glob(f"*/{METADATA}")):
        copy = target / path.relative_to(old)
        with path.open(newline="", encoding="utf-8") as source:
            rows = csv.reader(source)
            heading = next(rows)
            at = heading.index("sample_id")
            stay = (row for row in rows if row[at] not in left_out)
            first = next(stay, None)
            if first is None:
                continue  # nobody is left in this split
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("w", newline="", encoding="utf-8") as new:
                _copy_rows(new, heading, first, stay)


def _copy_rows(
    new: IO[str], heading: list[str], first: list[str], others: Iterator[list[str]]
) -> None:
    writer = csv.writer(new, lineterminator="\n")
    writer.writerow(heading)
    writer.writerow(first)
    writer.writerows(others)


def _table_name(shard: str) -> str:
    return Path(shard).with_suffix(".parquet").name


def table_schema() -> pa.Schema:
    """Return the schema of the Parquet files, with what `datasets` needs to show pictures."""
    image = pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    others = [pa.field(field.name, field.type) for field in SCHEMA if field.name not in LEFT_OUT]
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    for field in others:
        kind = {"float": "float32", "int32": "int32", "string": "string"}[str(field.type)]
        features[field.name] = {"dtype": kind, "_type": "Value"}
    told = json.dumps({"info": {"features": features}})
    return pa.schema([image, *others], metadata={"huggingface": told})


class _Table:
    """One Parquet file, in row groups of one size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # A JPEG does not get smaller, and no value of it comes twice.
        packed = {field.name: "zstd" for field in schema if field.name != "image"}
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression=packed | {"image.bytes": "none", "image.path": "none"},
            use_dictionary=[name for name in packed if name not in ("sample_id", "image_id")],
        )
        self._groups = RowGroups(self._writer.write_table, ROW_GROUP)

    def add(self, rows: pa.Table) -> None:
        self._groups.add(rows)

    def close(self) -> None:
        self._groups.flush()
        self._writer.close()


def _write_tables(folder: Path, samples: Samples, read: Read) -> Iterator[int]:
    schema = table_schema()
    done, shard = 0, ""
    with ExitStack() as file:
        for table in samples.tables():
            for start in range(0, len(table), ROW_GROUP):
                part = table.slice(start, ROW_GROUP)
                for one in pc.unique(part["shard"]).to_pylist():
                    if one != shard:
                        file.close()
                        shard, writer = one, _Table(folder / _table_name(one), schema)
                        file.callback(writer.close)
                    rows = part.filter(pc.equal(part["shard"], one))
                    writer.add(_with_crops(rows, schema, read))
                    done += len(rows)
                    yield done


def _with_crops(rows: pa.Table, schema: pa.Schema, read: Read) -> pa.Table:
    crops = pa.array([read(key) for key in rows["crop_key"].to_pylist()], pa.binary())
    names = pc.binary_join_element_wise(rows["sample_id"].combine_chunks(), ".jpg", "")
    image = pa.StructArray.from_arrays([crops, names], fields=list(schema.field("image").type))
    others = [rows[field.name].cast(field.type) for field in schema if field.name != "image"]
    return pa.Table.from_arrays([image, *others], schema=schema)


def _copy_table(path: Path, target: Path, left_out: Collection[str]) -> None:
    """Copy a Parquet file without some samples; nothing is written where none is left."""
    gone = pa.array(sorted(left_out), pa.string())
    with pq.ParquetFile(path) as old, ExitStack() as file:
        writer = None
        for batch in old.iter_batches(ROW_GROUP):
            rows = pa.Table.from_batches([batch])
            rows = rows.filter(pc.invert(pc.is_in(rows["sample_id"], value_set=gone)))
            if len(rows):
                if writer is None:
                    writer = _Table(target, table_schema())
                    file.callback(writer.close)
                writer.add(rows.cast(table_schema()))


def _card(description: dict[str, Any]) -> str:
    """Return the card that tells `datasets.load_dataset` which file is of which split."""
    files = "".join(
        f"  - split: {split}\n    path: data/{split}-*.parquet\n"
        for split, count in description["splits"].items()
        if count
    )
    label = version_label(description["version"], description.get("patch", 0))
    name = f"{description['name']} v{label}"
    return (
        f"---\npretty_name: {name}\nconfigs:\n- config_name: default\n  data_files:\n{files}---\n\n"
        f"# {name}\n\nWritten by Evenface; what it is and how it came about says "
        "`DATASHEET.md` of the version.\n"
    )
