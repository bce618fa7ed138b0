"""The client of Label Studio: the only module that imports its SDK.

How it is set up follows from how the server behaves:

- No retries by the SDK. It repeats POSTs after dropped connections and 5xx answers, which makes
  second tasks; only the caller knows how to find out what was done (`InterruptedRequestError`).
- No keep-alive. On the server's own web server it costs 44 ms a request.
- A timeout and redirects, which a client of one's own would otherwise lack.

Every failure leaves as a `LabelStudioError`.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from curation.errors import LabelStudioError
from curation.moderation.remote import RemoteTask, read_task, read_time

TIMEOUT_SECONDS = 120.0
IMPORT_BATCH = 1_000  # tasks a call; the server's own limit
LOOKUP_BATCH = 100  # external ids a call; they travel in the URL, which proxies keep below 8 kB
CHANGES_PAGE = 500  # tasks a call
TITLE_LENGTH = 50  # at most, says the server
# Fields of a task and of its annotations, in one list; a sixth of the time that all of them take.
TASK_FIELDS = (
    "id,data,annotations,result,completed_by,was_cancelled,created_at,updated_at,lead_time"
)
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"  # in filters; no other is understood


class InterruptedRequestError(LabelStudioError):
    """No answer came: the server may or may not have done what was asked."""


class LabelStudioClient:
    """A connection to one server with one user's key. Use it in a `with` statement."""

    def __init__(self, url: str, api_key: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=not _is_loopback(self.url),  # no proxy stands between us and ourselves
        )
        self.timeout = timeout
        with self._speaking("connecting"):
            from label_studio_sdk import LabelStudio  # takes over a second to import

            # Its types say less than is true (an import's answer has no ids), so they are not used.
            connect: Any = LabelStudio
            self._sdk = connect(
                base_url=self.url,
                api_key=api_key,
                max_retries=0,
                timeout=timeout,
                httpx_client=self._http,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

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

    def create_project(self, title: str, config: str, description: str) -> int:
        """Create a project whose moderators do not see each other's answers; return its id."""
        with self._speaking("creating the project"):
            created = self._sdk.projects.create(
                title=title,
                label_config=config,
                description=description,
                show_collab_predictions=False,
            )
        return int(created.id)

    def set_overlap(self, project: int, votes: int) -> None:
        """Let the label stream hand every task to `votes` moderators.

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

    def serve_folder(self, project: int, folder: str) -> None:
        """Let the members of `project` see the files of `folder`, as the server sees it."""
        with self._speaking(f"connecting {folder} to project {project}"):
            storages = self._sdk.import_storage.local
            if any(one.path == folder for one in storages.list(project=project)):
                return
            storages.create(
                project=project, path=folder, use_blob_urls=True, title=folder.rpartition("/")[2]
            )

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """Create tasks with this data, at most `IMPORT_BATCH`; return their ids in this order.

        Raises:
            InterruptedRequestError: they may or may not have been made; look them up.
        """
        with self._speaking(f"sending {len(tasks):,} tasks"):
            answer = self._sdk.projects.import_tasks(
                project, request=[{"data": dict(task)} for task in tasks], return_task_ids=True
            )
            return [int(made) for made in answer.task_ids or []]

    def delete_task(self, task: int) -> None:
        """Delete one task and whatever was answered to it."""
        with self._speaking(f"deleting task {task}"):
            self._sdk.tasks.delete(str(task))

    def delete_annotation(self, annotation: int) -> None:
        """Delete one answer, if it is there."""
        with self._speaking(f"deleting annotation {annotation}"):
            self._there(lambda: self._sdk.annotations.delete(annotation))

    def has_project(self, project: int) -> bool:
        """Return whether the server has this project."""
        with self._speaking(f"looking for project {project}"):
            return self._there(lambda: self._sdk.projects.get(project))

    def _there(self, ask: Callable[[], object]) -> bool:
        """Ask; return False where the server does not have what is asked for."""
        from label_studio_sdk.core.api_error import ApiError

        try:
            ask()
        except ApiError as error:
            if error.status_code == 404:
                return False
            raise
        return True

    def find_tasks(
        self, project: int, field: str, values: Sequence[str]
    ) -> dict[str, list[RemoteTask]]:
        """Return the tasks whose data has one of `values` in `field`: all for a value, by id."""
        found: dict[str, list[RemoteTask]] = {}
        for start in range(0, len(values), LOOKUP_BATCH):
            part = list(values[start : start + LOOKUP_BATCH])
            wanted = _filter(f"data.{field}", "in_list", "List", part)
            # A value with two tasks makes the answer longer than the question: read all pages.
            for page in self._pages(project, [wanted], LOOKUP_BATCH):
                for task in page:
                    found.setdefault(str(task.data.get(field)), []).append(task)
        return found

    def newest_change(self, project: int) -> datetime | None:
        """Return when a task of the project last changed; None when it has no tasks."""
        with self._speaking("asking what changed"):
            newest = self._sdk.tasks.list(
                project=project,
                page_size=1,
                query=json.dumps({"ordering": ["-tasks:updated_at"]}),
                include="id,updated_at",
            ).items
        return read_time(newest[0].updated_at) if newest else None

    def count_changed(self, project: int, since: datetime | None) -> int:
        """Return how many tasks changed after `since`; all of them when it is None."""
        with self._speaking("counting what changed"):
            answer = self._sdk.tasks.list(
                project=project, page_size=1, include="id", query=_query(_changed_after(since))
            )
            return int(answer.response.total) if answer.response else 0

    def changed_tasks(self, project: int, since: datetime | None) -> Iterator[list[RemoteTask]]:
        """Yield the tasks that changed after `since`, in pages, by id.

        A task counts as changed when an annotation of it was made, updated or deleted. The order
        by id, each page starting after the last id, misses none that changes meanwhile.
        """
        yield from self._pages(project, _changed_after(since), CHANGES_PAGE)

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
        from label_studio_sdk.core.api_error import ApiError

        with self._speaking(f"answering task {task}"):
            try:
                self._sdk.annotations.create(
                    task,
                    result=[dict(part) for part in result],
                    unique_id=unique_id,
                    lead_time=lead_time,
                )
            except ApiError as error:
                if error.status_code == 409:
                    return False
                raise
        return True

    def _pages(
        self, project: int, filters: Sequence[Mapping[str, Any]], size: int
    ) -> Iterator[list[RemoteTask]]:
        last = 0
        while True:
            query = _query([*filters, _filter("id", "greater", "Number", last)])
            with self._speaking(f"reading tasks of project {project}"):
                answer = self._sdk.tasks.list(
                    project=project, page_size=size, query=query, include=TASK_FIELDS
                )
                page = [read_task(task) for task in answer.items or []]
            if page:
                yield page
                last = page[-1].id
            if len(page) < size:
                return

    @contextmanager
    def _speaking(self, doing: str) -> Iterator[None]:
        """Turn whatever goes wrong while we are `doing` something into a sentence."""
        from label_studio_sdk.core.api_error import ApiError

        here = f"Label Studio at {self.url}"
        try:
            yield
        except ApiError as error:
            raise self._refusal(error, doing) from error
        except httpx.ConnectError as error:
            raise LabelStudioError(
                f"{here} cannot be reached ({error}); start the workspace's own with "
                "`curate label-studio up`, or see label_studio.url in evenface.toml"
            ) from error
        except httpx.TimeoutException as error:
            raise InterruptedRequestError(
                f"{here} did not answer within {self.timeout:.0f} s while {doing}"
            ) from error
        except httpx.HTTPError as error:
            raise InterruptedRequestError(
                f"the connection to {here} broke while {doing} ({error or type(error).__name__})"
            ) from error
        except (httpx.InvalidURL, ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._stranger(str(error)) from error

    def _refusal(self, error: Any, doing: str) -> LabelStudioError:
        here = f"Label Studio at {self.url}"
        status = int(error.status_code or 0)
        if status < 300:  # it answered, but with nothing that the SDK can read
            return self._stranger(_detail(error))
        if status in (401, 403):
            return LabelStudioError(
                f"{here} refuses the key ({status}) while {doing}: it is wrong, was revoked, or "
                "may not do this; see EVENFACE_LABEL_STUDIO__API_KEY, and the user's account page "
                "for the right one"
            )
        if status == 404:
            return LabelStudioError(
                f"{here} does not have what {doing} needs (404): was the project deleted there, "
                "or is this another server than before?"
            )
        if status >= 500:
            return InterruptedRequestError(
                f"{here} failed while {doing} ({status}: {_detail(error)})"
            )
        return LabelStudioError(f"{here} refused {doing} ({status}: {_detail(error)})")

    def _stranger(self, said: str) -> LabelStudioError:
        return LabelStudioError(
            f"what answers at {self.url} does not speak like Label Studio ({said}); "
            "see label_studio.url in evenface.toml"
        )


def _changed_after(since: datetime | None) -> list[dict[str, Any]]:
    if since is None:
        return []
    moment = since.astimezone(UTC).strftime(TIME_FORMAT)
    return [_filter("updated_at", "greater", "Datetime", moment)]


def _filter(field: str, operator: str, kind: str, value: Any) -> dict[str, Any]:
    name = f"filter:tasks:{field}"
    return {"filter": name, "operator": operator, "type": kind, "value": value}


def _query(filters: Sequence[Mapping[str, Any]]) -> str:
    items = {"conjunction": "and", "items": list(filters)}
    return json.dumps({"filters": items, "ordering": ["tasks:id"]})


def _detail(error: Any) -> str:
    """Return what the server said about it, in one line."""
    if isinstance(error.body, Mapping):
        return str(error.body.get("validation_errors") or error.body.get("detail") or error.body)
    return " ".join(str(error.body or "no reason given").split())[:200]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
