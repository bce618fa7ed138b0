"""Download, verify and store: this engine beside img2dataset, on one loopback server.

Run: python benchmarks/download.py IMG2DATASET_PYTHON [--images 10000] [--rounds 3] [--faults]

img2dataset wants an environment of its own:
    python3 -m venv img2dataset && img2dataset/bin/pip install img2dataset

IMG2DATASET_PYTHON is then img2dataset/bin/python.

A server process gives out JPEGs of 50 to 400 KB (see `download_server.py`). All sides do the same
work: fetch every picture, decode it once to prove it whole, hash it (SHA-256), keep the original
bytes. img2dataset runs with its best documented settings for that (`resize_mode=no` with
`skip_reencode`, a process per core, shards small enough for all processes, WebDataset output); of
4, 8, 16, 32 and 64 threads it spends least with the number set here. It writes tar files, this
engine single files and rows of a database. img2dataset without decoding
(`disable_all_reencoding`) is shown as the ceiling. What a side imports is not timed, what its
workers import is. CPU time is of all cores, without the server: a busy machine blurs it least.

`--faults`: 5 % of the requests fail (500, 503, or the connection is reset), 2 % of 100 hosts take
3 s to answer, and for a while everybody is told to wait (429 with Retry-After). Shown is the share
of the pictures that each side ends with; img2dataset gets as many retries as this engine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from download_server import AGAIN

HERE = Path(__file__).parent
THREADS = 8  # of one process of img2dataset
SHARD = 500  # pictures
RETRIES = 3

# Seconds of all cores: what a busy machine does not blur.
CPU = """
import os

def cpu():
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
"""

OURS = """
import json, sys, time
from pathlib import Path

def main():
    from curation.ingest.fetch import FetchMedia
    from curation.ingest.record import RecordPosts
    from curation.settings import IngestSettings
    from curation.sources import Post
    from curation.stages import run
    from curation.workspace import create_workspace

    given = json.load(sys.stdin)

    class Addresses:
        kind = name = "addresses"
        def posts(self):
            return (Post(str(n), (url,), age=7.0) for n, url in enumerate(given["urls"]))

    workspace = create_workspace(Path(given["folder"]) / "workspace")
    run(RecordPosts(Addresses(), b"s", require_age=False), workspace.database)
    settings = IngestSettings(
        allow_private_addresses=True, requests_per_second=0, per_host=given["per_host"]
    )
    started, before = time.perf_counter(), cpu()
    report = run(FetchMedia(workspace.store, settings), workspace.database, workers=given["cores"])
    later = run(FetchMedia(workspace.store, settings, which="retry-now"), workspace.database)
    seconds = time.perf_counter() - started
    had = report.added["images"] + later.added["images"]
    print(json.dumps([seconds, cpu() - before, had]))

if __name__ == "__main__":  # its workers run this file, too
    main()
"""

THEIRS = """
import json, sys, time
from pathlib import Path

def main():
    import img2dataset, pandas

    given = json.load(sys.stdin)
    folder = Path(given["folder"])
    (folder / "urls.txt").write_text("\\n".join(given["urls"]))
    started, before = time.perf_counter(), cpu()
    img2dataset.download(
        url_list=str(folder / "urls.txt"), output_folder=str(folder / "out"),
        processes_count=given["cores"], thread_count=given["threads"],
        number_sample_per_shard=given["shard"], output_format=given["format"],
        resize_mode="no", skip_reencode=True, disable_all_reencoding=not given["decode"],
        extract_exif=False, retries=given["retries"], timeout=30,
    )
    seconds = time.perf_counter() - started
    parts = [pandas.read_parquet(file) for file in (folder / "out").glob("*.parquet")]
    had = int(sum((part.status == "success").sum() for part in parts))
    print(json.dumps([seconds, cpu() - before, had]))

if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True)
class Outcome:
    """What one side did in one round."""

    seconds: float
    cpu: float  # seconds of all cores
    images: int
    peak: int  # bytes resident, the whole tree of processes

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.seconds


