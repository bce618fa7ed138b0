"""Batches of training pictures beside torchvision's ImageFolder and DataLoader, in one run.

Run: python benchmarks/loader.py FOLDER [--crops 1024] [--rounds 3] [--workers 2]
Pictures below FOLDER are brought to 256 x 256 pixels and saved as the aligned crops of a dataset
are (JPEG, quality 95, colours at a half), both in a shard and in an ImageFolder. Both sides then
make batches of 64 normalised 224-pixel views with the same augmentation (mirrored, turned by up to
10 degrees, zoomed by 10 %, shifted by 5 %), with as many decoding threads as the other has
processes, in turn. Quoted are medians over the rounds of crops per second and of crops per
processor second (all threads and processes), and the ratios of these.

Before that, on one thread and in processor seconds: the decoders alone in a loop, the loader
without views (decoded and batched, what "crops per second and core" means) with the share of the
decoder's rate that it reaches, and the short cuts of --decode with their errors in levels of 255
against exact decoding.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
import torch
from torchvision import transforms
from torchvision.datasets import ImageFolder

from training.augment import Augment, augmented
from training.loading import Decode
from training.model import IMAGENET_MEAN, IMAGENET_STD
from training.reader import CropReader
from training.samplers import batch_generator
from training.shards import index_crops

CROP, VIEW, BATCH, QUALITY = 256, 224, 64, 95
TICK = os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare(source: Path, target: Path, count: int) -> list[bytes]:
    """Write `count` crops as a shard and as an ImageFolder; return their bytes."""
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    crops: list[bytes] = []
    for path in files[:count]:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        side = min(picture.shape[:2])
        top, left = ((size - side) // 2 for size in picture.shape[:2])
        square = cv2.resize(
            picture[top : top + side, left : left + side],
            (CROP, CROP),
            interpolation=cv2.INTER_AREA if side > CROP else cv2.INTER_CUBIC,
        )
        crops.append(simplejpeg.encode_jpeg(square, QUALITY, "RGB", "420"))
    if not crops:
        raise SystemExit(f"{source} holds no .jpg or .png files")
    (target / "loose" / "face").mkdir(parents=True)
    with tarfile.open(target / "crops.tar", "w") as archive:
        for number, content in enumerate(crops):
            info = tarfile.TarInfo(f"{number:06d}.jpg")
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
            (target / "loose" / "face" / f"{number:06d}.jpg").write_bytes(content)
    return crops


def processor_seconds(pids: list[int]) -> float:
    """Return what this process and these others have used."""
    used = time.process_time()
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / TICK
    return used


class Theirs:
    """ImageFolder + DataLoader, its processes kept between epochs."""

    def __init__(self, folder: Path, workers: int) -> None:
        steps = [
            transforms.RandomHorizontalFlip(),
            transforms.RandomAffine(
                10, (0.05, 0.05), (0.9, 1.1), interpolation=transforms.InterpolationMode.BILINEAR
            ),
            transforms.CenterCrop(VIEW),
            transforms.ToTensor(),
            transforms.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
        self.loader = torch.utils.data.DataLoader(
            ImageFolder(str(folder), transforms.Compose(steps)),
            batch_size=BATCH,
            shuffle=True,
            num_workers=workers,
            persistent_workers=True,
            prefetch_factor=3,
        )

    def pids(self) -> list[int]:
        """Return its processes."""
        return [worker.pid for worker in self.loader._iterator._workers]  # type: ignore[union-attr]

    def epoch(self, number: int) -> int:
        """Make all batches; return how many pictures were in them."""
        return sum(len(images) for images, _ in self.loader)


class Ours:
    """CropReader and `augmented`."""

    def __init__(self, folder: Path, count: int, workers: int) -> None:
        names = [f"{number:06d}" for number in range(count)]
        self.reader = CropReader(index_crops(folder, names, ["crops.tar"] * count), workers=workers)

    def pids(self) -> list[int]:
        """Return its processes: none but this one."""
        return []

    def epoch(self, number: int) -> int:
        """Make all batches; return how many pictures were in them."""
        order = np.random.default_rng(number).permutation(len(self.reader))
        batches = np.array_split(order, -(-len(order) // BATCH))
        seen = 0
        for place, crops in enumerate(self.reader.stream(batches)):
            images = augmented(
                torch.from_numpy(crops),
                Augment.natural,
                VIEW,
                IMAGENET_MEAN,
                IMAGENET_STD,
                batch_generator(0, number, place),
            )
            seen += len(images)
        return seen


def race(sides: dict[str, Theirs | Ours], rounds: int) -> None:
    """Run the sides in turn and print medians and ratios."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for side in sides.values():
        side.epoch(0)  # processes start, code is compiled, files are in memory
    for number in range(1, rounds + 1):
        for name, side in sides.items():
            start, used = time.perf_counter(), processor_seconds(side.pids())
            seen = side.epoch(number)
            used = processor_seconds(side.pids()) - used
            rates[name].append((seen / (time.perf_counter() - start), seen / used))
    medians = {
        name: [statistics.median(column) for column in zip(*values, strict=True)]
        for name, values in rates.items()
    }
    say(f"{'normalised 224-pixel views':32}{'crops/s':>10}{'crops/processor s':>20}")
    for name, (wall, processor) in medians.items():
        say(f"{name:32}{wall:10,.0f}{processor:20,.0f}")
    pairs = zip(medians["ours"], medians["torchvision"], strict=True)
    ratios = [ours / theirs for ours, theirs in pairs]
    say(f"{'ours / torchvision':32}{ratios[0]:10.2f}{ratios[1]:20.2f}")


