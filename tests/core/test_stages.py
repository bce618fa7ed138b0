"""The stage runner: what is ready, in batches, recorded once, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from curation.database.lock import stage_lock
from curation.database.models import Image, Rejection
from curation.database.session import Database
from curation.database.upsert import insert_new
from curation.engines import Batch, Engine
from curation.errors import DatabaseError, EvenfaceError
from curation.stages import Rejected, Stage, run
from curation.workspace import Workspace


class CountDigits(Stage[str, int]):
    """Count the digits of an image's id; the ones that start with f have none to count."""

    name = "count-digits"
    unit = "images"
    subject = "image"
    batch_size = 4
    parallel = True

    def __init__(self, fail_at: str = "", die_at: str = "", slow: float = 0.0) -> None:
        self.fail_at = fail_at
        self.die_at = die_at
        self.slow = slow

    def count(self, database: Database) -> int:
        with database.session() as session:
            ready = select(func.count()).where(Image.face_count.is_(None))
            return session.execute(ready).scalar_one()

    def batches(self, database: Database) -> Iterator[Sequence[str]]:
        ready = select(Image.id).where(Image.face_count.is_(None))
        for page in database.read_by_key(ready, Image.id, self.batch_size):
            yield [row.id for row in page]

    def key(self, item: str) -> str:
        return item

    def process(self, items: Sequence[str]) -> Sequence[int | Rejected]:
        time.sleep(self.slow)
        if self.die_at in items:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fail_at in items:
            raise EvenfaceError(f"cannot count {self.fail_at}")
        return [
            Rejected("starts-with-f", f"{item[:4]}… starts with f")
            if item.startswith("f")
            else sum(letter.isdigit() for letter in item)
            for item in items
        ]

    def record(
        self, session: Session, outcomes: Sequence[tuple[str, int | Rejected]]
    ) -> Counter[str]:
        for item, outcome in outcomes:
            count = 0 if isinstance(outcome, Rejected) else outcome
            session.execute(update(Image).where(Image.id == item).values(face_count=count))
        return Counter(digits=sum(o for _, o in outcomes if not isinstance(o, Rejected)))


IDS = [f"{number * 37 % 251:02x}" * 32 for number in range(40)]
EXPECTED = {i: 0 if i.startswith("f") else sum(c.isdigit() for c in i) for i in IDS}


def fill(workspace: Workspace) -> None:
    with workspace.database.session() as session:
        insert_new(
            session,
            Image,
            (
                {
                    "id": i,
                    "store_key": i,
                    "format": "JPEG",
                    "width": 1,
                    "height": 1,
                    "byte_count": 1,
                }
                for i in IDS
            ),
        )


def recorded(workspace: Workspace) -> dict[str, int | None]:
    with workspace.database.session() as session:
        rows = session.execute(select(Image.id, Image.face_count))
        return {row.id: row.face_count for row in rows}


def rejections(workspace: Workspace) -> list[tuple[str, str, str | None]]:
    with workspace.database.session() as session:
        rows = session.execute(
            select(Rejection.stage, Rejection.reason, Rejection.image_id).order_by(
                Rejection.image_id
            )
        )
        return [(row.stage, row.reason, row.image_id) for row in rows]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_ready_row_is_worked_on_once_and_rejections_keep_their_reason(
    workspace: Workspace, workers: int
) -> None:
    fill(workspace)
    report = run(CountDigits(), workspace.database, workers=workers)
    assert recorded(workspace) == EXPECTED
    assert rejections(workspace) == [
        ("count-digits", "starts-with-f", i) for i in sorted(IDS) if i.startswith("f")
    ]
    assert report.processed == report.ready == len(IDS)
    assert report.added == Counter(digits=sum(EXPECTED.values()))
    assert report.rejected == Counter({"starts-with-f": sum(i.startswith("f") for i in IDS)})


class Regrouped:
    """An engine that gives items back in groups of three, the last first; stops when told to."""

    def __init__(self, stage: CountDigits, stopping: Callable[[], bool]) -> None:
        self.stage, self.stopping = stage, stopping

    def __enter__(self) -> Regrouped:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        items = [item for batch in batches for item in batch][::-1]
        while items and not self.stopping():
            group, items = items[:3], items[3:]
            yield group, self.stage.process(group)


class CountDigitsRegrouped(CountDigits):
    """The same, with an engine of its own."""

    def engine(self, workers: int, ready: int, stopping: Callable[[], bool]) -> Engine:
        return Regrouped(self, stopping)


