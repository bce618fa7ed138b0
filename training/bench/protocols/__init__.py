"""Protocols: what a test set is made of, one file per dataset.

A protocol knows its samples and their labels without reading a picture, and says what can be
answered without looking. To add one, write a class with the members of `BenchProtocol` in a file
of its own here, and its line in `registry.py`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

from curation.errors import InputError, SettingsError
from training.baseline import Baseline
from training.bench.bins import AgeBins
from training.bench.flags import flag
from training.bench.protocols.registry import PROTOCOLS, ProtocolEntry
from training.bench.sample import Alignment, Picture, Sample

__all__ = [
    "PROTOCOLS",
    "Alignment",
    "BenchProtocol",
    "Finding",
    "Picture",
    "ProtocolEntry",
    "ProtocolOptions",
    "Sample",
    "open_protocol",
]


@dataclass(frozen=True)
class ProtocolOptions:
    """What the command line says about a test set; None and () where it says nothing."""

    root: Path | None = None  # the dataset's folder, as it is distributed
    manifest: Path | None = None
    table: Path | None = None  # CSV or Parquet with one row per face
    split: str | None = None
    folds: tuple[str, ...] = ()  # only these folds
    preset: str | None = None  # a named set of filters
    corrections: Path | None = None  # CSV that mends labels
    workers: int | None = None  # reading threads

    def given(self) -> list[str]:
        """Return the names of the options that say something."""
        unsaid = (None, ())
        return [item.name for item in fields(self) if getattr(self, item.name) not in unsaid]


@dataclass(frozen=True)
class Finding:
    """One thing that `check` found in a dataset."""

    kind: str  # short and stable: "byte-identical in two splits", "missing file", …
    count: int
    detail: str  # one sentence
    examples: tuple[str, ...] = ()  # a few sample ids, file names or rows
    harmful: bool = True  # False: worth knowing, but no figure suffers


class BenchProtocol(Protocol):
    """A test set.

    `variant` names the way of testing where one dataset has several ("5-fold cross-validation",
    "wiki-13-44-2005"); published figures stand beside our own only where dataset and variant
    agree. `bins` are the age bins that the literature uses on this dataset.
    """

    name: str
    variant: str
    bins: AgeBins

    @classmethod
    def open(cls, options: ProtocolOptions) -> BenchProtocol:
        """Read the labels (not the pictures) of the dataset that `options` name.

        `open_protocol` has refused options that the registry does not list and has seen to those
        that are needed.

        Raises:
            InputError: something is missing, or is of another dataset: what, how many, the first,
                and where to get it.
        """

    def samples(self) -> Sequence[Sample]:
        """Return all samples in a fixed order; their pictures are read later, one at a time."""

    def baseline(self) -> Baseline | None:
        """Return what the training labels alone would answer, where there are any."""

    def describe(self) -> dict[str, str]:
        """Return which data this is, for the report: names, versions, splits, filters, hashes."""

    def check(self) -> Iterable[Finding]:
        """Look for what makes figures wrong: copies, contradictions, subjects across folds, …"""


def open_protocol(name: str, options: ProtocolOptions) -> BenchProtocol:
    """Open the protocol `name` with `options`.

    Raises:
        SettingsError: there is no such protocol, an option that it does not take or needs, or a
            split or preset that it does not have.
        InputError: the data cannot be used.
    """
    entry = PROTOCOLS.get(name)
    if entry is None:
        raise SettingsError(f"there is no protocol {name!r}; there are: {', '.join(PROTOCOLS)}")
    unknown = [option for option in options.given() if option not in (*entry.takes, "workers")]
    if unknown:
        takes = ", ".join(flag(option) for option in entry.takes)
        raise SettingsError(f"the protocol {name} takes {takes}, not {flag(unknown[0])}")
    lacking = [option for option in entry.needs if option not in options.given()]
    if lacking:
        raise InputError(
            f"the protocol {name} needs {flag(lacking[0])} ({entry.layout}); {entry.source}"
        )
    for option, known in (("split", entry.splits), ("preset", entry.presets)):
        value = getattr(options, option)
        if value is not None and known and value not in known:
            raise SettingsError(f"{name} has no {option} {value!r}; there are: {', '.join(known)}")
    module, _, attribute = entry.target.partition(":")
    opened: BenchProtocol = getattr(importlib.import_module(module), attribute).open(options)
    return opened
