"""Faces of picture files, without a workspace: what `curate faces` tells of each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.engines import Engine, ThisProcess, WorkerProcesses
from curation.faces.align import align
from curation.faces.detector import DetectedFace, Detector
from curation.faces.encode import encode_jpeg
from curation.faces.photograph import Photograph
from curation.faces.quality import Quality, measure, size
from curation.pictures import BadImageError

MAX_PIXELS = 100_000_000

Entry = dict[str, Any]


@dataclass(frozen=True)
class PictureFile:
    """A path that the user named, and a name for what is written about it, its own in a run."""

    path: Path
    name: str


@dataclass(frozen=True)
class Wishes:
    """What is looked for, and what is written: folders for crops and for marked pictures."""

    min_face: int = 40
    min_score: float = 0.95
    fast: bool = False
    crops: Path | None = None
    annotate: Path | None = None
    device: str = "cpu"


class LookForFaces:
    """The work on one batch of files; it travels to worker processes."""

    name: ClassVar[str] = "faces"
    batch_size: ClassVar[int] = 8
    parallel: ClassVar[bool] = True

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def open(self) -> None:
        """Load the networks."""
        import torch

        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        self._detector = Detector(self._wishes.min_face, self._wishes.device)

    def process(self, items: Sequence[PictureFile]) -> Sequence[Entry]:
        """Return the entry of every file, in their order; one that is broken disturbs no other."""
        wishes = self._wishes
        opened = [_opened(item.path, wishes) for item in items]
        pictures = [one for one in opened if isinstance(one, Photograph)]
        smallest = [wishes.min_face / picture.reduction for picture in pictures]
        found = iter(self._detector.detect_batch([one.pixels for one in pictures], smallest))
        return [
            self._entry(item, one, next(found)) if isinstance(one, Photograph) else one
            for item, one in zip(items, opened, strict=True)
        ]

    def _entry(
        self, item: PictureFile, picture: Photograph, found: Sequence[DetectedFace]
    ) -> Entry:
        wishes = self._wishes
        found = [picture.in_full_size(face) for face in found]
        sure = [face for face in found if face.score >= wishes.min_score]
        large = [face for face in sure if size(face) >= wishes.min_face]
        said: Entry = {
            "path": str(item.path),
            "width": picture.width,
            "height": picture.height,
            "faces": [_face(face, measure(*picture.source_of(face))) for face in large],
        }
        if not large:
            said["reason"] = "too-small" if sure else "no-face"
            said["detail"] = _why_none(found, sure, wishes)
        for number, face in enumerate(large):
            if wishes.crops:
                pixels, here = picture.source_of(face)
                file = wishes.crops / f"{item.name}-{number}.jpg"
                _write(file, encode_jpeg(align(pixels, here.landmarks)))
                said["faces"][number]["crop"] = str(file)
        if wishes.annotate:
            _write(wishes.annotate / f"{item.name}.jpg", encode_jpeg(_marked(picture, large)))
        return said


def list_files(paths: Iterable[Path]) -> list[PictureFile]:
    """Return the files to look at, in the order of `paths`; a folder is all files below it, sorted.

    Hidden files are left out of folders. A path that does not exist stays: it gets its own entry.
    """
    files: list[Path] = []
    for path in paths:
        if _is_folder(path):
            below = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
            shown = (file for file in below if not any(p.startswith(".") for p in file.parts))
            files.extend(path / file for file in sorted(shown))
        else:
            files.append(path)
    times: dict[str, int] = {}
    named = []
    for file in files:
        times[file.stem] = times.get(file.stem, 0) + 1
        again = times[file.stem]
        named.append(PictureFile(file, file.stem if again == 1 else f"{file.stem}~{again}"))
    return named


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, say; reading it will tell
        return False


def look(files: Sequence[PictureFile], wishes: Wishes, workers: int = 1) -> Iterator[Entry]:
    """Yield one entry per file, in their order.

    An entry has `path`; `width` and `height` of the upright picture where it could be read; and
    `faces`, the largest first: `box` (x1, y1, x2, y2), `landmarks` (five x, y), `score`, `size`
    (the box's longer side), all in pixels of the picture, and the fields of `Quality`. Where there
    is none, `reason` is `no-face`, `too-small`, `missing`, `not-readable`, or what `BadImageError`
    names, and `detail` a sentence.
    """
    work = LookForFaces(wishes)
    step = work.batch_size
    batches = iter([files[first : first + step] for first in range(0, len(files), step)])
    several = workers > 1 and len(files) > step
    engine: Engine = WorkerProcesses(work, workers) if several else ThisProcess(work)
    position = {item: number for number, item in enumerate(files[::step])}
    waiting: dict[int, Sequence[Entry]] = {}
    following = 0
    with engine:
        for batch, entries in engine.map(batches):
            waiting[position[batch[0]]] = entries
            while following in waiting:  # batches of several workers come in any order
                yield from waiting.pop(following)
                following += 1


def _opened(path: Path, wishes: Wishes) -> Photograph | Entry:
    fast = wishes.min_face if wishes.fast else None
    try:
        return Photograph(path.read_bytes(), fast, MAX_PIXELS)
    except BadImageError as error:
        return _nothing(path, error.reason, str(error))
    except FileNotFoundError:
        return _nothing(path, "missing", "there is no such file or folder")
    except OSError as error:
        return _nothing(path, "not-readable", f"it cannot be read: {error.strerror}")


def _nothing(path: Path, reason: str, detail: str) -> Entry:
    return {"path": str(path), "faces": [], "reason": reason, "detail": detail}


def _why_none(found: Sequence[DetectedFace], sure: Sequence[DetectedFace], wishes: Wishes) -> str:
    if sure:
        largest = max(map(size, sure))
        return f"the largest face has {largest:.0f} pixels, below {wishes.min_face}"
    if found:
        best = max(face.score for face in found)
        return f"the surest face has a score of {best:.2f}, below {wishes.min_score:g}"
    return "no face was found"


def _face(face: DetectedFace, quality: Quality) -> Entry:
    return {
        "box": [round(edge, 1) for edge in face.box],
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in face.landmarks],
        "score": round(face.score, 4),
        "size": round(size(face), 1),
        **{name: round(value, 3) for name, value in asdict(quality).items()},
    }


def _marked(picture: Photograph, faces: Sequence[DetectedFace]) -> NDArray[np.uint8]:
    """Return the picture, as it was decoded, with boxes and landmarks drawn on it."""
    pixels = np.ascontiguousarray(picture.pixels).copy()
    thick = max(1, round(max(pixels.shape[:2]) / 500))
    for face in faces:
        here = picture.as_decoded(face)
        x1, y1, x2, y2 = (round(edge) for edge in here.box)
        cv2.rectangle(pixels, (x1, y1), (x2, y2), (0, 220, 90), thick)
        for x, y in here.landmarks:
            cv2.circle(pixels, (round(float(x)), round(float(y))), 2 * thick, (255, 210, 0), -1)
    return pixels


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.part")
    beside.write_bytes(content)
    beside.replace(file)
