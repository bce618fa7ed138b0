"""Whether training learns real faces: from random weights on UTKFace's chips, held to others of it.

Run: python benchmarks/utkface.py WORK [--epochs N N N] [--processes N]
     [--train DIR --test DIR]

Makes a dataset of the chips in DIR (aligned as every face is; byte-identical copies kept once,
those with contradicting labels not at all, nor what is among the test chips), runs `train fit` on
it in three stages of growing pictures and `bench run` on the test chips, as a user would, and
prints the figures with processor time. WORK keeps dataset, runs and reports: what is there is not
made again, and a run that was stopped goes on. The pictures are for research and come from
elsewhere: see docs/training.md.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import resource
import subprocess
import sys
import tarfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from curation.dataset.manifest import write_manifest
from curation.engines import available_cores
from curation.faces.detector import Detector
from training.bench.crops import find_crops
from training.bench.protocols.utkface import UtkFaceProtocol
from training.bench.sample import Sample

REAL = Path(__file__).parents[2] / "shared" / "data"
VALIDATION = 0.1  # share of the chips
PER_SHARD = 1000
BATCH = 64
RECIPE = (
    "--backbone", "resnet18", "--view", "0.72", "--optimizer", "adamw", "--schedule", "one-cycle",
    "--sampler", "uniform-age", "--epochs-head", "0",
)  # fmt: skip
# Small pictures first, at a quarter of the cost; then what they taught, at larger sizes.
STAGES = (
    (20, ("--image-size", "40", "--batch-size", "192", "--learning-rate", "0.003",
          "--max-repeats", "3", "--ema", "0.99")),
    (24, ("--image-size", "64", "--batch-size", "96", "--learning-rate", "0.0015",
          "--max-repeats", "3", "--ema", "0.99")),
    (26, ("--image-size", "96", "--batch-size", "96", "--learning-rate", "0.001",
          "--max-repeats", "6", "--ema", "0.99", "--mixup", "0.2", "--tta", "ten-crop")),
)  # fmt: skip


def chips(folder: Path, test: Path) -> tuple[dict[str, Sample], dict[str, int]]:
    """Return the chips to train on by SHA-256, and how many were left out, by reason."""
    known = {_sha256(sample) for sample in UtkFaceProtocol(test).samples()}
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in UtkFaceProtocol(folder).samples():
        found[_sha256(sample)].append(sample)
    kept: dict[str, Sample] = {}
    left = {"copy": 0, "contradiction": 0, "test chip": 0}
    for digest, copies in found.items():
        if digest in known:
            left["test chip"] += len(copies)
        elif len({(one.age, one.gender) for one in copies}) > 1:
            left["contradiction"] += len(copies)
        else:
            kept[digest] = copies[0]
            left["copy"] += len(copies) - 1
    return kept, left


def build(folder: Path, train: Path, test: Path) -> None:
    """Write the dataset version: aligned crops in shards, and the manifest."""
    kept, left = chips(train, test)
    (folder / "shards").mkdir(parents=True)
    order = sorted(kept)
    random.Random(0).shuffle(order)
    cut = int(VALIDATION * len(order))
    rows: list[dict[str, Any]] = []
    for split, digests in (("train", order[cut:]), ("validation", order[:cut])):
        shard: tarfile.TarFile | None = None
        for place, (digest, crop) in enumerate(aligned(sorted(digests), kept)):
            if place % PER_SHARD == 0:
                if shard is not None:
                    shard.close()
                name = f"shards/{split}-{place // PER_SHARD:06d}.tar"
                shard = tarfile.open(folder / name, "w")  # noqa: SIM115
            assert shard is not None
            info = tarfile.TarInfo(f"{digest[:32]}.jpg")
            info.size = len(crop)
            shard.addfile(info, io.BytesIO(crop))
            sample = kept[digest]
            rows.append(
                {
                    "sample_id": digest[:32], "image_id": digest, "age": sample.age,
                    "gender": sample.gender, "race": sample.race, "split": split, "weight": 1.0,
                    "subject": digest[:32], "votes": 0, "shard": name,
                }
            )  # fmt: skip
        if shard is not None:
            shard.close()
    left["no face found"] = len(kept) - len(rows)
    write_manifest(folder / "manifest.parquet", rows, "utkface", 1)
    (folder / "left_out.json").write_text(json.dumps(left))


def aligned(digests: list[str], kept: dict[str, Sample]) -> Iterator[tuple[str, bytes]]:
    """Yield the crop of each chip in which a face is found, as JPEG."""
    detector = Detector()
    for start in range(0, len(digests), BATCH):
        batch = digests[start : start + BATCH]
        pictures = [picture for one in batch if (picture := kept[one].picture) is not None]
        images = [picture.pixels() for picture in pictures]
        for digest, crop in zip(batch, find_crops(images, pictures, detector), strict=True):
            if crop is not None:
                encoded = cv2.imencode(
                    ".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95]
                )[1]
                yield digest, np.asarray(encoded).tobytes()


def command(program: str, *arguments: object, processes: int = 1) -> None:
    """Run one of our commands as a user would; several processes under torchrun."""
    code = f"from training.cli import {program}; {program}(prog_name={program!r})"
    said = [str(argument) for argument in arguments]
    if processes == 1:
        line = [sys.executable, "-c", code, *said]
    else:
        line = [
            sys.executable, "-m", "torch.distributed.run", "--standalone",
            f"--nproc-per-node={processes}", "--no-python", sys.executable, "-c", code, *said,
        ]  # fmt: skip
    threads = str(max(1, available_cores() // processes))
    done = subprocess.run(line, check=False, env={**os.environ, "OMP_NUM_THREADS": threads})
    if done.returncode:
        sys.exit(f"{program} {said[0]} ended with exit code {done.returncode}")


def figures(folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures of a report."""
    found: dict[str, dict[str, float]] = json.loads((folder / "figures.json").read_text())[
        "figures"
    ]
    return found


