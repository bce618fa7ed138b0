"""`curate duplicates`: copies among picture files, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation.cli.options import WorkersOption

if TYPE_CHECKING:
    from curation.dedup.duplicates import Duplicates


def duplicates(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Pictures, and folders with pictures in them.", show_default=False),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the groups as JSON, for programs.")
    ] = False,
    faces: Annotated[
        bool,
        typer.Option(
            "--faces/--no-faces",
            help="Also compare the faces in the pictures; without, it is several times faster.",
        ),
    ] = True,
    radius: Annotated[
        int, typer.Option(min=0, max=31, help="Bits of 64 that may differ before a second look.")
    ] = 10,
    window_radius: Annotated[
        int | None,
        typer.Option(
            min=-1,
            max=31,
            help="The same for a picture and a part of another, which finds crops and frames; "
            "-1 leaves parts out. Unless given, up to 8, as the number of pictures allows.",
            show_default=False,
        ),
    ] = None,
    workers: WorkersOption = 0,
) -> None:
    """Find copies of the same photograph among files and folders; nothing is changed or stored.

    Found are files with the same bytes, and pictures that were encoded, resized, coloured,
    cropped, framed, captioned, mirrored or turned a little; each pair is verified by comparing
    pixels, and told with its kind and evidence. Of each group the file with the most pixels is
    marked as the best. Files that cannot be read are named and do not stop the others.

    Example: `curate duplicates ~/photographs --no-faces`, or `curate duplicates a b --json`
    """
    from curation import console
    from curation.dedup.duplicates import find_duplicates
    from curation.dedup.read_files import picture_files
    from curation.faces.crops import MainFaceCrop

    files = picture_files(paths)
    with console.progress("pictures") as bar:
        task = bar.add_task("reading", total=len(files))
        found = find_duplicates(
            files,
            radius=radius,
            window_radius=window_radius,
            faces=MainFaceCrop() if faces else None,
            workers=workers,
            progress=lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )
    if as_json:
        typer.echo(_json(found))
    else:
        _print(found)


def _json(found: Duplicates) -> str:
    import json
    from dataclasses import asdict

    return json.dumps(asdict(found), indent=2, ensure_ascii=False)


def _print(found: Duplicates) -> None:
    for number, group in enumerate(found.groups, start=1):
        typer.echo(f"group {number}: {len(group.files)} files")
        typer.echo(f"  {'best':<11} {group.best}")
        for pair in group.pairs:
            # The copy is told of the best file, where it is one of the two.
            second, first = sorted((pair.first, pair.second), key=lambda path: path == group.best)
            figures = f"{pair.bits_of_64} of 64 bits, {pair.bits_of_256} of 256"
            figures += f", detail {pair.detail_correlation:.2f}"
            of = "" if first == group.best else f" of {first}"
            typer.echo(f"  {pair.kind:<11} {second}{of}  ({figures})")
    for bad in found.unreadable:
        typer.echo(f"unreadable: {bad.path}: {bad.reason} ({bad.detail})")
    copies = sum(len(group.files) - 1 for group in found.groups)
    typer.echo(
        f"{found.files:,} pictures: {copies:,} are copies of others ({len(found.groups):,} groups)"
        f" · {len(found.unreadable):,} files cannot be read"
        f" · parts of pictures compared within {found.window_radius} bits"
    )
