"""`curate dedup`: find copies of the same photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation.cli.options import (
    DryRunOption,
    EngineOption,
    LimitOption,
    RayAddressOption,
    WorkersOption,
    WorkspaceOption,
)


def dedup(
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Write a page that shows the groups of copies, contradictions first.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Find copies of the same photograph, keep the best one, and merge what all copies say.

    Images are hashed (pHash, 64 and 256 bits), and so are their mirror images, parts of them and
    their faces. Where 64 bits differ in at most `dedup.radius` (of parts, `dedup.window_radius`),
    pictures are laid over each other and compared pixel by pixel, and only what passes counts as a
    copy: encoded or resized anew, cropped, framed, mirrored, turned a little. Of each group the
    copy with a face and the most pixels goes on; the others are set aside as near-duplicates. Where
    the posts of the copies state different genders, or ages that differ by more than
    `dedup.age_tolerance` years, the photograph is set aside as contradictory. New images are
    compared with all others; run `curate detect` first.

    Said are also how many pairs to expect within the radius by chance, and which radius the number
    of pictures allows for parts. `--report` writes one file, for this machine only: it holds
    pictures of people.

    Example: `curate dedup --dry-run`, then `curate dedup --report copies.html`
    """
    from curation.cli.running import run_stage
    from curation.dedup.chance import in_words as chance_in_words
    from curation.dedup.group_stage import GroupCopies
    from curation.dedup.hash_stage import HashImages
    from curation.dedup.report import write_report
    from curation.dedup.summary import summarise
    from curation.dedup.table import read_hashes
    from curation.dedup.window_radius import window_radius_of
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    settings = opened.settings.dedup
    comparing = GroupCopies(opened.store, settings)
    for stage in (HashImages(opened.store), comparing):
        run_stage(
            stage,
            opened,
            workers=workers,
            engine=engine,
            ray_address=ray_address,
            limit=limit,
            dry_run=dry_run,
        )
    if words := chance_in_words(read_hashes(opened.database), settings.radius):
        typer.echo(words)
        typer.echo(window_radius_of(opened.database, settings.window_radius).in_words())
    if not dry_run:
        with opened.database.session() as session:
            typer.echo(summarise(session, comparing.name).in_words())
    if report is not None and not dry_run:
        written = write_report(
            report, opened.database, opened.store, comparing.name, settings.age_tolerance
        )
        typer.echo(
            f"{report}: {written.shown:,} of {written.groups:,} groups, "
            f"{written.contradictory:,} with contradictions (pictures of people: keep it here)"
        )
