"""The page of a campaign: markup, style and the script that renews it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def page() -> str:
    """Return the whole page; it asks `state.json` beside it for everything that it shows."""
    return (
        _part("page.html")
        .replace("/*STYLE*/", _part("page.css"))
        .replace("//SCRIPT", _part("page.js"))
    )
