"""The client of Label Studio: projects, tasks and answers, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.errors import LabelStudioError
from curation.moderation.label_studio_connection import InterruptedRequestError
from curation.moderation.label_studio_reading import CHANGES_PAGE, LOOKUP_BATCH, TaskReader
from curation.moderation.remote import RemoteProject, read_project

__all__ = [
    "CHANGES_PAGE",
    "IMPORT_BATCH",
    "LOOKUP_BATCH",
    "TITLE_LENGTH",
    "Bucket",
    "InterruptedRequestError",
    "LabelStudioClient",
]

IMPORT_BATCH = 1_000  # tasks a call; the server's own limit
TITLE_LENGTH = 50  # at most, says the server
HOOK_ACTIONS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED")


@dataclass(frozen=True)
class Bucket:
    """Where pictures lie in an object store, and with what key the server signs their addresses.

    Without keys the server takes those of its own surroundings.
    """

    name: str
    prefix: str
    access_key: str = ""
    secret_key: str = ""
    session_token: str = ""
    region: str = ""
    endpoint: str = ""
    minutes: int = 60  # how long a signed address is good


class LabelStudioClient(TaskReader):
    """A connection to one server with one user's key. Use it in a `with` statement."""

    def user_name(self) -> str:
        """Return the e-mail address of the user whose key this is."""
        with self._speaking("asking whose key this is"):
            return str(self._sdk.users.whoami().email)

    def users(self) -> dict[int, str]:
        """Return the e-mail addresses of all users by id."""
        with self._speaking("listing users"):
            return {int(user.id): str(user.email) for user in self._sdk.users.list()}

    def invitation(self) -> str:
        """Return the address at which a new user can sign up."""
        with self._speaking("asking for an invitation"):
            return self.url + str(self._sdk.organizations.invites.get_invite_link().invite_url)

    def find_project(self, title: str) -> int | None:
        """Return the id of the oldest project with exactly this title."""
        with self._speaking("looking for the project"):
            found = [one.id for one in self._sdk.projects.list(title=title) if one.title == title]
        return min(found, default=None)

    def project(self, project: int) -> RemoteProject | None:
        """Return a project as it is set up; None where the server does not have it."""
        found: list[RemoteProject] = []
        with self._speaking(f"looking for project {project}"):
            self._there(lambda: found.append(read_project(self._sdk.projects.get(project))))
        return found[0] if found else None

    def has_project(self, project: int) -> bool:
        """Return whether the server has this project."""
        return self.project(project) is not None

    def create_project(self, title: str, config: str, description: str, guide: str = "") -> int:
        """Create a project whose moderators do not see each other's answers; return its id.

        `guide` (HTML) is what they can read about how to answer, shown before the first task.
        """
        with self._speaking("creating the project"):
            created = self._sdk.projects.create(
                title=title,
                label_config=config,
                description=description,
                expert_instruction=guide,
                show_instruction=bool(guide),
                show_collab_predictions=False,
            )
        return int(created.id)

    def set_screen(self, project: int, config: str, guide: str) -> None:
        """Give a project another labelling screen and guide; answers stay as they are."""
        with self._speaking(f"setting up the screen of project {project}"):
            self._sdk.projects.update(
                project,
                label_config=config,
                expert_instruction=guide,
                show_instruction=bool(guide),
            )

    def show_predictions(self, project: int, shown: bool) -> None:
        """Let moderators begin with the predictions filled in, or vote blind."""
        with self._speaking(f"setting up project {project}"):
            self._sdk.projects.update(project, show_collab_predictions=shown)

    def set_overlap(self, project: int, votes: int) -> None:
        """Let the label stream hand every task to `votes` moderators.

        A change of it sets all tasks of the project that were to be asked of more than one
        moderator anew, also those that `set_task_overlap` had set.

        Raises:
            LabelStudioError: the server took another number (some do when a project is created).
        """
        with self._speaking(f"setting up project {project}"):
            if int(self._sdk.projects.get(project).maximum_annotations or 0) == votes:
                return
            self._sdk.projects.update(project, maximum_annotations=votes)
            now = self._sdk.projects.get(project).maximum_annotations
        if now != votes:
            raise LabelStudioError(
                f"Label Studio at {self.url} asks {now} moderators per face in project {project} "
                f"and refuses {votes}; set the overlap in the project's settings"
            )

    def set_task_overlap(self, task: int, overlap: int, *, in_stream: bool) -> bool:
        """Let `overlap` moderators in all see one task; return False where the server lost it.

        `in_stream` says whether the label stream hands it out, because so many have not answered
        yet. The server (1.23) takes the overlap of a single task through `PATCH /api/tasks/{id}`,
        also above the project's own, but works out only at the next answer whether that is
        enough: both are written at once. It counts moderators, not answers. A call takes 0.1 to
        0.4 s, for the server reads the task with all that belongs to it, and there is none for
        many tasks: give the project the overlap that most need (`set_overlap`), and set only
        those that need another. Changing the overlap of the project afterwards undoes them all.

        Raises:
            InterruptedRequestError: no answer came; do it again.
            LabelStudioError: the server took another number.
        """
        answers = []
        with self._speaking(f"setting the overlap of task {task}"):
            there = self._there(
                lambda: answers.append(
                    self._sdk.tasks.update(str(task), overlap=overlap, is_labeled=not in_stream)
                )
            )
        if there and (answers[0].overlap, answers[0].is_labeled) != (overlap, not in_stream):
            raise LabelStudioError(
                f"Label Studio at {self.url} keeps an overlap of {answers[0].overlap} for task "
                f"{task} and refuses {overlap}; may the user of this key change tasks?"
            )
        return there

    def set_task_data(self, task: int, data: Mapping[str, Any]) -> bool:
        """Give one task other data, keeping its answers; return False where it is gone."""
        with self._speaking(f"mending task {task}"):
            return self._there(lambda: self._sdk.tasks.update(str(task), data=dict(data)))

    def serve_folder(self, project: int, folder: str) -> None:
        """Let the members of `project` see the files of `folder`, as the server sees it."""
        with self._speaking(f"connecting {folder} to project {project}"):
            storages = self._sdk.import_storage.local
            if any(one.path == folder for one in storages.list(project=project)):
                return
            storages.create(
                project=project, path=folder, use_blob_urls=True, title=folder.rpartition("/")[2]
            )

    def serve_bucket(self, project: int, bucket: Bucket) -> None:
        """Let the members of `project` see pictures of a bucket, by addresses that expire.

        Tasks name them as `s3://bucket/key`; the server signs an address when one is looked at.
        Nothing is synchronised: that would make a second set of tasks.
        """
        with self._speaking(f"connecting s3://{bucket.name} to project {project}"):
            storages = self._sdk.import_storage.s3
            known = [
                one
                for one in storages.list(project=project)
                if (one.bucket, one.prefix or "") == (bucket.name, bucket.prefix)
            ]
            given = {
                "aws_access_key_id": bucket.access_key,
                "aws_secret_access_key": bucket.secret_key,
                "aws_session_token": bucket.session_token,
                "region_name": bucket.region,
                "s3endpoint": bucket.endpoint,
            }
            wanted = {name: value for name, value in given.items() if value}
            shared: dict[str, Any] = {
                "project": project,
                "bucket": bucket.name,
                "prefix": bucket.prefix,
                "presign": True,
                "presign_ttl": bucket.minutes,
                "use_blob_urls": True,
                **wanted,
            }
            if known:
                storages.update(known[0].id, **shared)
            else:
                storages.create(title=f"s3://{bucket.name}", **shared)

    def import_tasks(
        self,
        project: int,
        tasks: Sequence[Mapping[str, Any]],
        *,
        answers: Sequence[Sequence[Mapping[str, Any]]] = (),
        predictions: Sequence[Sequence[Mapping[str, Any]]] = (),
    ) -> list[int]:
        """Create tasks with this data, at most `IMPORT_BATCH`; return their ids in this order.

        `answers` and `predictions`, where given, hold those of each task as the server wants them.

        Raises:
            InterruptedRequestError: they may or may not have been made; look them up.
        """
        request: list[dict[str, Any]] = [{"data": dict(task)} for task in tasks]
        for name, parts in (("annotations", answers), ("predictions", predictions)):
            for one, part in zip(request, parts, strict=False):
                if part:
                    one[name] = [dict(item) for item in part]
        with self._speaking(f"sending {len(tasks):,} tasks"):
            answer = self._post(
                f"api/projects/{project}/import", {"return_task_ids": "true"}, request
            )
            return [int(made) for made in answer["task_ids"] or []]

    def delete_task(self, task: int) -> None:
        """Delete one task, if it is there, and whatever was answered to it."""
        with self._speaking(f"deleting task {task}"):
            self._there(lambda: self._sdk.tasks.delete(str(task)))

    def delete_annotation(self, annotation: int) -> None:
        """Delete one answer, if it is there."""
        with self._speaking(f"deleting annotation {annotation}"):
            self._there(lambda: self._sdk.annotations.delete(annotation))

    def annotate(
        self,
        task: int,
        result: Sequence[Mapping[str, Any]],
        *,
        unique_id: str,
        lead_time: float | None = None,
    ) -> bool:
        """Answer a task as this key's user; return False where this was done before.

        `unique_id` is a UUID that stands for this answer: the server keeps one of each.
        """
        with self._speaking(f"answering task {task}"):
            return self._unless(
                409,
                lambda: self._sdk.annotations.create(
                    task,
                    result=[dict(part) for part in result],
                    unique_id=unique_id,
                    lead_time=lead_time,
                ),
            )

    def add_hook(self, project: int, url: str, headers: Mapping[str, str]) -> int:
        """Ask to be told at `url` when an answer of the project changes; return the hook's id."""
        with self._speaking("asking to be told of answers"):
            made = self._sdk.webhooks.create(
                url=url,
                project=project,
                headers=dict(headers),
                actions=list(HOOK_ACTIONS),
                send_for_all_actions=False,
                send_payload=False,
            )
        return int(made.id)

    def hooks(self, project: int) -> dict[int, str]:
        """Return the addresses that are told of a project, by the hook's id."""
        with self._speaking("asking who is told of answers"):
            listed = self._sdk.webhooks.list(project=str(project))
        return {int(one.id): str(one.url) for one in listed}

    def remove_hook(self, hook: int) -> None:
        """Ask not to be told any more."""
        with self._speaking("asking not to be told of answers"):
            self._there(lambda: self._sdk.webhooks.delete(hook))