def main() -> None:
    """Make the dataset, train, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--train", type=Path, default=REAL / "utkface_train")
    parser.add_argument("--test", type=Path, default=REAL / "faces" / "utkface")
    parser.add_argument("--processes", type=int, default=2, help="of `train fit`")
    parser.add_argument(
        "--epochs", type=int, nargs=len(STAGES), default=[usual for usual, _ in STAGES],
        help="of each stage",
    )  # fmt: skip
    asked = parser.parse_args()
    if not asked.train.is_dir() or not asked.test.is_dir():
        sys.exit(f"there is no folder {asked.train} or {asked.test}; name them")
    data = asked.work / "dataset"
    manifest = data / "manifest.parquet"
    if not manifest.is_file():
        build(data, asked.train, asked.test)
    say = sys.stdout.write
    say(f"left out: {(data / 'left_out.json').read_text()}\n")
    sys.stdout.flush()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    model: Path | str = "none"
    for number, (epochs, (_, recipe)) in enumerate(zip(asked.epochs, STAGES, strict=True), 1):
        run = asked.work / f"stage{number}"
        command(
            "train", "fit", manifest, *RECIPE, *recipe, "--weights", model, "--epochs", epochs,
            "--out", run, processes=asked.processes,
        )  # fmt: skip
        model = run / "model.pt"
    minutes = (time.perf_counter() - started) / 60
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime) / 60
    judged = ("--dataset", "utkface", "--root", asked.test, "--checkpoint", model)
    command("bench", "run", *judged, "--trained-on", manifest, "--out", asked.work / "report")
    command("bench", "run", *judged, "--estimate", "median", "--out", asked.work / "median")
    best, median = figures(asked.work / "report"), figures(asked.work / "median")
    say(f"trained in {minutes:.1f} minutes, {processor:.1f} core-minutes\n")
    for name, unit in (("gender_accuracy", 100), ("mae", 1), ("coverage_80", 100), ("mape", 100)):
        one = best[name]
        low, high = unit * one["low"], unit * one["high"]
        say(f"{name} {unit * one['value']:.2f} ({low:.2f} to {high:.2f}), n = {one['n']}\n")
    say(f"mape of the median {100 * median['mape']['value']:.2f}\n")


def _sha256(sample: Sample) -> str:
    assert sample.picture is not None
    return hashlib.sha256(sample.picture.read()).hexdigest()


if __name__ == "__main__":
    main()