@contextmanager
def one_core() -> Iterator[None]:
    """Keep to one core, so that a processor second is one of that core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def alone(crops: list[bytes], folder: Path, rounds: int) -> None:
    """Print the rates of decoders and of the loader without views, per processor second."""
    arrays = [np.frombuffer(content, np.uint8) for content in crops]
    target = np.empty((CROP, CROP, 3), np.uint8)
    members = index_crops(
        folder, [f"{n:06d}" for n in range(len(crops))], ["crops.tar"] * len(crops)
    )
    batches = np.array_split(np.arange(len(crops)), -(-len(crops) // BATCH))

    def stream(size: int, how: Decode) -> Callable[[], None]:
        reader = CropReader(members, size, workers=1, how=how)

        def run() -> None:
            for _ in reader.stream(batches):
                pass

        return run

    def loop(one: Callable[[int], object]) -> Callable[[], None]:
        def run() -> None:
            for number in range(len(crops)):
                one(number)

        return run

    ways: dict[str, Callable[[], None]] = {
        "cv2.imdecode, in a loop": loop(lambda n: cv2.imdecode(arrays[n], cv2.IMREAD_COLOR_RGB)),
        "simplejpeg, in a loop": loop(
            lambda n: simplejpeg.decode_jpeg(crops[n], "RGB", buffer=target)
        ),
        "loader, exact": stream(CROP, Decode.exact),
        "loader, fast": stream(CROP, Decode.fast),
        "loader, exact, to 128": stream(128, Decode.exact),
        "loader, scaled, to 128": stream(128, Decode.scaled),
        "loader, exact, to 110": stream(110, Decode.exact),
        "loader, scaled, to 110": stream(110, Decode.scaled),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with one_core():
        for _ in range(rounds):
            for name, way in ways.items():
                start = time.process_time()
                way()
                rates[name].append(len(crops) / (time.process_time() - start))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    limit = medians["simplejpeg, in a loop"]
    say(f"\n{'decoded and batched, one core':32}{'crops/processor s':>20}{'of simplejpeg':>16}")
    for name, rate in medians.items():
        say(f"{name:32}{rate:20,.0f}{rate / limit:16.0%}")
    for how, size in ((Decode.fast, CROP), (Decode.scaled, 128), (Decode.scaled, 110)):
        exact, short = (
            CropReader(members[:200], size, workers=1, how=way) for way in (Decode.exact, how)
        )
        errors = np.concatenate(
            [
                np.abs(exact.read(row).astype(int) - short.read(row)).ravel()
                for row in range(len(exact))
            ]
        )
        say(
            f"error of {how}, {size} pixels: mean {errors.mean():.2f} levels, 99 % within "
            f"{np.percentile(errors, 99):.0f}, largest {errors.max()}"
        )


def main() -> None:
    """Read the arguments, prepare the crops, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crops", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.workers)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        crops = prepare(options.folder, folder, options.crops)
        size = statistics.mean(map(len, crops)) / 1000
        say(f"{len(crops):,} crops of {CROP} pixels, {size:.1f} kB; {options.workers} workers")
        sides: dict[str, Theirs | Ours] = {
            "torchvision": Theirs(folder / "loose", options.workers),
            "ours": Ours(folder, len(crops), options.workers),
        }
        alone(crops, folder, options.rounds)
        race(sides, options.rounds)


if __name__ == "__main__":
    main()
