"""Croissant 1.1 metadata (MLCommons) with the vocabulary of Responsible AI, as JSON-LD.

Files, what is in them, and who labelled it how: readers such as `mlcroissant` load the samples by
it, crops included. The form is that of the Croissant Format Specification 1.1 and of the Croissant
RAI Specification 1.0 (docs.mlcommons.org/croissant).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curation.dataset.files import MANIFEST_NAME, file_sha256
from curation.dataset.manifest import SCHEMA
from curation.dataset.papers import CROISSANT
from curation.dataset.papers.facts import UNKNOWN, Facts, by_number
from curation.dataset.papers.words import (
    biases_of,
    citation_of,
    description_of,
    licences_of,
)

CONFORMS = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
MEANINGS = {
    "sample_id": "The face's id, and the name of its crop.",
    "image_id": "SHA-256 of the photograph.",
    "age": "Years.",
    "age_probability": "That the age fits, by the moderators.",
    "gender": "female or male.",
    "gender_probability": "Of the gender, by the moderators.",
    "country": "ISO 3166-1 alpha-2.",
    "race": "As the source states it.",
    "split": "train, validation or test.",
    "weight": "For sampling.",
    "subject": "Who may be the same person shares one.",
    "votes": "Of moderators on gender.",
    "licence": "Of the photograph.",
    "source_url": "Where the photograph was posted.",
    "shard": "The file with the crop.",
    "age_origin": "Who stated the age that was confirmed.",
    "gender_origin": "Who stated the gender.",
    "method": "How the votes were added up.",
    "country_origin": "Who stated the country.",
    "race_origin": "Who stated the race.",
    "source": "Kind of source of the post.",
    "quality": "0 to 1, sharpness, exposure, size, pose and completeness in one.",
    "sharpness": "0 to 1.",
    "exposure": "0 to 1.",
    "size": "Longer side of the face's box in the photograph, pixels.",
    "eye_distance": "In the photograph, pixels.",
    "yaw": "Degrees.",
    "pitch": "Degrees.",
    "roll": "Degrees.",
    "truncation": "Share of the face's box outside the photograph.",
    "score": "Of the face detector, 0 to 1.",
}
TYPES = {"string": "sc:Text", "float": "cr:Float32", "int32": "cr:Int32"}


def write_croissant(folder: Path, facts: Facts) -> None:
    """Write the Croissant metadata of the version in `folder`."""
    told = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        **_about(facts),
        **_responsible(facts),
        "distribution": _files(folder),
        "recordSet": [_splits(facts), _samples(), _crops()],
    }
    (folder / CROISSANT).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def _about(facts: Facts) -> dict[str, Any]:
    papers = facts.papers
    issuer = {"@type": "sc:Organization", "name": papers.get("issuer") or UNKNOWN}
    if papers.get("contact"):
        issuer["email" if "@" in papers["contact"] else "url"] = papers["contact"]
    own = papers.get("licence")
    about: dict[str, Any] = {
        "name": facts.name.replace(" ", "-"),
        "description": description_of(facts),
        "conformsTo": CONFORMS,
        "citeAs": citation_of(facts),
        "creator": issuer,
        "publisher": issuer,
        "datePublished": facts.description["issued"],
        "keywords": ["faces", "age estimation", "gender", "fairness", "balanced"],
        "license": [own] if own else licences_of(facts) or [UNKNOWN],
        "version": _semantic(facts.version),
    }
    return about | ({"url": papers["url"]} if papers.get("url") else {})


def _semantic(version: str) -> str:
    """Return "3.1.0" for version 3.1: Croissant asks for semantic versions."""
    number, _, patch = version.partition(".")
    return f"{number}.{patch or 0}.0"


def _responsible(facts: Facts) -> dict[str, Any]:
    funnel = facts.description.get("funnel", {})
    dates = [day for day in funnel.get("published", []) if day]
    votes = by_number(facts.terms["votes"])
    told: dict[str, Any] = {
        "rai:dataCollection": (
            "Posts whose hashtags or sources tell the age; faces found and aligned, one copy of "
            "each photograph kept; DATASHEET.md has the numbers of each step."
        ),
        "rai:dataCollectionType": ["Social Media", "Manual Human Curator"],
        "rai:dataCollectionMissingData": (
            "Country and race are empty where no source states them; they are never guessed."
        ),
        "rai:dataCollectionRawData": "Photographs as they were posted; not part of the dataset.",
        "rai:dataImputationProtocol": "Nothing is imputed.",
        "rai:dataPreprocessingProtocol": [
            "Similarity transform of five landmarks to 256 by 256 pixels, one JPEG encoding."
        ],
        "rai:dataManipulationProtocol": "The draw keeps the balance targets in dataset.json.",
        "rai:dataAnnotationProtocol": [
            "Several moderators say for each face which gender it has, whether the stated age fits "
            "and whether the picture is relevant; their votes are added up to a verdict with a "
            "probability."
        ],
        "rai:dataAnnotationPlatform": ["Label Studio"],
        "rai:dataAnnotationAnalysis": _agreement(facts) or ["No votes of two moderators or more."],
        "rai:annotationsPerItem": ", ".join(f"{count:,} faces: {n}" for n, count in votes),
        "rai:annotatorDemographics": ["Not recorded: moderators are known by keyed hashes only."],
        "rai:machineAnnotationTools": ["MTCNN (boxes and landmarks); no label is a model's."],
        "rai:dataBiases": biases_of(facts),
        "rai:dataUseCases": ["Training and testing of age and gender estimation."],
        "rai:dataLimitations": [
            "Gender is what moderators see, as female or male; it says nothing of how people "
            "describe themselves.",
            "Not for recognising or identifying people, and not for decisions about them.",
        ],
        "rai:dataSocialImpact": (
            "Balanced so that a network does not work for some people only; age and gender "
            "estimation can still be used to profile people."
        ),
        "rai:personalSensitiveInformation": ["Gender", "Age", "Geography", "Ethnicity"],
        "rai:dataReleaseMaintenancePlan": (
            "Versions never change but by erasure: who asks to be removed is taken out, and a "
            "patch replaces the version."
        ),
    }
    return told | ({"rai:dataCollectionTimeframe": dates} if dates else {})


def _agreement(facts: Facts) -> list[str]:
    return [
        f"{attribute}: {one['faces']:,} faces, {one['agreement']:.1%} of pairs of votes agree, "
        f"Krippendorff's alpha {one['alpha'] if one['alpha'] is not None else 'undefined'}"
        for attribute, one in facts.description.get("agreement", {}).items()
    ]


def _files(folder: Path) -> list[dict[str, Any]]:
    manifest = folder / MANIFEST_NAME
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": "manifest",
            "name": MANIFEST_NAME,
            "description": "One row per sample.",
            "contentUrl": MANIFEST_NAME,
            "contentSize": f"{manifest.stat().st_size} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file_sha256(manifest),
        }
    ]
    shards = [path.relative_to(folder).as_posix() for path in sorted(folder.glob("shards/*.tar"))]
    files += [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "description": "Aligned crops and their labels, in WebDataset's form.",
            "contentUrl": name,
            "contentSize": f"{(folder / name).stat().st_size} B",
            "encodingFormat": "application/x-tar",
            "sha256": file_sha256(folder / name),
        }
        for name in shards
    ]
    files.append(
        {
            "@type": "cr:FileSet",
            "@id": "crops",
            "name": "crops",
            "description": "The crops in the shards.",
            "containedIn": [{"@id": name} for name in shards],
            "encodingFormat": "image/jpeg",
            "includes": "*.jpg",
        }
    )
    return files


def _splits(facts: Facts) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The splits; no subject stands in two of them.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": "splits/name",
                "name": "name",
                "description": "How the split is called in the manifest.",
                "dataType": "sc:Text",
            },
        ],
        "data": [{"splits/name": name} for name, count in facts.per_split.items() if count],
    }


def _samples() -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"samples/{one.name}",
            "name": one.name,
            "description": MEANINGS[one.name],
            "dataType": TYPES[str(one.type)],
            "source": {"fileObject": {"@id": "manifest"}, "extract": {"column": one.name}},
        }
        for one in SCHEMA
    ]
    for one in fields:
        if one["name"] == "split":
            one["references"] = {"field": {"@id": "splits/name"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "The manifest: labels, origins, measures and rights of each sample.",
        "key": {"@id": "samples/sample_id"},
        "field": fields,
    }


def _crops() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "crops-by-sample",
        "name": "crops-by-sample",
        "description": "The crop of each sample.",
        "key": {"@id": "crops-by-sample/sample_id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": "crops-by-sample/sample_id",
                "name": "sample_id",
                "description": "The sample, as in `samples`.",
                "dataType": "sc:Text",
                "source": {
                    "fileSet": {"@id": "crops"},
                    "extract": {"fileProperty": "filename"},
                    "transform": {"regex": r"^(.*)\.jpg$"},
                },
            },
            {
                "@type": "cr:Field",
                "@id": "crops-by-sample/image",
                "name": "image",
                "description": "The aligned crop, 256 by 256 pixels.",
                "dataType": "sc:ImageObject",
                "source": {"fileSet": {"@id": "crops"}, "extract": {"fileProperty": "content"}},
            },
        ],
    }
