"""Help that teaches: every command and option explains itself, and the documents name only them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import curation.cli
import training.cli

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "curate": curation.cli.app,
    "train": training.cli.train,
    "predict": training.cli.predict,
    "bench": training.cli.bench,
}


def commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield every command below `command` by its full name, and groups that work themselves."""
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    if command.invoke_without_command:
        yield name, command
    for child, below in children.items():
        yield from commands(f"{name} {child}", below)


ALL = {
    name: command
    for program, app in PROGRAMS.items()
    for name, command in commands(program, typer.main.get_command(app))
}


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_every_option_has_help(name: str) -> None:
    command = ALL[name]
    assert len(command.help or "") > 20, f"{name} has no help"
    without = [option.name for option in command.params if not getattr(option, "help", None)]
    assert without == []


def typed_commands(text: str) -> Iterator[str]:
    """Yield each line of a shell block that types one of our programs, continuations joined."""
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.S):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("#")[0].split("&&"):
                words = part.split()
                while words and "=" in words[0]:
                    words = words[1:]
                if words and words[0] in PROGRAMS:
                    yield " ".join(words)


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_documents_type_commands_and_options_that_exist() -> None:
    typed = [line for path in DOCUMENTS for line in typed_commands(path.read_text())]
    assert len(typed) > 10
    for line in typed:
        name = max((known for known in ALL if f"{line} ".startswith(f"{known} ")), default="")
        assert name, f"there is no command for: {line}"
        options = {opt for option in ALL[name].params for opt in option.opts}
        used = re.findall(r"(?<=\s)(--?[a-z][a-z-]*)", line)
        assert set(used) <= options, line


def test_the_readme_names_every_command_of_the_line() -> None:
    text = (ROOT / "README.md").read_text()
    for name in ALL:
        if name.startswith(("curate demo", "curate db", "curate label-studio")):
            continue
        assert name in text, f"the README does not mention {name}"
