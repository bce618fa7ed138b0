"""From a planned post to the bytes of its picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.demo.person import Person, make_person
from curation.demo.places import PLACES
from curation.demo.scene import draw_group, draw_portrait
from curation.demo.things import draw_cartoon, draw_landscape, draw_statue, draw_still_life
from curation.demo.world import PICTURE_STREAM, PlannedPost

SIZES = ((640, 640), (640, 640), (576, 720), (720, 576), (600, 600))


def render(posts: Sequence[PlannedPost], index: int, seed: int) -> bytes:
    """Return the bytes of the picture of post `index`; the same seed gives the same bytes."""
    post = posts[index]
    rng = np.random.default_rng([seed, PICTURE_STREAM, index])
    if post.original is not None:
        return copy_picture(render(posts, post.original, seed), post.defect or "", rng)
    size = SIZES[int(rng.integers(len(SIZES)))]
    if post.defect == "html_named_jpg":
        return _error_page(post).encode()
    if post.defect == "group":
        company = [_somebody(rng) for _ in range(int(rng.integers(1, 4)))]
        picture = draw_group([(post.person, post.age), *company], rng)
    elif post.defect == "no_face":
        draw = draw_landscape if rng.random() < 0.5 else draw_still_life
        picture = draw(rng, size)
    elif post.defect == "statue":
        picture = draw_statue(post.person, post.age, rng, size)
    elif post.defect == "cartoon":
        picture = draw_cartoon(post.person, post.age, rng, size)
    else:
        picture = draw_portrait(post.person, post.age, rng, size)
    encoded = encode_jpeg(picture, int(rng.integers(86, 96)))
    if post.defect == "truncated_jpeg":
        return encoded[: int(len(encoded) * rng.uniform(0.3, 0.7))]
    return encoded


def copy_picture(original: bytes, how: str, rng: np.random.Generator) -> bytes:
    """Copy a JPEG: as it is (`copy_saved`), re-encoded, resized, or cropped by up to 3 % a side."""
    if how == "copy_saved":
        return original
    decoded = cv2.imdecode(np.frombuffer(original, np.uint8), cv2.IMREAD_COLOR)
    picture = np.asarray(decoded, np.uint8)[..., ::-1]
    height, width = picture.shape[:2]
    if how == "copy_reencoded":
        return encode_jpeg(picture, int(rng.integers(45, 75)))
    if how == "copy_resized":
        scale = float(rng.uniform(0.6, 0.85))
        smaller = cv2.resize(
            picture,
            (round(width * scale), round(height * scale)),
            interpolation=cv2.INTER_AREA,
        )
        return encode_jpeg(np.asarray(smaller, np.uint8), 85)
    left, right, top, bottom = rng.uniform(0.005, 0.03, 4)
    kept = picture[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]
    return encode_jpeg(kept, 85)


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """Encode an RGB picture (height, width, 3) as JPEG."""
    _, encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return bytes(encoded.tobytes())


def _somebody(rng: np.random.Generator) -> tuple[Person, float]:
    place = PLACES[int(rng.integers(len(PLACES)))]
    race = place.races[int(rng.integers(len(place.races)))][0]
    person = make_person(rng, "female" if rng.random() < 0.5 else "male", race)
    return person, float(rng.uniform(1, 85))


def _error_page(post: PlannedPost) -> str:
    return (
        "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n"
        f"<body><h1>Not Found</h1><p>The picture {post.id} is no longer here.</p></body></html>\n"
    )