def test_an_engine_of_the_stages_own_may_give_items_back_in_other_batches(
    workspace: Workspace,
) -> None:
    fill(workspace)
    report = run(CountDigitsRegrouped(), workspace.database)
    assert recorded(workspace) == EXPECTED
    assert report.processed == len(IDS)
    assert report.rejected == Counter({"starts-with-f": sum(i.startswith("f") for i in IDS)})


def test_an_engine_of_the_stages_own_is_told_to_stop(sqlite_workspace: Workspace) -> None:
    fill(sqlite_workspace)
    threading.Timer(0.35, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run(CountDigitsRegrouped(slow=0.1), sqlite_workspace.database)
    done = sum(count is not None for count in recorded(sqlite_workspace).values())
    assert 0 < done < len(IDS)


def test_a_second_run_finds_nothing_to_do(workspace: Workspace) -> None:
    fill(workspace)
    run(CountDigits(), workspace.database)
    report = run(CountDigits(), workspace.database)
    assert (report.ready, report.processed, report.added) == (0, 0, Counter())


def test_a_limit_stops_after_that_many_and_the_next_run_does_the_rest(
    workspace: Workspace,
) -> None:
    fill(workspace)
    assert run(CountDigits(), workspace.database, limit=10).processed == 10
    assert sum(count is not None for count in recorded(workspace).values()) == 10
    assert run(CountDigits(), workspace.database).processed == len(IDS) - 10


def test_a_dry_run_counts_and_changes_nothing(workspace: Workspace) -> None:
    fill(workspace)
    report = run(CountDigits(), workspace.database, limit=30, dry_run=True)
    assert (report.ready, report.processed) == (30, 0)
    assert set(recorded(workspace).values()) == {None}


def test_what_was_recorded_before_a_failure_stays_and_the_next_run_goes_on(
    workspace: Workspace,
) -> None:
    fill(workspace)
    broken = sorted(IDS)[20]
    with pytest.raises(EvenfaceError, match="cannot count"):
        run(CountDigits(fail_at=broken), workspace.database)
    done = sum(count is not None for count in recorded(workspace).values())
    assert done == 20
    assert run(CountDigits(), workspace.database).processed == len(IDS) - done
    assert recorded(workspace) == EXPECTED


def test_a_worker_that_dies_ends_the_run_in_one_sentence(sqlite_workspace: Workspace) -> None:
    fill(sqlite_workspace)
    with pytest.raises(EvenfaceError, match="a worker process of `count-digits` died"):
        run(CountDigits(die_at=sorted(IDS)[20]), sqlite_workspace.database, workers=2)
    assert run(CountDigits(), sqlite_workspace.database).processed > 0
    assert recorded(sqlite_workspace) == EXPECTED


def test_two_runs_of_one_stage_at_once_are_refused(workspace: Workspace) -> None:
    fill(workspace)
    with (
        stage_lock(workspace.database, "count-digits"),
        pytest.raises(DatabaseError, match="another `count-digits` is running"),
    ):
        run(CountDigits(), workspace.database)
    assert run(CountDigits(), workspace.database).processed == len(IDS)


def test_ctrl_c_records_the_batch_in_work_and_then_stops(workspace: Workspace) -> None:
    fill(workspace)
    threading.Timer(0.35, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run(CountDigits(slow=0.1), workspace.database)
    done = sum(count is not None for count in recorded(workspace).values())
    assert 0 < done < len(IDS)
    assert done % CountDigits.batch_size == 0
    run(CountDigits(), workspace.database)
    assert recorded(workspace) == EXPECTED


def test_a_killed_run_leaves_whole_batches_and_no_workers_behind(
    workspace: Workspace,
) -> None:
    fill(workspace)
    program = textwrap.dedent(
        """
        from core.test_stages import CountDigits
        from curation.stages import run
        from curation.workspace import open_workspace
        if __name__ == "__main__":
            run(CountDigits(slow=0.3), open_workspace().database, workers=2)
        """
    )
    script = workspace.root / "run_stage.py"
    script.write_text(program)
    tests = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": tests}
    )
    deadline = time.monotonic() + 30
    while set(recorded(workspace).values()) == {None} and time.monotonic() < deadline:
        time.sleep(0.02)
    children = [int(pid) for pid in _children(process.pid)]
    assert children
    process.kill()
    process.wait()
    done = sum(count is not None for count in recorded(workspace).values())
    assert 0 < done < len(IDS)
    assert done % CountDigits.batch_size == 0
    while any(_runs(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in children if _runs(pid)]
    assert run(CountDigits(), workspace.database).processed == len(IDS) - done
    assert recorded(workspace) == EXPECTED


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()
