"""How many moderators shall see a task, and telling Label Studio so.

How it is done follows from what Label Studio 1.23 Community does, tried on the real server:

- A task imported gets the project's `maximum_annotations` as its own `overlap`. The label stream
  (`/api/projects/{id}/next`) hands out tasks whose `is_labeled` is false, never one that the asker
  has answered or passed over, and those with most answers first.
- `is_labeled` is worked out when an answer comes or goes: as many different people as `overlap`
  have answered; skipped answers do not count. A PATCH of the task with `overlap` sets that and
  nothing else, so the task stays out of the stream; with `is_labeled` false beside it exactly this
  task comes back, and leaves again with the answer that fills it.
- `overlap` may be more than the project's number. A change of the project's number overwrites that
  of all tasks; `curate verdicts --all` tells the server each again.
"""

from __future__ import annotations

from curation.errors import LabelStudioError
from curation.moderation.label_studio import LabelStudioClient


def overlap_wanted(annotators: int, more: int, overlap: int | None, usual: int) -> int | None:
    """Return how many moderators shall see a task; None for what the project has anyway.

    `annotators` have answered, `more` votes are wanted, `overlap` is what was set for this task
    before (None: nothing), `usual` what the project gives every task.
    """
    if more:
        wanted = annotators + more
        return wanted if overlap is not None or wanted > usual else None
    # Settled: nobody else is asked, if somebody else was going to be.
    return overlap if overlap is None else min(overlap, max(annotators, 1))


def set_task_overlap(
    client: LabelStudioClient, task: int, overlap: int, *, in_stream: bool
) -> bool:
    """Let `overlap` moderators see a task, and put it into the label stream or take it out.

    Returns False where the server does not have the task. Doing it again changes nothing.

    Raises:
        InterruptedRequestError: no answer came; do it again.
        LabelStudioError: the server took another number.
    """
    answers = []
    with client._speaking(f"setting the overlap of task {task}"):
        there = client._there(
            lambda: answers.append(
                client._sdk.tasks.update(str(task), overlap=overlap, is_labeled=not in_stream)
            )
        )
    if there and (answers[0].overlap, answers[0].is_labeled) != (overlap, not in_stream):
        raise LabelStudioError(
            f"Label Studio at {client.url} keeps an overlap of {answers[0].overlap} for task "
            f"{task} and refuses {overlap}; may the user of this key change tasks?"
        )
    return there
