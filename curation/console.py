"""The boundary between commands and people: error sentences, exit codes, tables, progress.

All four console scripts build their Typer app with `app()`, so that an `EvenfaceError` raised
anywhere below ends in its sentence and its exit code, and nothing ever ends in a traceback.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import typer
import typer.core

from curation.errors import EvenfaceError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

# Typer carries its own Click and exports of it only the subclasses.
ClickException: type[Exception] = typer.BadParameter.__mro__[2]

DEBUG_VARIABLE = "EVENFACE_DEBUG"
SECONDS_BETWEEN_LINES = 15.0
BROKEN_PIPE = 141  # 128 + SIGPIPE
INTERRUPTED = 130  # 128 + SIGINT, what shells expect after Ctrl-C


class ErrorReportingGroup(typer.core.TyperGroup):
    """A command group that turns errors into one sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; report what it raises."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, ClickException):
            raise
        except EvenfaceError as error:
            fail(str(error), error.exit_code, cause=error)
        except KeyboardInterrupt as interrupt:
            fail("stopped; the same command goes on where it stopped", INTERRUPTED, cause=interrupt)
        except BrokenPipeError:
            # Whoever read our output has seen enough; nothing may be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None
        except Exception as error:  # noqa: BLE001 - the boundary: nobody below may show a traceback
            fail(
                f"unexpected {type(error).__name__}: {error} "
                f"({DEBUG_VARIABLE}=1 shows where; please report it)",
                1,
                cause=error,
            )


def app(help_text: str, **options: Any) -> typer.Typer:
    """Make a Typer app with Evenface's conventions: errors as sentences, help when bare."""
    return typer.Typer(
        help=help_text,
        cls=ErrorReportingGroup,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        **options,
    )


def fail(message: str, exit_code: int, cause: BaseException) -> None:
    """Print `error: message` on standard error and exit with `exit_code`."""
    if os.environ.get(DEBUG_VARIABLE):
        raise cause
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(exit_code)


def out() -> Console:
    """Return a console on standard output, for tables and results."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Return a console on standard error, for progress and notices."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def progress(unit: str) -> Progress:
    """Return a progress bar on standard error: count, rate in `unit`/s, time left.

    The bar vanishes when it is done. Where standard error is no terminal (a log file), a line
    every 15 seconds stands in for it.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(_rate(task.finished_speed or task.speed, unit))

    class LinesInLogs(Progress):
        last_line = time.monotonic()

        def update(self, task_id: TaskID, **changes: Any) -> None:
            super().update(task_id, **changes)
            self._log(task_id)

        def advance(self, task_id: TaskID, advance: float = 1) -> None:
            super().advance(task_id, advance)
            self._log(task_id)

        def _log(self, task_id: TaskID) -> None:
            if not self.disable or time.monotonic() - self.last_line < SECONDS_BETWEEN_LINES:
                return
            self.last_line = time.monotonic()
            task = self._tasks[task_id]
            total = f"/{task.total:,.0f}" if task.total is not None else ""
            line = f"{task.description}  {task.completed:,.0f}{total}  {_rate(task.speed, unit)}"
            typer.echo(line, err=True)

    console = err()
    return LinesInLogs(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _rate(speed: float | None, unit: str) -> str:
    if not speed:
        return ""
    return f"{speed:,.0f} {unit}/s" if speed >= 10 else f"{speed:.1f} {unit}/s"
