"""`curate dataset`: look after released versions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curation import console
from curation.cli.options import WorkspaceOption

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from curation.dataset.diff import Diff
    from curation.dataset.versions import Version

FAILURE = 1

app = console.app("Look after the released versions of a dataset.")


@app.callback()
def group() -> None:
    """Look after the released versions of a dataset."""


@app.command()
def verify(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    version: Annotated[
        str | None,
        typer.Argument(help="A version such as v3 or 3.1; else all.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Check every byte of a dataset, and that nothing erased is left in it.

    Every file is held against its SHA-256 in dataset.json, every crop against the index and the
    manifest, every label against its row; and no sample may be of an erased face, photograph,
    post, address or author, or look like an erased crop. What is wrong is named, and the exit
    code is 1.

    Example: `curate dataset verify faces v3`
    """
    from curation.privacy.leftovers import released, verify_released
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    wrong = 0
    for one in released(opened, name, version):
        with console.progress("samples") as bar:
            found = verify_released(
                opened, one, partial(_show, bar, bar.add_task(f"verify v{one.label}", total=None))
            )
        for problem in found.problems:
            typer.echo(f"{name} v{one.label}: {problem}")
        wrong += len(found.problems)
        if not found.problems:
            typer.echo(
                f"{name} v{one.label} is sound: {found.samples:,} samples, {found.files:,} files, "
                "nothing erased is left"
            )
    if wrong:
        typer.echo(f"error: {wrong:,} things are wrong with {name}", err=True)
        raise typer.Exit(FAILURE)


@app.command("list")
def list_versions(
    name: Annotated[
        str | None, typer.Argument(help="Name of a dataset; else all.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """List the versions there are.

    Example: `curate dataset list`
    """
    from rich.table import Table

    from curation.dataset.versions import find_version, versions
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    if name is not None:
        find_version(opened, name)  # says which datasets there are
    there = versions(opened, name)
    if not there:
        typer.echo("there is no dataset yet; `curate build-dataset NAME` makes one")
        return
    table = Table()
    for heading in ("dataset", "version", "issued", "samples", "candidates", "folder"):
        right = heading in ("samples", "candidates")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for one in there:
        issued = (one.description or {}).get("issued") or ""
        folder = one.path if (opened.datasets / one.path).is_dir() else f"{one.path} (missing)"
        numbers = (f"{one.samples:,}", f"{one.candidates:,}")
        table.add_row(one.name, one.label, issued, *numbers, folder)
    console.out().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    version: Annotated[
        str | None,
        typer.Argument(help="A version such as v3; else the newest.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as dataset.json.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show one version: samples and subjects, splits, balance, settings, files.

    Example: `curate dataset show faces v3`
    """
    import json

    from curation.dataset.versions import find_version
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    found = find_version(opened, name, version)
    if as_json:
        typer.echo(json.dumps(_described(found, opened.datasets / found.path), indent=2))
        return
    described = _described(found, opened.datasets / found.path)
    splits = ", ".join(f"{split} {count:,}" for split, count in described["splits"].items())
    typer.echo(f"{name} {found.label}, issued {described.get('issued', 'on an unknown day')}")
    typer.echo(f"{found.samples:,} of {found.candidates:,} confirmed faces ({splits})")
    typer.echo(f"{described['subjects']:,} subjects, manifest schema {described['schema']}")
    changed = {
        key: value for key, value in described["settings"].items() if value not in ({}, [], "")
    }
    typer.echo(f"settings: {json.dumps(changed)}")
    typer.echo(f"folder: {opened.datasets / found.path}")
    if "table" in described.get("plan", {}):
        from curation.cli.balance import print_shares
        from curation.dataset.balance_table import from_json

        print_shares(from_json(described["plan"]["table"]))


def _described(version: Version, folder: Path) -> dict[str, Any]:
    from curation.dataset.files import read_description

    return version.description or read_description(folder)


@app.command()
def diff(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    first: Annotated[str, typer.Argument(help="The earlier version, such as v3.")],
    second: Annotated[str, typer.Argument(help="The later version, such as v4.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Every difference, one sample each, as JSON.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every difference here.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show who came into a dataset from one version to another, who went, what changed, and why.

    Reasons: "newly collected" (nobody had voted on it when the first version was built), "new
    verdict", "copy of another", "balance" (the targets had room for it, or no longer), and how
    many were erased. They are read from the votes and verdicts of today.

    Example: `curate dataset diff faces v3 v4 --csv differences.csv`
    """
    import json
    from dataclasses import asdict

    from curation.dataset.diff import diff as compare
    from curation.dataset.versions import find_version
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    found = compare(opened, find_version(opened, name, first), find_version(opened, name, second))
    if csv is not None:
        _write_csv(csv, found)
    if as_json:
        told = {
            "dataset": name,
            "first": found.first.label,
            "second": found.second.label,
            "shared": found.shared,
            "erased": found.erased,
            "differences": [asdict(one) for one in found.differences],
        }
        typer.echo(json.dumps(told, indent=2))
        return
    _print_diff(found)
    if csv is not None:
        typer.echo(f"every difference: {csv}")


def _write_csv(path: Path, found: Diff) -> None:
    import csv
    from dataclasses import asdict, fields

    from curation.dataset.diff import Difference
    from curation.errors import InputError

    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Difference)])
            writer.writeheader()
            writer.writerows(asdict(one) for one in found.differences)
        partial.rename(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


def _print_diff(found: Diff) -> None:
    from rich.table import Table

    typer.echo(
        f"{found.first.name} {found.first.label} to {found.second.label}: {found.shared:,} samples "
        f"in both, {found.first.samples:,} before, {found.second.samples:,} after"
    )
    counts = found.counts()
    if not counts and not found.erased:
        typer.echo("nothing differs")
        return
    table = Table()
    for heading in ("", "why", "samples"):
        table.add_column(heading, justify="right" if heading == "samples" else "left")
    for (what, why), count in counts.items():
        table.add_row(what, why, f"{count:,}")
    if found.erased:
        table.add_row("out", "erased", f"{found.erased:,}")
    console.out().print(table)


@app.command()
def rebuild(
    name: Annotated[str, typer.Argument(help="Name of the dataset, for example faces.")],
    version: Annotated[str, typer.Argument(help="The version, such as v3.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Make a released version again, byte for byte, whatever the pool looks like today.

    Its samples, splits and labels are those that were recorded when it was released. Files that
    are missing or damaged are put back; where the same bytes cannot be made, it is said what has
    changed since, nothing is written, and the exit code is 1.

    Example: `curate dataset rebuild faces v3`
    """
    from curation.dataset.rebuild import rebuild as make_again
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    with console.progress("samples") as bar:
        made = make_again(
            opened, name, version, partial(_show, bar, bar.add_task("rebuild", total=None))
        )
    state = "written again" if made.written else "is whole, nothing had to be written"
    typer.echo(
        f"{name} {made.version.label} {state}: {made.version.samples:,} samples, byte for byte as "
        f"it was released\nfolder: {made.folder}"
    )


def _show(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)
