"""`bench datasets`: the test sets that `bench run` knows."""

from __future__ import annotations

from typing import Annotated

import typer

from curation import console


def datasets(
    name: Annotated[
        str | None, typer.Argument(help="Only this protocol, with all details.")
    ] = None,
) -> None:
    """List the test sets: what they hold, what they need, and where to get them.

    Example:

        bench datasets
        bench datasets manifest
    """
    from rich.table import Table

    from curation.errors import SettingsError
    from training.bench.flags import flag
    from training.bench.protocols.registry import PROTOCOLS

    if name is not None and name not in PROTOCOLS:
        raise SettingsError(f"there is no protocol {name!r}; there are: {', '.join(PROTOCOLS)}")
    if name is None:
        table = Table(title="Protocols of `bench run --dataset`", title_justify="left")
        for heading in ("name", "what it is", "what it holds", "options"):
            table.add_column(heading)
        for entry in PROTOCOLS.values():
            options = " ".join(flag(option) for option in entry.takes)
            table.add_row(entry.name, entry.title, entry.holds, options)
        console.out().print(table)
        return
    entry = PROTOCOLS[name]
    typer.echo(f"{entry.name}: {entry.title}")
    for what, text in (
        ("holds", entry.holds),
        ("layout", entry.layout),
        ("needs", " ".join(flag(option) for option in entry.needs)),
        ("takes", " ".join(flag(option) for option in entry.takes)),
        ("splits", ", ".join(entry.splits)),
        ("presets", ", ".join(entry.presets)),
        ("source", entry.source),
    ):
        if text:
            typer.echo(f"  {what:8}{text}")
