"""Reading tasks off Label Studio: by our own id, by what changed, all of a project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from curation.moderation.label_studio_connection import Connection
from curation.moderation.remote import RemoteTask, read_task, read_time

LOOKUP_BATCH = 100  # external ids a call; they travel in the URL, which proxies keep below 8 kB
CHANGES_PAGE = 500  # tasks a call
LISTING_PAGE = 1_000  # tasks a call, where no annotations come with them
# Fields of a task and of its annotations, in one list; a sixth of the time that all of them take.
TASK_FIELDS = (
    "id,data,annotations,result,completed_by,was_cancelled,created_at,updated_at,lead_time,"
    "import_id"
)
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"  # in filters; no other is understood


class TaskReader(Connection):
    """Questions about tasks; nothing on the server changes."""

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

    def tasks(self, project: int) -> Iterator[list[RemoteTask]]:
        """Yield all tasks of a project by id, in pages, without their annotations."""
        yield from self._pages(project, [], LISTING_PAGE, "id,data")

    def _pages(
        self,
        project: int,
        filters: Sequence[Mapping[str, Any]],
        size: int,
        fields: str = TASK_FIELDS,
    ) -> Iterator[list[RemoteTask]]:
        last = 0
        while True:
            query = _query([*filters, _filter("id", "greater", "Number", last)])
            asked = {
                "project": project,
                "page_size": size,
                "query": query,
                "include": fields,
                "fields": "all",  # without it annotations are left out, whatever `include` says
                "resolve_uri": "false",  # data as it was sent, not as browsers are given it
            }
            with self._speaking(f"reading tasks of project {project}"):
                page = [read_task(task) for task in self._get("api/tasks/", asked)["tasks"]]
            if page:
                yield page
                last = page[-1].id
            if len(page) < size:
                return


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
