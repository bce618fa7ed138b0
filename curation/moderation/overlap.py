"""How many moderators the label stream hands a single task to."""

from __future__ import annotations

from curation.moderation.label_studio import LabelStudioClient

EVERYBODY = 1_000  # more moderators than any campaign has


def set_task_overlap(client: LabelStudioClient, task: int, votes: int, *, answered: bool) -> bool:
    """Let the label stream hand one task to `votes` moderators in all; False where it is gone.

    `answered` says whether it has that many answers already, so that the stream passes it over.
    The server takes both through `PATCH /api/tasks/{id}`, and works out only at the next answer
    whether there are enough: so both are written at once.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    with client._speaking(f"setting the overlap of task {task}"):
        return client._there(
            lambda: client._sdk.tasks.update(str(task), overlap=votes, is_labeled=answered)
        )
