"""`curate dedup`: find copies of the same photograph."""

from __future__ import annotations

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
    workspace: WorkspaceOption = None,
) -> None:
    """Find copies of the same photograph, keep the best one, and merge what all copies say.

    Images are hashed (pHash, 64 bits); those whose hashes differ in at most `dedup.radius` bits
    are compared pixel by pixel, and only what passes counts as a copy. Of each group the copy
    with a face and the most pixels goes on; the others are set aside as near-duplicates. Where the
    posts of the copies state different genders, or ages that differ by more than
    `dedup.age_tolerance` years, the photograph is set aside as contradictory. New images are
    compared with all others; run `curate detect` first.

    Example: `curate dedup --dry-run`, then `curate dedup`
    """
    from curation.cli.running import run_stage
    from curation.dedup.group_stage import GroupCopies
    from curation.dedup.hash_stage import HashImages
    from curation.dedup.summary import summarise
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    comparing = GroupCopies(opened.store, opened.settings.dedup)
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
    if not dry_run:
        with opened.database.session() as session:
            typer.echo(summarise(session, comparing.name).in_words())
