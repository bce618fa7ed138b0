"""From photographs to statements: find the faces, align them, ask the network.

Every file named by the user gets an entry in the result, in the order of the arguments: its faces,
or the reason why there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curation.errors import InputError, TrainingError
from curation.faces.align import TEMPLATE, align
from curation.faces.detector import DetectedFace, Detector
from curation.pictures import BadImageError, decode
from training.inference.predictor import FacePredictions, Predictor

MAX_PIXELS = 100_000_000

Entry = dict[str, Any]


def list_pictures(paths: Iterable[Path]) -> list[Path]:
    """Return the files that `paths` name, a folder standing for all files below it, sorted.

    Raises:
        InputError: a path does not exist, or a folder holds no file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(
                file
                for file in path.rglob("*")
                if file.is_file()
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
            if not below:
                raise InputError(f"the folder {path} holds no file")
            files.extend(below)
        elif path.exists():
            files.append(path)
        else:
            raise InputError(f"there is no file or folder {path}")
    return files


def predict_pictures(
    files: Sequence[Path], predictor: Predictor, detector: Detector, min_score: float
) -> Iterator[Entry]:
    """Yield one entry per file: {"path", "faces": […]}, and "reason" where no face is found.

    A face has "box" (x1, y1, x2, y2 in pixels of the upright picture), "score" (the detector's),
    "gender", "probability" (of that gender), "age" (median, years), "sigma" (log-years) and
    "interval" (years; holds the age with probability 0.8). The largest face comes first; faces
    with a score below `min_score` are left out.

    Raises:
        InputError: the checkpoint takes embeddings.
        TrainingError: it was trained on faces aligned in another way.
    """
    predictor.check_sees_pictures()
    if not np.array_equal(np.array(predictor.checkpoint.template), TEMPLATE):
        raise TrainingError(
            "the checkpoint was trained on faces aligned to another template than this version's; "
            "train it again"
        )
    for path in files:
        try:
            picture = decode(path.read_bytes(), MAX_PIXELS)
        except (BadImageError, OSError) as error:
            yield {"path": str(path), "faces": [], "reason": f"it cannot be read: {error}"}
            continue
        found = [face for face in detector.detect(picture) if face.score >= min_score]
        if not found:
            yield {"path": str(path), "faces": [], "reason": "no face was found"}
            continue
        crops = np.stack([align(picture, face.landmarks) for face in found])
        yield {"path": str(path), "faces": _faces(found, predictor.predict(crops))}


def _faces(found: Sequence[DetectedFace], said: FacePredictions) -> list[Entry]:
    return [
        {
            "box": [round(float(edge), 1) for edge in face.box],
            "score": round(float(face.score), 4),
            "gender": "female" if said.female[i] else "male",
            "probability": round(
                float(max(said.female_probability[i], 1 - said.female_probability[i])), 4
            ),
            "age": round(float(said.age[i]), 2),
            "sigma": round(float(said.sigma[i]), 4),
            "interval": [round(float(end), 2) for end in said.interval[i]],
        }
        for i, face in enumerate(found)
    ]
