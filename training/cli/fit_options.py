"""The options of commands that train: one per field of `FitSettings`, with its help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any, get_args, get_type_hints

import typer

from training.settings import FitSettings, Setting


def with_fit_settings(
    *, without: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option per training setting, and itself their sum as `settings`.

    The settings named in `without` keep their defaults. The command's own options come first.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        kinds = get_type_hints(FitSettings, include_extras=True)
        shared = [entry for entry in fields(FitSettings) if entry.name not in without]
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if name != "settings"
        ]
        options = [
            inspect.Parameter(
                entry.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=entry.default,
                annotation=_option(*get_args(kinds[entry.name])),
            )
            for entry in shared
        ]

        @wraps(command)
        def run(**arguments: Any) -> None:
            chosen = {entry.name: arguments.pop(entry.name) for entry in shared}
            command(settings=FitSettings(**chosen), **arguments)

        own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [*own, *options]}
        return run

    return decorate


def _option(kind: Any, setting: Setting) -> Any:
    """Return the annotation that makes a setting an option of typer."""
    return Annotated[
        kind,
        typer.Option(
            help=setting.help, rich_help_panel=setting.panel, min=setting.min, max=setting.max
        ),
    ]
