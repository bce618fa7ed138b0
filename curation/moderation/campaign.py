"""Which Label Studio, and which project there, the faces of a workspace are put to."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import Self
from urllib.parse import quote

from curation.database.models import Project
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.errors import LabelStudioError, SettingsError
from curation.identity import content_id
from curation.moderation import questions
from curation.moderation.label_studio import TITLE_LENGTH, LabelStudioClient
from curation.moderation.server import Server
from curation.privacy import pseudonym
from curation.workspace import Workspace

OWN_SERVER = "workspace"  # how the database calls the server that the workspace itself runs
LOCAL_FILES = "/data/local-files/"
PICTURE_KINDS = ("crops", "images")  # the folders of the store that moderators see


def connect(workspace: Workspace, server: str) -> LabelStudioClient:
    """Return a connection to a server as the database calls it: `workspace`, or its address.

    Raises:
        LabelStudioError: the workspace's own server is not running.
        SettingsError: the settings have no key for this server.
    """
    if server == OWN_SERVER:
        own = Server(workspace.label_studio)
        running = own.running()
        if running is None:
            raise LabelStudioError(
                "the Label Studio of this workspace is not running; start it with "
                "`curate label-studio up`"
            )
        return LabelStudioClient(running.url, own.credentials().api_key)
    settings = workspace.settings.label_studio
    if settings.url.rstrip("/") != server:
        raise SettingsError(
            f"label_studio.url is {settings.url or 'empty'}, but what is wanted is on {server}; "
            "set it to that, and EVENFACE_LABEL_STUDIO__API_KEY to its key"
        )
    if not settings.api_key:
        raise SettingsError(
            f"label_studio.url is {server}, but there is no key for it; set "
            "EVENFACE_LABEL_STUDIO__API_KEY to the one on your account page there"
        )
    return LabelStudioClient(server, settings.api_key)


class Campaign:
    """The present question set, put to the moderators of one server. Use it in a `with` statement.

    Making one talks to nobody: the server is asked when something is needed of it.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.settings = workspace.settings
        self.server = self.settings.label_studio.url.rstrip("/") or OWN_SERVER
        self.questions = questions.version()
        self.id = content_id("project", self.server, self.questions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "client" in self.__dict__:
            self.client.close()

    @cached_property
    def client(self) -> LabelStudioClient:
        """The connection.

        Raises:
            LabelStudioError: the workspace's own server is not running.
            SettingsError: another server is named, but no key for it.
        """
        return connect(self.workspace, self.server)

    @property
    def title(self) -> str:
        """The project's title: the question set, and which workspace among those on a server."""
        mark = pseudonym(self.workspace.secret, "project", self.id)[:8]
        return f"Evenface faces, questions {self.questions}, {mark}"[:TITLE_LENGTH]

    def picture_url(self, key: str) -> str:
        """Return the address at which the server, or its browsers, find a picture of the store."""
        return self.settings.label_studio.image_url.replace("{key}", quote(key))

    def row(self, database: Database) -> Project | None:
        """Return the project as the database knows it; None before the first push."""
        with database.session() as session:
            row = session.get(Project, self.id)
            session.expunge_all()
        return row

    def ensure_project(self, database: Database) -> int:
        """Return the server's id of the project; it is made and set up when it is not there.

        Should we be stopped after the server made it and before the database knows, the next
        call finds it by its title.
        """
        known = self.row(database)
        if known is not None:
            remote = known.remote_id
        else:
            found = self.client.find_project(self.title)
            remote = found or self.client.create_project(
                self.title,
                questions.labelling_config(),
                "Made by Evenface. Answers are collected with `curate pull`.",
            )
        self.client.set_overlap(remote, self.settings.moderation.votes)
        if self.settings.label_studio.image_url.startswith(LOCAL_FILES):
            root = self._document_root()
            for kind in PICTURE_KINDS:
                self.client.serve_folder(remote, f"{root}/{kind}")
        if known is None:
            row = {
                "id": self.id,
                "server": self.server,
                "questions": self.questions,
                "remote_id": remote,
            }
            with database.session() as session:
                insert_new(session, Project, [row])
        return remote

    def _document_root(self) -> str:
        """Return the store's folder as the server sees it."""
        named = self.settings.label_studio.document_root
        if named:
            return named.rstrip("/")
        if self.server != OWN_SERVER:
            raise SettingsError(
                f"Label Studio at {self.server} has to reach the pictures: set "
                "label_studio.document_root to the store's folder as that server sees it, or "
                "label_studio.image_url to where it finds them"
            )
        folder = self.workspace.store.folder
        if folder is None:
            raise SettingsError(
                f"the image store {self.workspace.store.root} is no folder that Label Studio could "
                "serve; set label_studio.image_url to where browsers find {key}"
            )
        for kind in PICTURE_KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
        return str(folder.resolve())
