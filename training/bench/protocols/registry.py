"""Which protocols there are: what each needs, holds, and where its data can be got.

Light on purpose: `bench datasets` and `--help` read it, and a protocol's own file is imported
when it is opened.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProtocolEntry:
    """One line of `bench datasets`."""

    name: str
    title: str
    target: str  # "module:class", imported when used
    takes: tuple[str, ...]  # fields of `ProtocolOptions` that it understands
    needs: tuple[str, ...]  # those that it cannot do without
    holds: str  # faces, subjects, folds and labels, with counts where they are fixed
    layout: str  # what lies at --root (or --manifest, --table)
    source: str  # one sentence: where to get what is missing, under which terms
    splits: tuple[str, ...] = ()  # values of --split, the default first
    presets: tuple[str, ...] = ()  # values of --preset


_ENTRIES = (
    ProtocolEntry(
        name="manifest",
        title="a split of a dataset version of one's own",
        target="training.bench.protocols.manifest:ManifestProtocol",
        takes=("manifest", "split"),
        needs=("manifest",),
        holds="as many faces as the version has; exact ages, gender, race, country, subjects",
        layout="--manifest: the manifest.parquet of `curate build-dataset`, shards beside it",
        source="`curate build-dataset NAME` writes one",
        splits=("test", "validation", "train"),
    ),
)

PROTOCOLS: dict[str, ProtocolEntry] = {entry.name: entry for entry in _ENTRIES}
