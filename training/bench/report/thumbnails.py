"""The worst errors as small pictures, for those who ask for them: they show people."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from training.bench.predictions import female_numbers
from training.bench.run import BenchResult
from training.bench.sample import UnreadableError

SIDE = 128  # pixels


@dataclass(frozen=True)
class Thumbnail:
    """One wrong answer: its picture as a data address, and what is true and said."""

    sample_id: str
    image: str
    true: str
    said: str


def worst_errors(result: BenchResult, count: int) -> list[Thumbnail]:
    """Return the `count` largest errors of age; where no age is known, wrong genders."""
    from PIL import Image

    found: list[Thumbnail] = []
    for row in _worst(result):
        picture = result.samples[row].picture
        if len(found) == count or picture is None:
            break
        try:
            pixels = picture.pixels()
        except UnreadableError:
            continue
        scale = SIDE / max(pixels.shape[:2])
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        encoded = io.BytesIO()
        Image.fromarray(np.asarray(small, np.uint8)).save(encoded, "JPEG", quality=80)
        address = "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode()
        true, said = result.truth.iloc[row], result.predictions.iloc[row]
        found.append(
            Thumbnail(
                sample_id=str(true["sample_id"]),
                image=address,
                true=_words({1.0: "female", 0.0: "male"}.get(true["female"]), _age(true)),
                said=_words(said["gender"], said["age"]),
            )
        )
    return found


def _worst(result: BenchResult) -> Iterator[int]:
    truth, said = result.truth, result.predictions
    age = said["age"].to_numpy()
    error = np.abs(age - truth["age"].to_numpy())
    outside = np.maximum(truth["age_low"].to_numpy() - age, age - truth["age_high"].to_numpy())
    error = np.where(np.isfinite(error), error, np.maximum(outside, 0))
    if not np.isfinite(error).any():
        wrong = female_numbers(said["gender"]) != truth["female"].to_numpy()
        error = np.where(wrong & truth["female"].notna() & said["gender"].notna(), 1.0, np.nan)
    order = np.argsort(-np.nan_to_num(error, nan=-1.0), kind="stable")
    yield from (int(row) for row in order if np.isfinite(error[row]) and error[row] > 0)


def _age(row: object) -> object:
    age, low, high = (row[name] for name in ("age", "age_low", "age_high"))  # type: ignore[index]
    return f"{low:g}-{high:g}" if np.isfinite(low) else age


def _words(gender: object, age: object) -> str:
    shown = f"{age:.0f}" if isinstance(age, float) and np.isfinite(age) else age
    parts = [str(part) for part in (gender, shown) if isinstance(part, str) and part]
    return ", ".join(parts) or "not known"
