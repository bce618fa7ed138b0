"""What an erasure reaches outside the tables: versions, Label Studio, files, the database's bytes.

Every piece of work may be done again after it was interrupted, and tells the receipt what it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from curation.dataset.patch import remove_samples
from curation.moderation.campaign import OWN_SERVER, connect
from curation.moderation.label_studio import LabelStudioClient
from curation.moderation.removal import clear_own_server, remove_annotations, remove_tasks
from curation.moderation.server import Server
from curation.privacy.traces import rewrite_database
from curation.workspace import Workspace

Outcome = dict[str, Any]

# Files before the database: only when nothing is left to do does it stop naming what was erased.
ORDER = ("version", "task", "annotation", "server", "file", "database")


class Reach:
    """Does the work of one erasure. Use it in a `with` statement: it may connect to servers."""

    def __init__(self, workspace: Workspace, erasure_id: str) -> None:
        self._workspace = workspace
        self._erasure_id = erasure_id
        self._open = ExitStack()
        self._clients: dict[str, LabelStudioClient] = {}

    def __enter__(self) -> Reach:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def do(self, kind: str, what: Mapping[str, Any]) -> Outcome:
        """Do one piece of work; return what the receipt says of it.

        Raises:
            EvenfaceError: it cannot be reached now.
        """
        works: dict[str, Callable[[Mapping[str, Any]], Outcome]] = {
            "version": self._version,
            "task": self._tasks,
            "annotation": self._annotations,
            "server": self._server,
            "file": self._files,
            "database": self._database,
        }
        return works[kind](what)

    def _version(self, what: Mapping[str, Any]) -> Outcome:
        patch = remove_samples(
            self._workspace.database,
            self._workspace.datasets,
            what["dataset"],
            what["samples"],
            self._erasure_id,
        )
        return asdict(patch) if patch else {}

    def _tasks(self, what: Mapping[str, Any]) -> Outcome:
        client = self._client(what["server"])
        removed = remove_tasks(client, what["project"], what["tasks"])
        gone = sorted({*removed, *what["remote"]})
        return {"server": what["server"], "project": what["project"], "tasks": gone}

    def _annotations(self, what: Mapping[str, Any]) -> Outcome:
        remove_annotations(self._client(what["server"]), what["annotations"])
        return {"server": what["server"], "annotations": what["annotations"]}

    def _server(self, what: Mapping[str, Any]) -> Outcome:
        clear_own_server(Server(self._workspace.label_studio), what["tokens"])
        return {"server": OWN_SERVER, "files_cleared": True}

    def _files(self, what: Mapping[str, Any]) -> Outcome:
        for key in what["keys"]:
            self._workspace.store.delete(key)
        self._workspace.store.delete_partial()
        # Those that an earlier, killed try removed are gone as well.
        return dict(Counter(key.partition("/")[0] for key in what["keys"]))

    def _database(self, _: Mapping[str, Any]) -> Outcome:
        rewrite_database(self._workspace.database)
        return {"rewritten": True}

    def _client(self, server: str) -> LabelStudioClient:
        if server not in self._clients:
            self._clients[server] = self._open.enter_context(connect(self._workspace, server))
        return self._clients[server]
