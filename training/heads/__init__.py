"""Age heads: what the last numbers of a network say about an age, behind one interface.

To add one, write a class with the members of `AgeHead` and name it in `HEADS`; settings, loop,
checkpoint, prediction, export and bench then know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curation.errors import SettingsError
from training.heads.base import AgeHead
from training.heads.classes import AdienceHead, ClassHead, DldlHead
from training.heads.gaussian import GaussianHead

__all__ = ["HEADS", "AgeHead", "age_head_of", "make_age_head"]

HEADS: dict[str, type[AgeHead]] = {
    head.kind: head for head in (GaussianHead, AdienceHead, ClassHead, DldlHead)
}


def make_age_head(kind: str, gamma: float, beta: float = 0.0) -> AgeHead:
    """Return the head that the settings name; γ and β matter to the Gaussian one alone.

    Raises:
        SettingsError: there is no such head, or β is given for a head that has none.
    """
    if kind not in HEADS:
        raise SettingsError(f"there is no age head {kind!r}; there are: {', '.join(HEADS)}")
    if kind == GaussianHead.kind:
        return GaussianHead(gamma, beta)
    if beta:
        raise SettingsError(f"--beta belongs to --age-head {GaussianHead.kind}, not {kind}")
    return HEADS[kind]()


def age_head_of(known: Mapping[str, Any]) -> AgeHead:
    """Return the head that a checkpoint describes: its `kind` and its `dials`.

    Raises:
        SettingsError: there is no such head in this version.
    """
    dials = {name: value for name, value in known.items() if name != "kind"}
    kind = str(known["kind"])
    if kind not in HEADS:
        raise SettingsError(f"there is no age head {kind!r}; there are: {', '.join(HEADS)}")
    return HEADS[kind](**dials)
