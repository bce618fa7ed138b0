"""Take tasks and answers off Label Studio, and what its own server on this machine keeps of them.

Each function may be called again after it was interrupted: what is gone is gone.
"""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from curation.errors import LabelStudioError
from curation.moderation import questions
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.server import Server

SERVER_DATABASE = "label_studio.sqlite3"
BUSY_SECONDS = 30.0


def remove_tasks(client: LabelStudioClient, project: int, task_ids: Sequence[str]) -> list[int]:
    """Delete every task of ours with these ids, doubles included; return the server's ids.

    They are looked up by our own id, so that one that was sent but never confirmed is found too.
    A project that is gone has taken its tasks with it.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    if not client.has_project(project):
        return []
    found = client.find_tasks(project, questions.EXTERNAL_ID, task_ids)
    remote = sorted(task.id for tasks in found.values() for task in tasks)
    for task in remote:
        client.delete_task(task)
    return remote


def remove_annotations(client: LabelStudioClient, annotations: Sequence[int]) -> None:
    """Delete answers by the server's ids.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    for annotation in annotations:
        client.delete_annotation(annotation)


def clear_own_server(server: Server, tokens: Sequence[str]) -> None:
    """Make deleted tasks unreadable in the files of the workspace's own server.

    Its database is rewritten without the space of deleted rows, and `tokens` (ids that picture
    addresses are made of) are crossed out in its log. The server may be running.

    Raises:
        LabelStudioError: its database is in use for too long, or a file cannot be written.
    """
    database = server.data / SERVER_DATABASE
    try:
        if database.is_file():
            with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _cross_out(server.log, [token.encode() for token in tokens])
    except (sqlite3.Error, OSError) as error:
        raise LabelStudioError(
            f"{server.folder} still holds traces of deleted tasks: {error}"
        ) from error


def _cross_out(path: Path, tokens: Sequence[bytes]) -> None:
    """Overwrite tokens in place: whoever appends to the file meanwhile is not disturbed."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        for token in tokens:
            at = content.find(token)
            while at >= 0:
                content[at : at + len(token)] = b"x" * len(token)
                at = content.find(token, at + len(token))
