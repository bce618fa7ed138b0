"""How many moderators the label stream hands a single task to."""

from __future__ import annotations

from curation.moderation.label_studio import LabelStudioClient

EVERYBODY = 1_000  # more moderators than any campaign has


def set_task_overlap(
    client: LabelStudioClient, task: int, overlap: int, *, in_stream: bool
) -> bool:
    """Let `overlap` moderators in all see one task; return False where the server has it no more.

    `in_stream` says whether the label stream hands it out, because so many have not answered yet.
    The server takes both through `PATCH /api/tasks/{id}`, and works out only at the next answer
    whether there are enough: so both are written at once.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    with client._speaking(f"setting the overlap of task {task}"):
        return client._there(
            lambda: client._sdk.tasks.update(str(task), overlap=overlap, is_labeled=not in_stream)
        )
