"""Sentences and addresses that several papers share."""

from __future__ import annotations

from curation.dataset.papers.facts import UNKNOWN, Facts, by_number

# Where the licences that sources name can be read.
LICENCES = {
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 2.0": "https://creativecommons.org/licenses/by-sa/2.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 2.0": "https://creativecommons.org/licenses/by-nc/2.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC BY-NC-SA 4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "CC BY-ND 4.0": "https://creativecommons.org/licenses/by-nd/4.0/",
    "CC BY-NC-ND 4.0": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
}


def description_of(facts: Facts) -> str:
    """Return what the dataset is, in some sentences."""
    subjects = facts.description["subjects"]
    splits = ", ".join(f"{count:,} for {name}" for name, count in facts.per_split.items() if count)
    own = facts.papers.get("description", "")
    return (f"{own.strip()} " if own.strip() else "") + (
        f"{facts.samples:,} aligned face crops of 256 by 256 pixels of {subjects:,} subjects, with "
        "age and gender as moderators confirmed them, and country and race where they are known. "
        f"Split by subject: {splits}. Balanced to the targets in dataset.json."
    )


def licences_of(facts: Facts) -> list[str]:
    """Return the licences of the photographs, as addresses where they are known."""
    names = [name for name, _ in by_number(facts.terms["licence"]) if name != UNKNOWN]
    return [LICENCES.get(name, name) for name in names]


def licence_of(facts: Facts) -> str:
    """Return under which terms the dataset as a whole can be used."""
    own: str = facts.papers.get("licence", "")
    if own:
        return own
    named = "; ".join(licences_of(facts))
    return f"that of each photograph (column licence): {named}" if named else UNKNOWN


def citation_of(facts: Facts) -> str:
    """Return how to cite the version: as told, or as BibTeX from what is known."""
    own: str = facts.papers.get("citation", "")
    if own:
        return own
    key = "".join(letter for letter in facts.name.lower() if letter.isalnum())
    issuer = facts.papers.get("issuer") or UNKNOWN
    year = facts.description["issued"][:4]
    return f"@misc{{{key}, title={{{facts.name}}}, author={{{issuer}}}, year={{{year}}}}}"


def biases_of(facts: Facts) -> list[str]:
    """Return what is known to be uneven in the samples, with figures."""
    told = [
        "Collected from public posts whose hashtags or sources tell the age: people who do not "
        "post, and who do not tell their age, are missing."
    ]
    for attribute in facts.known():
        counts = facts.total(attribute)
        (most, number), (least, few) = by_number(counts)[0], by_number(counts)[-1]
        told.append(
            f"{attribute}: {most} is {number / facts.samples:.1%} of the samples, "
            f"{least} {few / facts.samples:.1%}; {counts[UNKNOWN] / facts.samples:.1%} unknown."
        )
    return told
