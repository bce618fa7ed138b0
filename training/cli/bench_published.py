"""`bench published`: what others have published."""

from __future__ import annotations

from typing import Annotated

import typer

from curation import console


def published(
    dataset: Annotated[
        str | None, typer.Option(help="Only figures on this dataset (a protocol's name).")
    ] = None,
) -> None:
    """Print published figures with their sources, a table for each test set and way of testing.

    Figures of different tables are not comparable: other faces, other splits, other rules.

    Example:

        bench published --dataset adience
    """
    from curation.errors import SettingsError
    from training.bench.published import published_figures
    from training.bench.report.beside import titled
    from training.bench.report.screen import lines_table

    rows = published_figures(dataset)
    if not rows:
        known = sorted({row.dataset for row in published_figures() if row.dataset})
        raise SettingsError(
            f"there are no published figures on {dataset!r}; there are on: {', '.join(known)}"
        )
    for title, lines in titled(rows).items():
        console.out().print(lines_table(title, lines))
