"""How many moderators shall see a task.

What can be asked for follows from what Label Studio 1.23 Community does, tried on the real server:

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
