"""`curate faces`: the faces of any pictures, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from curation import console


def faces(
    paths: Annotated[list[Path], typer.Argument(help="Picture files, or folders of them.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line and picture.")
    ] = False,
    min_face: Annotated[
        int, typer.Option(min=12, help="Smallest face that is looked for, in pixels.")
    ] = 40,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Lowest score of the detector that counts.")
    ] = 0.95,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Decode JPEGs at a fraction of their size where it is enough."),
    ] = False,
    crops: Annotated[
        Path | None, typer.Option(help="Folder for the aligned crops, 256 x 256 pixels.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="Folder for the pictures with boxes and landmarks drawn.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes; 0 takes one per core.")
    ] = 0,
    device: Annotated[str, typer.Option(help="cpu, or cuda, cuda:1, … in one process.")] = "cpu",
) -> None:
    """Find the faces in pictures: box, landmarks, score and quality of each. No workspace needed.

    Pictures come in the order of the arguments, a folder as all files below it, sorted. One that
    is missing, broken or without a face says so in its place. Quality is sharpness, exposure,
    yaw, pitch and roll (degrees), truncation at the border, and all of it in one number from 0
    to 1. The exit code is 0, or 1 when not one picture could be read.

    Examples:

        curate faces portrait.jpg holiday/

        curate faces holiday/ --json --crops crops/ > faces.jsonl
    """
    import json

    from curation.engines import available_cores
    from curation.faces.look import Wishes, list_files, look

    files = list_files(paths)
    wishes = Wishes(min_face, min_score, fast, crops, annotate, device)
    processes = (workers or available_cores()) if device == "cpu" else 1
    read = 0
    with console.progress("pictures") as bar:
        task = bar.add_task("faces", total=len(files))
        for entry in look(files, wishes, processes):
            read += "width" in entry
            line = json.dumps(entry, ensure_ascii=False) if as_json else in_words(entry)
            typer.echo(line)
            bar.advance(task)
    if not read:
        raise typer.Exit(1)


def in_words(entry: dict[str, Any]) -> str:
    """Return what a person reads of one picture: a line, and one below it for each face."""
    place = entry["path"]
    if "width" in entry:
        place += f"  {entry['width']} x {entry['height']}"
    if not entry["faces"]:
        return f"{place}  {entry['reason']}: {entry['detail']}"
    count = len(entry["faces"])
    lines = [f"{place}  {count} face{'s' if count > 1 else ''}"]
    for face in entry["faces"]:
        x1, y1, x2, y2 = (round(edge) for edge in face["box"])
        lines.append(
            f"  {x2 - x1} x {y2 - y1} at {x1}, {y1}  score {face['score']:.2f}  "
            f"quality {face['quality']:.2f} (sharpness {face['sharpness']:.2f}, "
            f"exposure {face['exposure']:.2f}, yaw {face['yaw']:.0f}°, pitch {face['pitch']:.0f}°, "
            f"roll {face['roll']:.0f}°, cut off {face['truncation']:.0%})"
        )
    return "\n".join(lines)
