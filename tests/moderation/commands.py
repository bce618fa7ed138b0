"""Running commands in this process, where a process of their own would prove no more."""

from __future__ import annotations

from typing import NamedTuple

from typer.testing import CliRunner

from curation.cli import app


class Done(NamedTuple):
    """How a command ended and what it said."""

    exit_code: int
    stdout: str
    stderr: str


def curate(*arguments: str) -> Done:
    """Run `curate` with these arguments."""
    result = CliRunner().invoke(app, arguments)
    return Done(result.exit_code, result.stdout, result.stderr)
