"""The datasheet of a version, after Gebru et al. 2021, "Datasheets for Datasets" (CACM 64(12)).

It answers the paper's questions, in its seven sections, with figures of this very version. What
only the issuer can know comes from the section `[papers]` of the settings; what is not given there
is called unknown, and never made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curation.dataset.files import BALANCE_NAME
from curation.dataset.papers import CROISSANT, DATASHEET, PROVENANCE
from curation.dataset.papers.facts import UNKNOWN, Facts, by_number
from curation.dataset.papers.plots import draw_plots
from curation.dataset.papers.words import biases_of, citation_of, description_of, licence_of

NOT_TOLD = "Not told by the issuer."


def write_datasheet(folder: Path, facts: Facts) -> None:
    """Write the datasheet of the version in `folder`, and its plots beside it."""
    plots = draw_plots(folder, facts)
    lines = [
        *_title(facts),
        *_motivation(facts),
        *_composition(facts, plots),
        *_collection(facts, plots),
        *_labelling(facts, plots),
        *_uses(),
        *_distribution(facts, plots),
        *_maintenance(facts),
    ]
    (folder / DATASHEET).write_text("\n".join(lines) + "\n")


def _title(facts: Facts) -> Iterator[str]:
    yield f"# Datasheet: {facts.name}"
    yield ""
    yield f"Issued {facts.description['issued']}. {description_of(facts)}"
    yield ""
    yield (
        f"The same for programs: `{CROISSANT}` (Croissant 1.1 with RAI), `{PROVENANCE}` (Data "
        "Provenance Standards), `dataset.json` (settings, plan, every file with its SHA-256)."
    )
    yield ""


def _question(text: str, answer: str) -> Iterator[str]:
    yield f"**{text}** {answer}"
    yield ""


def _plot(plots: dict[str, str], title: str) -> Iterator[str]:
    if title in plots:
        yield f"![{title}]({plots[title]})"
        yield ""


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


def _motivation(facts: Facts) -> Iterator[str]:
    yield "## Motivation"
    yield ""
    yield from _question(
        "For what purpose was the dataset created?",
        "To train and test networks that estimate age and gender, and to show whether they do so "
        "equally well for all kinds of people. Who is in it was therefore drawn to targets, and "
        "not taken as it came.",
    )
    issuer = facts.papers.get("issuer")
    yield from _question("Who created it?", f"{issuer}." if issuer else NOT_TOLD)


def _composition(facts: Facts, plots: dict[str, str]) -> Iterator[str]:
    yield "## Composition"
    yield ""
    yield from _question(
        "What do the instances represent, and how many are there?",
        f"One sample is the aligned crop of one face in one photograph. There are "
        f"{facts.samples:,} samples of {facts.description['subjects']:,} subjects.",
    )
    yield from _question(
        "Is it a sample of a larger set?",
        "Yes: of the faces that moderators confirmed, the largest number that keeps the balance "
        f"targets was taken ([{BALANCE_NAME}]({BALANCE_NAME}) shows candidates, targets and "
        "samples).",
    )
    yield from _question(
        "What does each instance consist of, and is there a label?",
        "A JPEG of 256 by 256 pixels; age and gender with their probabilities; country and race "
        "where a source states them; quality, pose and size of the face; licence and address of "
        "the photograph. Each label says where it came from (columns ending in `_origin`).",
    )
    yield from _question(
        "Are relationships between instances made explicit?",
        "Photographs that may show the same person share a `subject`: "
        + _joined(facts.description.get("subjects_joined", {}).get("joined", {})),
    )
    yield from _question(
        "Are there recommended splits?", "Yes, by subject, so that nobody is in two of them:"
    )
    yield from _table(
        ("split", "samples", "share"),
        [
            (split, f"{count:,}", f"{count / max(1, facts.samples):.1%}")
            for split, count in facts.per_split.items()
        ],
    )
    yield from _plot(plots, "Distributions per split")
    for attribute in facts.known():
        yield from _attribute(facts, attribute)
    yield from _question(
        "Are there errors, sources of noise, or redundancies?",
        "Verdicts of moderators can be wrong; their probability says how sure each is. Copies of "
        "one photograph were found by perceptual hashes, and one of each was kept.",
    )
    yield from _plot(plots, "Quality and probabilities")
    yield from _question("What is uneven?", " ".join(biases_of(facts)))
    yield from _question(
        "Does it contain data that might be considered confidential or sensitive?",
        "Faces of people, with age, gender and in part race: personal data everywhere, and in many "
        "places sensitive. Authors' names and ids, captions and places are not in it.",
    )


def _joined(joined: dict[str, int]) -> str:
    parts = [f"{count:,} by {name}" for name, count in joined.items() if count]
    return f"{', '.join(parts)} were joined." if parts else "none had to be joined."


def _attribute(facts: Facts, attribute: str) -> Iterator[str]:
    total = facts.total(attribute)
    ordered = list(total.items()) if attribute == "age" else by_number(total)
    splits = [split for split, count in facts.per_split.items() if count]
    yield from _table(
        (attribute, "samples", *splits),
        [
            (
                value,
                f"{count:,}",
                *(
                    f"{facts.values[attribute][split][value] / facts.per_split[split]:.1%}"
                    for split in splits
                ),
            )
            for value, count in ordered
        ],
    )


def _collection(facts: Facts, plots: dict[str, str]) -> Iterator[str]:
    funnel = facts.description.get("funnel", {})
    yield "## Collection process"
    yield ""
    sources = ", ".join(f"{name} ({count:,})" for name, count in by_number(facts.terms["source"]))
    yield from _question(
        "How was the data acquired, and from where?",
        f"From posts whose hashtags or sources tell the age. Samples by kind of source: {sources}.",
    )
    start, end = funnel.get("published", [None, None])
    yield from _question(
        "Over what timeframe?",
        f"Posts were published from {start} to {end}." if start and end else "Unknown.",
    )
    yield from _question("What was set aside on the way?", "From posts to samples:")
    yield from _table(
        ("step", "number"), [(name, f"{count:,}") for name, count in funnel.get("steps", [])]
    )
    yield from _plot(plots, "Funnel")
    aside = funnel.get("set_aside", [])
    if aside:
        yield from _table(
            ("stage", "reason", "set aside"),
            [(stage, reason, f"{count:,}") for stage, reason, count in aside],
        )
    consent = facts.papers.get("consent")
    yield from _question(
        "Were the people in question notified, and did they consent?",
        f"See {consent}." if consent else NOT_TOLD,
    )
    yield from _question(
        "Can they have their data removed?",
        "Yes: whoever asks is taken out of every version, with all copies, and may not return. "
        + (f"Ask {facts.papers['contact']}." if facts.papers.get("contact") else NOT_TOLD),
    )


def _labelling(facts: Facts, plots: dict[str, str]) -> Iterator[str]:
    yield "## Preprocessing, cleaning, labelling"
    yield ""
    yield from _question(
        "Was any preprocessing or labelling done?",
        "Faces were found by MTCNN and aligned by a similarity transform of five landmarks. "
        "Moderators voted on gender, on whether the stated age fits and on whether the picture is "
        "relevant; the votes on each face were added up to a verdict.",
    )
    for title, column in (
        ("votes per face", "votes"),
        ("verdicts by", "method"),
        ("age first stated by", "age_origin"),
        ("country stated by", "country_origin"),
        ("race stated by", "race_origin"),
    ):
        counts = by_number(facts.terms[column])
        if {name for name, _ in counts} - {UNKNOWN}:
            yield from _table(
                (title, "samples"), [(name, f"{number:,}") for name, number in counts]
            )
    agreement = facts.description.get("agreement", {})
    if agreement:
        yield from _table(
            ("attribute", "faces with two votes or more", "votes", "pairs that agree", "alpha"),
            [
                (
                    attribute,
                    f"{one['faces']:,}",
                    f"{one['votes']:,}",
                    f"{one['agreement']:.1%}",
                    "undefined" if one["alpha"] is None else f"{one['alpha']:.3f}",
                )
                for attribute, one in agreement.items()
            ],
        )
        yield "Alpha is Krippendorff's, for nominal data, of all votes when the version was built."
        yield ""
        yield from _plot(plots, "Agreement of moderators")
    yield from _question(
        "Was the raw data saved?",
        "The photographs stay with the issuer; they are not part of the dataset.",
    )


def _uses() -> Iterator[str]:
    yield "## Uses"
    yield ""
    yield from _question(
        "What can it be used for?", "Training and testing of age and gender estimation."
    )
    yield from _question(
        "What should it not be used for?",
        "Recognising or identifying people; decisions about single people; inferring how somebody "
        "describes themselves: gender is what moderators see, and race what a source states.",
    )


def _distribution(facts: Facts, plots: dict[str, str]) -> Iterator[str]:
    yield "## Distribution"
    yield ""
    url = facts.papers.get("url")
    yield from _question("Where is it distributed?", f"{url}." if url else NOT_TOLD)
    yield from _question("Under which licence?", f"{licence_of(facts)}.")
    yield from _table(
        ("licence of the photograph", "samples"),
        [(name, f"{count:,}") for name, count in by_number(facts.terms["licence"])],
    )
    yield from _plot(plots, "Licences")
    yield "How to cite it:"
    yield ""
    yield f"    {citation_of(facts)}"
    yield ""


def _maintenance(facts: Facts) -> Iterator[str]:
    yield "## Maintenance"
    yield ""
    contact = facts.papers.get("contact")
    yield from _question("Who maintains it?", f"{contact}." if contact else NOT_TOLD)
    yield from _question(
        "Will it be updated?",
        "A version never changes but by erasure. When the pool grows, a new version is issued in "
        "which nobody changes splits and a released test split stays one.",
    )
    erasures = facts.description.get("erasures", [])
    if erasures:
        removed = sum(one["samples_removed"] for one in erasures)
        yield from _question(
            "What was erased?",
            f"{removed:,} samples in {len(erasures)} erasures; the versions that held them are "
            "replaced by this one.",
        )
