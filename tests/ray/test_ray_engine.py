"""The runner's guarantees on a Ray cluster: all of it, once, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from core.test_stages import EXPECTED, IDS, CountDigits, fill, recorded
from running import run_curate
from toys import CountSlowly, DieOnce, Faulty

from curation.engines import RayCluster, ray_cluster
from curation.errors import EvenfaceError, SettingsError, StoreError
from curation.stages import run
from curation.store import Store
from curation.workspace import Workspace

CLUSTER = RayCluster("local")
# Ray warns of its own settings when it sets them.
pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:ray\..*")


@pytest.fixture(scope="module", autouse=True)
def a_cluster() -> Iterator[None]:
    """One cluster on this machine for all tests of this file, as an engine starts it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RAY_USAGE_STATS_ENABLED", "RAY_DATA_DISABLE_PROGRESS_BARS"):
            patch.setenv(name, os.environ.get(name, "1"))
        for name in ("RAY_BACKEND_LOG_LEVEL", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"):
            patch.setenv(name, os.environ.get(name, "fatal"))
        # Workers import the toys.
        here = Path(__file__).parent
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (here.parents[1], here.parent, here))))
        ray = ray_cluster.import_ray(local=True)
        ray_cluster.connect(ray, "local", num_cpus=2, object_store_memory=80 * 1024 * 1024)
        yield
        ray.shutdown()


def opened(notes: Path) -> int:
    return len(list(notes.glob("opened-*")))


def test_every_row_is_worked_on_once_in_several_windows_by_workers_that_opened_once(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(workspace)
    monkeypatch.setattr(ray_cluster, "BATCHES_PER_WINDOW", 3)  # two windows of six and four
    report = run(CountSlowly(tmp_path), workspace.database, workers=2, cluster=CLUSTER)
    assert recorded(workspace) == EXPECTED
    assert report.processed == len(IDS)
    assert 2 <= opened(tmp_path) <= 4
    assert run(CountSlowly(tmp_path), workspace.database, workers=2, cluster=CLUSTER).processed == 0


def test_a_worker_that_is_killed_is_replaced_and_its_batch_done_again(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    stage = DieOnce(tmp_path, die_at=sorted(IDS)[20])
    assert run(stage, sqlite_workspace.database, workers=2, cluster=CLUSTER).processed == len(IDS)
    assert (tmp_path / "died").exists()
    assert recorded(sqlite_workspace) == EXPECTED


def test_a_batch_that_kills_every_worker_ends_the_run_in_one_sentence(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    deadly = CountSlowly(tmp_path, die_at=sorted(IDS)[20])
    with pytest.raises(EvenfaceError, match="died 4 times over the same batch"):
        run(deadly, sqlite_workspace.database, workers=2, cluster=CLUSTER)
    run(CountDigits(), sqlite_workspace.database)
    assert recorded(sqlite_workspace) == EXPECTED


def test_what_a_stage_raises_arrives_as_its_sentence_and_what_was_recorded_stays(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    with pytest.raises(EvenfaceError, match=r"^no weights here$"):
        run(CountSlowly(tmp_path, closed="no weights here"), sqlite_workspace.database,
            workers=2, cluster=CLUSTER)  # fmt: skip
    assert set(recorded(sqlite_workspace).values()) == {None}
    broken = sorted(IDS)[-1]
    with pytest.raises(EvenfaceError, match=f"^cannot count {broken}$"):
        run(
            CountSlowly(tmp_path, fail_at=broken),
            sqlite_workspace.database,
            workers=2,
            cluster=CLUSTER,
        )
    assert any(count is not None for count in recorded(sqlite_workspace).values())


def test_a_fault_of_a_stage_arrives_as_what_it_is(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        run(Faulty(tmp_path), sqlite_workspace.database, workers=2, cluster=CLUSTER)


def test_ctrl_c_gives_up_what_is_under_way_and_the_next_run_does_it(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    before = signal.getsignal(signal.SIGTERM)

    def interrupt() -> None:
        while set(recorded(sqlite_workspace).values()) == {None}:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run(CountSlowly(tmp_path, slow=0.4), sqlite_workspace.database, workers=2, cluster=CLUSTER)
    done = sum(count is not None for count in recorded(sqlite_workspace).values())
    assert 0 < done < len(IDS)
    assert done % CountDigits.batch_size == 0
    assert signal.getsignal(signal.SIGTERM) == before
    run(CountDigits(), sqlite_workspace.database)
    assert recorded(sqlite_workspace) == EXPECTED


def test_a_limit_counts_items_on_a_cluster_too(sqlite_workspace: Workspace, tmp_path: Path) -> None:
    fill(sqlite_workspace)
    run(CountSlowly(tmp_path), sqlite_workspace.database, workers=2, cluster=CLUSTER, limit=10)
    assert sum(count is not None for count in recorded(sqlite_workspace).values()) == 10


class ElsewhereStore(Store):
    """A store that is another folder once it has travelled to a worker."""

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        return Store, (f"{self.root}-elsewhere",)


def test_a_store_that_workers_do_not_see_is_refused_before_anything_is_done(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    store = ElsewhereStore(tmp_path / "store")
    with pytest.raises(
        StoreError, match=r"does not see the image store .*-elsewhere; set store\.url"
    ):
        run(CountSlowly(tmp_path), sqlite_workspace.database,
            cluster=RayCluster("local", store=store))  # fmt: skip
    assert set(recorded(sqlite_workspace).values()) == {None}
    seen = RayCluster("local", store=Store(tmp_path / "store"))
    run(CountSlowly(tmp_path), sqlite_workspace.database, cluster=seen)
    assert recorded(sqlite_workspace) == EXPECTED
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_workers_too_large_for_the_cluster_are_refused(
    sqlite_workspace: Workspace, tmp_path: Path
) -> None:
    fill(sqlite_workspace)
    with pytest.raises(SettingsError, match=r"no worker fits .*run\.ray_gpus"):
        run(CountSlowly(tmp_path), sqlite_workspace.database, cluster=RayCluster("local", gpus=1))


def test_nothing_of_a_local_cluster_listens_beyond_loopback() -> None:
    import psutil

    mine = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [
        connection.laddr.ip.removeprefix("::ffff:")
        for process in mine
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 3
    assert set(listening) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("ray://head:10001", "Ray Data does not stream; make this machine one of the cluster"),
        ("head", "use auto, local, or the host:port"),
        ("head:port", "use auto, local, or the host:port"),
        (":6379", "use auto, local, or the host:port"),
        ("head:70000", "use auto, local, or the host:port"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        RayCluster(address)


def test_a_cluster_that_does_not_answer_is_named(sqlite_workspace: Workspace) -> None:
    fill(sqlite_workspace)
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = f"127.0.0.1:{server.getsockname()[1]}"
    done = run_curate("detect", "--engine", "ray", "--ray-address", free)
    assert done.returncode == 2
    assert f"error: no Ray cluster answers at {free} (Connection refused)" in done.stderr
    done = run_curate("detect", "--ray-address", free)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--ray-address is for --engine ray" in done.stderr


def test_without_ray_the_sentence_says_how_to_get_it(sqlite_workspace: Workspace) -> None:
    fill(sqlite_workspace)
    program = (
        "import sys; sys.modules['ray'] = None; from curation.cli import app; "
        "app(['detect', '--engine', 'ray'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "which is not installed; get it with pip install 'evenface[ray]'" in done.stderr
