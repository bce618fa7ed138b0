"""Every error that a user can meet, as one hierarchy.

    EvenfaceError            exit code 1: the work failed
    ├── DatabaseError        the database cannot be reached, is locked, or is of another version
    ├── StoreError           the image store cannot be read or written
    ├── LabelStudioError     Label Studio cannot be reached, or refuses
    ├── SourceError          a source of posts refuses what was asked
    │   └── SourceUnavailableError   … cannot be reached this time; later it may
    ├── TrainingError        training or prediction cannot go on
    └── UsageError           exit code 2: what was typed or given cannot be used
        ├── SettingsError    a setting in evenface.toml, the environment or a flag
        ├── WorkspaceError   no workspace here, or one where there should be none
        └── InputError       a file or row given by the user

A message is one sentence that names the thing (file, row, setting, address), followed where
there is one by the way out. The command line prints it as it stands, without a traceback.
"""

from __future__ import annotations


class EvenfaceError(Exception):
    """The base of all errors; `exit_code` is what the command exits with."""

    exit_code = 1


class DatabaseError(EvenfaceError):
    """The database cannot be reached, is locked, or does not fit this version."""


class StoreError(EvenfaceError):
    """The image store cannot be read or written."""


class LabelStudioError(EvenfaceError):
    """Label Studio cannot be reached, or refuses what was asked."""


class SourceError(EvenfaceError):
    """A source of posts refuses what was asked; asking again would not help."""


class SourceUnavailableError(SourceError):
    """A source of posts cannot be reached, or wants us to wait; another time it may answer."""


class TrainingError(EvenfaceError):
    """Training, prediction or benchmarking cannot go on."""


class UsageError(EvenfaceError):
    """What the user typed or gave cannot be used."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is missing, unknown or of the wrong kind."""


class WorkspaceError(UsageError):
    """There is no workspace here, or there is one already."""


class InputError(UsageError):
    """A file, a row of it, or another input cannot be used."""
