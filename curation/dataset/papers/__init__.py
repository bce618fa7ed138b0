"""The papers that travel with a version: datasheet, Croissant metadata, provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DATASHEET, CROISSANT, PROVENANCE = "DATASHEET.md", "croissant.json", "provenance.json"


def write_papers(folder: Path, description: dict[str, Any]) -> None:
    """Write all papers of the version in `folder`, whose manifest and shards are there already.

    They follow from the description and the manifest alone: the same version has the same papers.
    """
    from curation.dataset.papers.croissant import write_croissant
    from curation.dataset.papers.datasheet import write_datasheet
    from curation.dataset.papers.facts import read_facts
    from curation.dataset.papers.provenance import write_provenance

    facts = read_facts(folder, description)
    write_datasheet(folder, facts)
    write_provenance(folder, facts)
    write_croissant(folder, facts)
