"""The receipt of an erasure: what was removed where and when, without naming what was erased."""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curation.database.models import Erasure, ErasureWork
from curation.errors import StoreError
from curation.workspace import Workspace

FOLDER = "receipts"
LAST = "database"  # rewritten again after everything else, so by itself no news
CANNOT = (
    "Copies outside this workspace (backups, exports, datasets that were handed on, caches of "
    "Label Studio's browsers) are not reached; whoever holds them has to be told.",
)
UNLEARNED = (
    "Trained networks cannot unlearn: the runs listed under models were trained on a version that "
    "held removed samples. Train again on the present version and delete them."
)
ACCOUNT = (
    "The moderator's account in Label Studio stays until its administrator deletes it there; the "
    "answers are removed."
)
ON_POSTGRESQL = (
    "PostgreSQL's write-ahead log and its backups keep removed rows until they are recycled."
)


def models_trained_on(workspace: Workspace, patches: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the training runs below the workspace that name a replaced version."""
    replaced = {(one["dataset"], one["replaced"].partition(".")[0]) for one in patches}
    found = []
    apart = {workspace.datasets, workspace.label_studio, workspace.store.folder}
    for path in _run_files(workspace.root, apart):
        try:
            dataset = json.loads(path.read_text())["dataset"]
            name, version = str(dataset["name"]), str(dataset["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # another program's run.json
        if (name, version.partition(".")[0]) not in replaced:
            continue
        if any(_held(one, name, version) for one in patches):
            run = path.parent.relative_to(workspace.root).as_posix()
            found.append({"run": run, "dataset": f"{name} v{version}"})
    return found


def write_receipt(
    workspace: Workspace, erasure: Erasure, work: Sequence[ErasureWork], state: str
) -> dict[str, Any]:
    """Write the receipt beside and rename it; return what it says.

    Raises:
        StoreError: it cannot be written.
    """
    receipt = compose(workspace, erasure, work, state)
    path = receipt_path(workspace, erasure.id)
    try:
        path.parent.mkdir(exist_ok=True)
        beside = path.with_name(f".{path.name}.partial")
        beside.write_text(json.dumps(receipt, indent=2) + "\n")
        beside.rename(path)
    except OSError as error:
        raise StoreError(
            f"the receipt {path} cannot be written: {error.strerror or error}"
        ) from error
    return receipt


def receipt_path(workspace: Workspace, erasure_id: str) -> Path:
    """Return where the receipt of an erasure is."""
    return workspace.root / FOLDER / f"{erasure_id}.json"


def compose(
    workspace: Workspace, erasure: Erasure, work: Sequence[ErasureWork], state: str
) -> dict[str, Any]:
    """Return the receipt of an erasure from what its work came to."""
    outcomes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in work:
        if one.done and one.outcome:
            outcomes[one.kind].append(one.outcome)
    patches = outcomes["version"]
    files: Counter[str] = Counter()
    for removed in outcomes["file"]:
        files.update(removed)
    models = models_trained_on(workspace, patches)
    cannot = [*CANNOT]
    cannot += [UNLEARNED] if models else []
    cannot += [ACCOUNT] if erasure.asked.get("moderator") else []
    cannot += [] if workspace.database.is_sqlite else [ON_POSTGRESQL]
    receipt = {
        "erasure": erasure.id,
        "request": erasure.request,
        "state": state,
        "begun": erasure.created_at.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds") if state == "done" else None,
        "asked": {kind: number for kind, number in erasure.asked.items() if number},
        "database": {"address": str(workspace.database), "rows": erasure.removed["rows"]},
        "store": {"address": workspace.store.root, "files": dict(files)},
        "label_studio": _label_studio(outcomes),
        "datasets": patches,
        "models": models,
        "things": erasure.removed["things"],
        "open": [
            {"what": one.kind, "why": without_ids(one.problem or "not tried yet")}
            for one in work
            if not one.done and (one.problem or one.kind != LAST)
        ],
        "cannot_be_undone": cannot,
    }
    return {"sentence": in_words(receipt)} | receipt


def in_words(receipt: dict[str, Any]) -> str:
    """Return what a receipt says, for the person who asked."""
    rows, files = receipt["database"]["rows"], receipt["store"]["files"]
    tasks = sum(len(one["tasks"]) for one in receipt["label_studio"])
    answers = sum(len(one["annotations"]) for one in receipt["label_studio"])
    parts = [
        (rows.get("post", 0), "post"),
        (rows.get("image", 0), "photograph"),
        (rows.get("face", 0), "face"),
        (rows.get("label", 0) + rows.get("claim", 0), "statement"),
        (rows.get("annotation", 0), "answer"),
        (sum(files.values()), "picture file"),
        (tasks, "Label Studio task"),
        (answers, "Label Studio answer"),
        (sum(one["samples_removed"] for one in receipt["datasets"]), "dataset sample"),
    ]
    removed = ", ".join(_several(number, what) for number, what in parts if number)
    sentence = f"Removed: {removed}." if removed else "There was nothing of it to remove."
    for one in receipt["datasets"]:
        sentence += f" {one['dataset']} v{one['replaced']} was replaced by v{one['version']}."
    if receipt["models"]:
        sentence += f" Trained on removed samples: {_several(len(receipt['models']), 'network')}."
    if receipt["open"]:
        left = _several(len(receipt["open"]), "piece of work", "pieces of work")
        return f"{sentence} Return is blocked; still open: {left}."
    return f"{sentence} What was erased is refused from now on."


def _several(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def without_ids(sentence: str) -> str:
    """Return a sentence without anything that could name what was erased."""
    return re.sub(r"[0-9a-f]{32,64}", "…", sentence)


def _label_studio(outcomes: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    servers: dict[str, dict[str, Any]] = {}
    for one in [*outcomes["task"], *outcomes["annotation"]]:
        found = servers.setdefault(
            one["server"],
            {"server": one["server"], "projects": [], "tasks": [], "annotations": []},
        )
        found["tasks"] += one.get("tasks", [])
        found["annotations"] += one.get("annotations", [])
        if "project" in one and one["project"] not in found["projects"]:
            found["projects"].append(one["project"])
    return list(servers.values())


def _held(patch: dict[str, Any], name: str, version: str) -> bool:
    number, _, replaced = patch["replaced"].partition(".")
    of, _, seen = version.partition(".")
    return (name, of) == (patch["dataset"], number) and int(seen or 0) <= int(replaced or 0)


def _run_files(folder: Path, apart: set[Path | None]) -> list[Path]:
    found = []
    for below, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(below) / name not in apart)
        if "run.json" in files:
            found.append(Path(below) / "run.json")
    return found
