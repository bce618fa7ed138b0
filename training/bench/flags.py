"""How the fields of options are typed on the command line."""

from __future__ import annotations

# Typed once per value, so its name is in the singular.
REPEATED = {"folds": "fold"}


def flag(option: str) -> str:
    """Return how the field `option` of protocol or predictor options is typed: "--send-pictures".

    `folds`, which may be given several times, is typed `--fold`.
    """
    return "--" + REPEATED.get(option, option).replace("_", "-")
