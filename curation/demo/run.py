"""`curate demo run`: the whole line, by the commands that anybody would type."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from curation import console
from curation.demo.files import POSTS
from curation.demo.report import dataset_folder
from curation.errors import EvenfaceError
from curation.moderation.server import Server
from curation.settings import FILE_NAME
from curation.workspace import VARIABLE

WORLD, DATASET, RUN = "world", "demo", "runs/demo"
IMAGE_SIZE = 64  # pixels per side that the network sees: enough for drawn faces, and fast
SHOWN_PREDICTIONS = 6


class StepError(EvenfaceError):
    """A step of the demo failed; the exit code is that of the step."""

    def __init__(self, command: str, exit_code: int, again: str) -> None:
        super().__init__(
            f"`{command}` ended with exit code {exit_code}; when its cause is mended, go on with "
            f"`{again}`"
        )
        self.exit_code = exit_code


@dataclass(frozen=True)
class Line:
    """Runs the steps of one demo in its workspace; `again` is the command that goes on."""

    workspace: Path
    again: str

    def step(self, *words: str, within: Path | None = None) -> None:
        """Show one command and run it in the workspace (or `within`) on this terminal.

        Raises:
            StepError: it failed.
        """
        command = shlex.join(words)
        typer.echo(f"\n$ {command}")
        sys.stdout.flush()
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        code = subprocess.call(
            [program(words[0]), *words[1:]], cwd=within or self.workspace, env=environment
        )
        if code < 0:  # ended by a signal, which shells report as 128 + its number
            code = 128 - code
        if code:
            raise StepError(command, code, self.again)


def run_demo(folder: Path, posts: int, seed: int, epochs: int) -> None:
    """Run the whole line in the workspace `folder`, from nothing to a benchmark table.

    Raises:
        StepError: a step failed. Label Studio is stopped nevertheless, if this run started it.
    """
    started = time.monotonic()
    again = f"curate demo run {shlex.quote(str(folder))} --posts {posts} --seed {seed}"
    line = Line(folder.absolute(), f"{again} --epochs {epochs}")
    if (folder / FILE_NAME).exists():
        typer.echo(f"{folder} is a workspace already: going on with it")
    else:
        line.step("curate", "init", str(folder), within=Path.cwd())
    typer.echo(f"\n$ cd {shlex.quote(str(folder))}")
    line.step("curate", "demo", "world", WORLD, "--posts", str(posts), "--seed", str(seed))
    _moderated(line, seed)
    line.step("curate", "build-dataset", DATASET)
    version = dataset_folder(line.workspace, DATASET).relative_to(line.workspace)
    manifest = str(version / "manifest.parquet")
    model = f"{RUN}/{version.name}/model.pt"
    _train(line, manifest, model, epochs)
    pictures = _some_pictures(line.workspace)
    line.step("predict", "images", *pictures, "--checkpoint", model, "--out", "predictions.json")
    typer.echo("\nThe outcome.")
    line.step("curate", "status")
    line.step("curate", "demo", "report")
    line.step(
        *("bench", "run", "--dataset", "manifest", "--manifest", manifest),
        *("--checkpoint", model, "--out", "bench"),
    )
    _close(folder, version, model, time.monotonic() - started)


def program(name: str) -> str:
    """Return the path of one of our own commands: the one beside this Python, or on the PATH.

    Raises:
        EvenfaceError: it is not installed.
    """
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise EvenfaceError(f"the command {name} is not installed beside {sys.executable}")
    return found


def _moderated(line: Line, seed: int) -> None:
    """Run the steps from the posts to the verdicts, with Label Studio up from first to last."""
    with _label_studio(line):
        line.step("curate", "ingest", "manifest", f"{WORLD}/{POSTS}")
        line.step("curate", "detect")
        line.step("curate", "dedup")
        line.step("curate", "push")
        line.step("curate", "demo", "vote", "--seed", str(seed))
        line.step("curate", "pull")


@contextlib.contextmanager
def _label_studio(line: Line) -> Iterator[None]:
    """Keep Label Studio up meanwhile; stop it afterwards, come what may, if this started it."""
    starts_it = Server(line.workspace / "label-studio").running() is None
    to_hide: tuple[type[Exception], ...] = (EvenfaceError,)
    try:
        line.step("curate", "label-studio", "up")
        yield
        to_hide = ()
    finally:
        if starts_it:
            with contextlib.suppress(*to_hide):  # what failed before is what to tell
                line.step("curate", "label-studio", "down")


def _train(line: Line, manifest: str, model: str, epochs: int) -> None:
    """Train, unless an earlier run has trained on this very dataset version to the end."""
    if _is_trained(line.workspace / Path(model).parent, epochs):
        typer.echo(f"\n{model} has been trained already")
        return
    line.step(
        *("train", "fit", manifest, "--backbone", "resnet18", "--weights", "none"),
        *("--image-size", str(IMAGE_SIZE), "--epochs", str(epochs)),
        *("--out", str(Path(model).parent)),
    )


def _is_trained(folder: Path, epochs: int) -> bool:
    """Tell whether this training came to its last epoch in `folder`: a line each in its log."""
    try:
        settings = json.loads((folder / "run.json").read_text())["settings"]
        lines = (folder / "log.csv").read_text().splitlines()
    except (OSError, ValueError, KeyError):
        return False
    same = (settings.get("epochs"), settings.get("image_size")) == (epochs, IMAGE_SIZE)
    return same and len(lines) == 1 + epochs and (folder / "model.pt").exists()


def _some_pictures(workspace: Path) -> list[str]:
    folder = workspace / WORLD / "images"
    names = sorted(path.name for path in folder.glob("*.jpg"))[:SHOWN_PREDICTIONS]
    return [f"{WORLD}/images/{name}" for name in names]


def _close(folder: Path, version: Path, model: str, seconds: float) -> None:
    """Print where each file is, and how to go on with one's own photographs."""
    from rich.table import Table

    files = Table(title=f"what is in {folder}", title_justify="left", show_header=False)
    files.add_column("what")
    files.add_column("where")
    for what, where in (
        ("posts, pictures and their truth", f"{WORLD}/"),
        ("settings", FILE_NAME),
        ("database", "evenface.db"),
        ("images and aligned faces", "store/"),
        ("dataset", f"{version}/manifest.parquet, shards/, balance.png, dataset.json"),
        ("network", model),
        ("curves of the training", f"{Path(model).parent}/curves.png"),
        ("predictions for six pictures", "predictions.json"),
        ("benchmark", "bench/report.html, figures.json, predictions.parquet, report.md"),
        ("Label Studio's data", "label-studio/"),
    ):
        files.add_row(what, where)
    console.out().print(files)
    typer.echo(
        f"All of it took {seconds / 60:.1f} minutes.\n\n"
        "Go on with your own photographs, in folders or files named by what their hashtags say "
        "(photos/7thbirthday/anna.jpg):\n\n"
        "  $ curate init faces && cd faces\n"
        "  $ curate ingest folder ~/photos\n\n"
        "Then the same steps as above; in place of `curate demo vote` people vote in the browser, "
        "at the address that `curate label-studio up` prints."
    )
