"""All sources at a glance: what each reads and needs, and how much of its limits is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from curation.sources import SOURCES, source_class
from curation.sources.about import About
from curation.sources.instagram import HASHTAGS, budget
from curation.sources.memory import Memory, Usage

UNKNOWN = About(reads="", access="")


@dataclass(frozen=True)
class Variable:
    """An environment variable of a source; its value is never read out."""

    name: str
    required: bool
    is_set: bool


@dataclass(frozen=True)
class SourceStatus:
    """One source: what it is, what it needs, and sentences on what is used of its limits."""

    kind: str
    about: About
    variables: tuple[Variable, ...]
    used: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether everything that it needs is set."""
        return all(variable.is_set for variable in self.variables if variable.required)


def overview(memory: Memory | None, environment: Mapping[str, str]) -> list[SourceStatus]:
    """Return every registered source; without a `memory` nothing is said of what is used."""
    now = datetime.now(UTC)
    usages = memory.usage() if memory else []
    found = []
    for kind in SOURCES:
        about: About = getattr(source_class(kind), "about", UNKNOWN)
        names = [(name, True) for name in about.needs] + [(name, False) for name in about.may_use]
        used = [_in_words(usage, now) for usage in usages if usage.kind == kind]
        if kind == "instagram" and memory:
            used = [*_hashtags(memory, now), *used]
        found.append(
            SourceStatus(
                kind,
                about,
                tuple(Variable(name, must, bool(environment.get(name))) for name, must in names),
                tuple(used),
            )
        )
    return found


def _hashtags(memory: Memory, now: datetime) -> list[str]:
    accounts = memory.accounts()
    sentences = []
    for account in accounts:
        spent = budget(memory, account, now)
        sentence = f"{len(spent.counting)} of {HASHTAGS} hashtags this week"
        if len(accounts) > 1:
            sentence = f"account {account}: {sentence}"
        if spent.next_frees:
            sentence += f", the next frees on {spent.next_frees:%Y-%m-%d at %H:%M} UTC"
        sentences.append(sentence)
    return sentences


def _in_words(usage: Usage, now: datetime) -> str:
    if usage.unit == "%":
        return f"{usage.used:.0f} % of the rate limit on {usage.noted_at:%Y-%m-%d at %H:%M} UTC"
    if usage.resets_at and usage.resets_at <= now:
        return f"{usage.server}: nothing, the limit started anew at {usage.resets_at:%H:%M} UTC"
    until = f" until {usage.resets_at:%H:%M} UTC" if usage.resets_at else ""
    return (
        f"{usage.server}: {usage.used:,.0f} of {usage.allowed:,.0f} {usage.unit}{until} "
        f"(on {usage.noted_at:%Y-%m-%d at %H:%M} UTC)"
    )
