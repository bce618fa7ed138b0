"""The 22 fields of the Data Provenance Standards of the Data & Trust Alliance, as JSON.

The fields, their three groups (source, provenance, use) and the codes are those of version 1.0.0
(dataandtrustalliance.org); where a field has two sides (processing and storage: allowed, excluded;
proprietary data: copyright, patent, trademark) each has its own name, as in its JSON schema.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from curation.dataset.layouts import HUGGINGFACE
from curation.dataset.papers import PROVENANCE
from curation.dataset.papers.facts import UNKNOWN, Facts, by_number
from curation.dataset.papers.words import description_of, licence_of

STANDARD = "1.0.0"
SYSTEM = "https://dataandtrustalliance.org/our-initiatives/data-provenance-standards"
FORMATS = ["image/jpeg", "application/x-tar", "application/vnd.apache.parquet", "application/json"]
# Every class of confidentiality has to be judged.
CLASSES = (
    ("PI", "Personal information (PI)/Demographic", True),
    ("SPI", "Sensitive Personal Information (SPI)", True),
    ("PHI", "Personal Health Information (PHI)", False),
    ("PFI", "Personal Financial Information (PFI)", False),
    ("PCI", "Payment Card Industry (PCI)", False),
)


def write_provenance(folder: Path, facts: Facts) -> None:
    """Write the provenance of the version in `folder`."""
    told = {"source": _source(facts), "provenance": _provenance(facts), "use": _use(facts)}
    (folder / PROVENANCE).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def identifier(facts: Facts) -> str:
    """Return the UUID of the version: the same for the same version, and another for its patch."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"evenface:{facts.description['fingerprint']}"))


def _source(facts: Facts) -> dict[str, Any]:
    papers = facts.papers
    issuer: dict[str, Any] = {"name": papers.get("issuer") or UNKNOWN}
    if papers.get("contact"):
        issuer["address"] = [papers["contact"]]
    return {
        "version": STANDARD,
        "title": facts.name,
        "id": identifier(facts),
        "location": f"{papers['url'].rstrip('/')}/{PROVENANCE}"
        if papers.get("url")
        else PROVENANCE,
        "issuer": [issuer],
        "description": description_of(facts),
    }


def _provenance(facts: Facts) -> dict[str, Any]:
    description = facts.description
    start, end = description.get("funnel", {}).get("published", [None, None])
    sources = by_number(facts.terms["source"])
    countries = sorted(set(facts.total("country")) - {UNKNOWN})
    return {
        "source": ", ".join(f"{name} ({count:,} samples)" for name, count in sources),
        "origin": [{"name": name} for name, _ in sorted(sources) if name != UNKNOWN],
        "origin-geography": [{"country": country} for country in countries or [UNKNOWN]],
        "date": description["issued"],
        "previous-date": description.get("previously_issued") or "",
        "generation-period": {"start": start or "", "end": end or ""},
        "generation-method": [
            {
                "code": "Social media",
                "system": SYSTEM,
                "description": "posts whose hashtags or sources state the age of who is shown",
            },
            {
                "code": "User generated content",
                "system": SYSTEM,
                "description": "moderators confirmed gender, age and relevance of every face",
            },
        ],
        "format": [*FORMATS, *(["text/markdown"] if _has_card(facts) else [])],
    }


def _has_card(facts: Facts) -> bool:
    return HUGGINGFACE in facts.description["settings"].get("layouts", [])


def _use(facts: Facts) -> dict[str, Any]:
    papers = facts.papers
    licence = licence_of(facts)
    return {
        "classification": [
            {"regulation": {"code": code, "system": SYSTEM, "description": name}, "evaluated": yes}
            for code, name, yes in CLASSES
        ],
        "consents": [papers["consent"]] if papers.get("consent") else [],
        "privacy-indicators": [
            {
                "tool": {"code": "Pseudonymization", "system": SYSTEM},
                "parameters": "HMAC-SHA-256, 128 bits, under a secret of the workspace",
                "result": "authors are keyed hashes, and are not in the dataset",
            },
            {
                "tool": {"code": "Data Minimization", "system": SYSTEM},
                "parameters": "captions, places and coordinates are not kept",
                "result": "an aligned crop of one face, labels, licence and address per sample",
            },
        ],
        "processing-included": [{"country": one} for one in papers.get("processed_in", [])],
        "processing-excluded": [],
        "storage-allowed": [{"country": one} for one in papers.get("stored_in", [])],
        "storage-forbidden": [],
        "license": licence,
        "intended-purpose": [
            {"code": "Pre-Training", "description": "networks that estimate age and gender"},
            {"code": "Evaluation", "description": "how well they do for all kinds of people"},
        ],
        "copyright": [
            f"{count:,} photographs: {name}" for name, count in by_number(facts.terms["licence"])
        ],
        "patent": [],
        "trademark": [],
    }
