"""How commands run stages: a progress bar while it runs, one line of figures at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from curation import console

if TYPE_CHECKING:
    from collections import Counter

    from curation.engines import RayCluster
    from curation.stages import Report, Stage
    from curation.workspace import Workspace


def run_stage(
    stage: Stage[Any, Any],
    workspace: Workspace,
    *,
    workers: int = 0,
    engine: str | None = None,
    ray_address: str | None = None,
    limit: int | None = None,
    dry_run: bool = False,
) -> Report:
    """Run `stage` on the workspace's database with a progress bar, then print its figures.

    `engine` and `ray_address` go before the settings `run.engine` and `run.ray_address`.
    """
    from curation.stages import run

    cluster = _cluster(workspace, engine, ray_address)
    with console.progress(stage.unit) as bar:
        task = bar.add_task(stage.name, total=None)
        report = run(
            stage,
            workspace.database,
            workers=workers or workspace.settings.run.workers,
            cluster=cluster,
            limit=limit,
            dry_run=dry_run,
            on_progress=lambda done, ready: bar.update(task, completed=done, total=ready),
        )
    typer.echo(in_words(report, dry_run=dry_run))
    return report


def _cluster(
    workspace: Workspace, engine: str | None, ray_address: str | None
) -> RayCluster | None:
    from curation.engines import RayCluster
    from curation.errors import UsageError

    settings = workspace.settings.run
    if (engine or settings.engine) == "local":
        if ray_address:
            raise UsageError("--ray-address is for --engine ray; add that, or leave it out")
        return None
    return RayCluster(
        address=ray_address or settings.ray_address,
        cpus=settings.ray_cpus,
        gpus=settings.ray_gpus,
        store=workspace.store,
    )


def in_words(report: Report, *, dry_run: bool = False) -> str:
    """Return the line that a command ends with."""
    if dry_run:
        return f"{report.stage}: {report.ready:,} {report.unit} are ready"
    if not report.processed:
        return f"{report.stage}: nothing to do"
    rate = report.processed / report.seconds if report.seconds else 0.0
    line = f"{report.stage}: {report.processed:,} {report.unit} in {report.seconds:.1f} s"
    line += f" ({rate:,.1f}/s)"
    if any(report.added.values()):
        line += f": {counts(report.added)}"
    if report.rejected:
        line += f" · set aside: {counts(report.rejected)}"
    return line


def counts(counter: Counter[str]) -> str:
    """Return counts as "faces 31, crops 29", the largest first."""
    ordered = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {number:,}" for name, number in ordered if number)
