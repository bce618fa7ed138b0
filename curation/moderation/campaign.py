"""Which Label Studio, and which project there, the faces of a workspace are put to."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import Self

from sqlalchemy import func, select, update

from curation.database.models import Annotation, Project, Task
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.errors import LabelStudioError, SettingsError
from curation.identity import content_id
from curation.moderation import questions
from curation.moderation.label_studio import TITLE_LENGTH, LabelStudioClient
from curation.moderation.picture_addresses import (
    Pictures,
    ServedBucket,
    ServedFolder,
    pictures_of,
)
from curation.moderation.remote import RemoteProject
from curation.moderation.server import Server
from curation.privacy import pseudonym
from curation.workspace import Workspace

OWN_SERVER = "workspace"  # how the database calls the server that the workspace itself runs


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
        self.asked = questions.question_set(self.settings.moderation)
        self.questions = self.asked.version
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

    @cached_property
    def pictures(self) -> Pictures:
        """How moderators' browsers come to the pictures."""
        return pictures_of(self.workspace, own_server=self.server == OWN_SERVER)

    @property
    def title(self) -> str:
        """The project's title: the question set, and which workspace among those on a server."""
        return f"Evenface faces, questions {self.questions}, {self._mark}"[:TITLE_LENGTH]

    @property
    def _mark(self) -> str:
        return pseudonym(self.workspace.secret, "project", self.id)[:8]

    def picture_url(self, key: str) -> str:
        """Return the address at which the server, or its browsers, find a picture of the store."""
        return self.pictures.url(key)

    def task_data(
        self, task_id: str, crop_key: str, image_key: str, claimed_age: float
    ) -> dict[str, str]:
        """Return the data of a task as it is sent now."""
        return questions.task_data(
            task_id,
            crop_url=self.picture_url(crop_key),
            photo_url=self.picture_url(image_key),
            claimed_age=claimed_age,
        )

    def row(self, database: Database) -> Project | None:
        """Return the project as the database knows it; None before the first push."""
        with database.session() as session:
            row = session.get(Project, self.id)
            session.expunge_all()
        return row

    def earlier(self, database: Database) -> tuple[str, int] | None:
        """Return the last question set put to this server before, and how many answers it has.

        None where there was no other, or the present set has a project already.
        """
        with database.session() as session:
            if session.get(Project, self.id) is not None:
                return None
            others = session.execute(
                select(Project.questions, func.count(Annotation.id))
                .outerjoin(Task, Task.project_id == Project.id)
                .outerjoin(
                    Annotation, (Annotation.task_id == Task.id) & (Annotation.state == "current")
                )
                .where(Project.server == self.server)
                .group_by(Project.id, Project.questions, Project.remote_id)
                .order_by(Project.remote_id.desc())
            ).first()
        return (others[0], others[1]) if others else None

    def ensure_project(self, database: Database, *, repair: bool = False) -> int:
        """Return the server's id of the project; it is made and set up when it is not there.

        Should we be stopped after the server made it and before the database knows, the next
        call finds it by its title. A project that was there and is gone is made anew only to
        `repair`.

        Raises:
            LabelStudioError: the project is gone from the server, or the server refuses.
        """
        known = self.row(database)
        present = self._present(known)
        if known is not None and present is None and not repair:
            raise LabelStudioError(
                f"project {known.remote_id} is no longer on Label Studio at {self.client.url}, or "
                "another one has its number; `curate push --repair` makes it again and sends what "
                "is missing (no vote that was pulled is lost)"
            )
        remote = present.id if present else self._create()
        self._set_up(remote, present)
        if known is None:
            row = {
                "id": self.id,
                "server": self.server,
                "questions": self.questions,
                "remote_id": remote,
            }
            with database.session() as session:
                insert_new(session, Project, [row])
        elif known.remote_id != remote:
            with database.session() as session:
                session.execute(
                    update(Project)
                    .where(Project.id == self.id)
                    .values(remote_id=remote, pulled_until=None)
                )
        return remote

    def _present(self, known: Project | None) -> RemoteProject | None:
        """Return our project as the server has it. Its number alone proves nothing: a server that
        was wiped gives it to another one."""
        if known is not None:
            project = self.client.project(known.remote_id)
            if project is not None and self._is_ours(project):
                return project
        found = self.client.find_project(self.title)
        return self.client.project(found) if found is not None else None

    def _is_ours(self, project: RemoteProject) -> bool:
        return project.title == self.title or self._mark in project.description

    def _create(self) -> int:
        return self.client.create_project(
            self.title,
            self._screen,
            f"Made by Evenface ({self._mark}). Answers are collected with `curate pull`.",
            self._guide,
        )

    def _set_up(self, remote: int, present: RemoteProject | None) -> None:
        """Give the project the screen, the overlap and the pictures that the settings want."""
        if present is not None and (present.config, present.guide) != (self._screen, self._guide):
            self.client.set_screen(remote, self._screen, self._guide)
        shown = self.settings.moderation.show_predictions
        if present is None or present.shows_predictions != shown:
            self.client.show_predictions(remote, shown)
        self.client.set_overlap(remote, self.settings.moderation.votes)
        if isinstance(self.pictures, ServedFolder):
            for folder in self.pictures.folders():
                self.client.serve_folder(remote, folder)
        elif isinstance(self.pictures, ServedBucket):
            self.client.serve_bucket(remote, self.pictures.bucket())

    @property
    def _screen(self) -> str:
        return questions.labelling_config(self.asked, self.settings.moderation.languages)

    @property
    def _guide(self) -> str:
        return questions.guide(self.settings.moderation.languages)