def main() -> None:
    """Run the sides in turn and print what came out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("img2dataset_python", type=Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--format", default="webdataset", help="img2dataset's output_format")
    parser.add_argument("--faults", action="store_true")
    asked = parser.parse_args()
    theirs = str(asked.img2dataset_python)
    sides = {
        "evenface": (sys.executable, OURS, True),
        "img2dataset": (theirs, THEIRS, True),
        "img2dataset without decoding": (theirs, THEIRS, False),
    }
    if asked.faults:
        del sides["img2dataset without decoding"]
    outcomes: dict[str, list[Outcome]] = {side: [] for side in sides}
    with server(asked.faults) as (port, sizes):
        for _ in range(1 if asked.faults else asked.rounds):
            for side, (python, program, decode) in sides.items():
                urlopen(f"http://127.0.0.1:{port}{AGAIN}").close()
                given = {
                    "urls": addresses(port, asked.images, spread=asked.faults),
                    "cores": os.cpu_count(),
                    "per_host": 8 if asked.faults else 64,
                    "threads": asked.threads,
                    "format": asked.format,
                    "shard": min(SHARD, -(-asked.images // (os.cpu_count() or 1))),
                    "retries": RETRIES if asked.faults else 0,
                    "decode": decode,
                }
                outcomes[side].append(measured(python, program, given))
    show(outcomes, asked.images, sizes)


def addresses(port: int, images: int, *, spread: bool) -> list[str]:
    """Return one address per picture, on one host or spread over a hundred."""
    hosts = 100 if spread else 1
    return [f"http://127.0.0.{1 + number % hosts}:{port}/{number}.jpg" for number in range(images)]


@contextmanager
def server(faulty: bool) -> Iterator[tuple[int, str]]:
    """Run the server; its port, and its pictures' sizes in words."""
    command = [sys.executable, str(HERE / "download_server.py"), *(["--faults"] * faulty)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, low, middle, high = (int(word) for word in process.stdout.readline().split())
        try:
            yield port, f"{low} to {high} KB, half of them below {middle}"
        finally:
            process.kill()


def measured(python: str, program: str, given: dict[str, object]) -> Outcome:
    """Run one side in processes of its own, and watch what they hold."""
    with tempfile.TemporaryDirectory(prefix="evenface-download-") as folder:
        script = Path(folder) / "side.py"
        script.write_text(CPU + program)
        process = subprocess.Popen(
            [python, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        peak = [0]
        threading.Thread(target=_watch, args=(process, peak), daemon=True).start()
        answer, _ = process.communicate(json.dumps({**given, "folder": folder}))
        seconds, cpu, images = json.loads(answer.splitlines()[-1])
        return Outcome(seconds, cpu, images, peak[0])


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    while process.poll() is None:
        resident = 0
        for pid in _tree(process.pid):
            try:
                resident += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
            except (OSError, IndexError):
                continue  # it ended meanwhile
        peak[0] = max(peak[0], resident)
        time.sleep(0.2)


def _tree(pid: int) -> list[int]:
    try:
        children = " ".join(
            (task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()
        )
    except OSError:
        return [pid]
    return [pid, *(below for child in children.split() for below in _tree(int(child)))]


def show(outcomes: dict[str, list[Outcome]], images: int, sizes: str) -> None:
    """Print one line per side, the fastest claim first."""
    rates = {side: [one.rate for one in rounds] for side, rounds in outcomes.items()}
    out = sys.stdout.write
    out(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    out(f"{images:,} JPEGs of {sizes}\n")
    for side, rounds in outcomes.items():
        peak = max(one.peak for one in rounds) / 1e6
        had = min(one.images for one in rounds) / images
        out(f"{statistics.median(rates[side]):8,.0f} images/s  ")
        out(f"({min(rates[side]):,.0f} to {max(rates[side]):,.0f})  ")
        cpu = statistics.median(1000 * one.cpu / one.images for one in rounds)
        out(f"{cpu:5.1f} ms of CPU each  ")
        out(f"{had:7.2%} of the images  {peak:6,.0f} MB  {side}\n")
    ratio = statistics.median(rates["evenface"]) / statistics.median(rates["img2dataset"])
    out(f"evenface / img2dataset: {ratio:.2f}\n")


if __name__ == "__main__":
    main()
