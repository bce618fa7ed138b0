"""Pictures are checked whole, by their content, before they are stored."""

from __future__ import annotations

import io
import time
import warnings

import numpy as np
import pytest
import simplejpeg
from ingest_parts import encoded, picture, png_header_only
from PIL import Image

from curation.pictures import BadImageError, Facts, decode, inspect

KINDS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]
ENOUGH = 10_000


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_that_is_taken_is_known_by_its_content(kind: str) -> None:
    content = encoded(picture(1), kind)
    assert inspect(content, ENOUGH) == Facts(kind, 64, 48)
    pixels = decode(content)
    assert (pixels.shape, pixels.dtype) == ((48, 64, 3), np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_pixels_come_out_as_they_were(kind: str) -> None:
    assert np.array_equal(decode(encoded(picture(2), kind)), np.asarray(picture(2)))


@pytest.mark.parametrize("reduction", [2, 4, 8])
@pytest.mark.parametrize("size", [(64, 48), (101, 67)])
def test_a_reduced_jpeg_has_that_fraction_of_its_sides_and_the_same_look(
    reduction: int, size: tuple[int, int]
) -> None:
    smooth = Image.linear_gradient("L").resize(size).convert("RGB")
    whole = decode(encoded(smooth, "JPEG"))
    reduced = decode(encoded(smooth, "JPEG"), reduction=reduction)
    width, height = size
    assert reduced.shape[:2] == (-(-height // reduction), -(-width // reduction))
    assert abs(float(whole.mean()) - float(reduced.mean())) < 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_truncated_file_is_rejected_as_truncated(kind: str, share: float) -> None:
    content = encoded(picture(3), kind)
    with pytest.raises(BadImageError) as caught:
        inspect(content[: int(len(content) * share)], ENOUGH)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_noise_behind_the_right_first_bytes_is_rejected(kind: str) -> None:
    noise = encoded(picture(4), kind)[:14] + np.random.default_rng(4).bytes(3000)
    with pytest.raises(BadImageError) as caught:
        inspect(noise, ENOUGH)
    assert caught.value.reason in ("corrupt", "truncated", "too-many-pixels")


def _damaged(content: bytes, number: int) -> bytes:
    """Flip a bit, overwrite some bytes or cut off the end, somewhere in the coded pixels."""
    draw = np.random.default_rng(number)
    start = content.index(b"\xff\xda") + 14
    at = int(draw.integers(start, len(content) - 40))
    if number % 3 == 0:
        return content[:at]
    damage = draw.bytes(20) if number % 3 == 1 else bytes([content[at] ^ 1 << number % 8])
    return content[:at] + damage + content[at + len(damage) :]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_proved_by_reading_all_of_it_as_well_as_by_decoding_it_whole(
    progressive: bool,
) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), progressive=progressive)
    refused = 0
    for number in range(600):
        damaged = _damaged(content, number)
        try:
            simplejpeg.decode_jpeg(damaged)  # every pixel, and every warning an error
        except ValueError:
            refused += 1
            with pytest.raises(BadImageError):
                inspect(damaged, 100_000)
        else:
            inspect(damaged, 100_000)
    assert refused > 250


def test_damage_that_pillow_paints_over_is_found() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise))
    middle = len(content) // 2
    holed = content[:middle] + bytes(500) + content[middle + 500 :]
    Image.open(io.BytesIO(holed)).load()  # no error
    with pytest.raises(BadImageError) as caught:
        inspect(holed, 100_000)
    assert caught.value.reason == "corrupt"


@pytest.mark.parametrize("filling", [b"\x00", b"\xff", b"\xff\x00"])
def test_a_jpeg_that_is_filled_up_before_its_end_mark_is_whole(filling: bytes) -> None:
    whole = encoded(picture(1))
    assert whole.endswith(b"\xff\xd9")
    filled = whole[:-2] + filling * 40 + whole[-2:]
    if filling == b"\xff\x00":  # coded pixels look like this, not what a camera fills up with
        with pytest.raises(BadImageError):
            inspect(filled, ENOUGH)
    else:
        assert inspect(filled, ENOUGH) == Facts("JPEG", 64, 48)


def test_a_jpeg_in_cmyk_is_taken() -> None:
    content = encoded(picture(1).convert("CMYK"))
    assert inspect(content, ENOUGH) == Facts("JPEG", 64, 48)
    with pytest.raises(BadImageError):
        inspect(content[: len(content) // 2], ENOUGH)


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (b"", "not-an-image", "the content is empty"),
        (b"  <!DOCTYPE html><html>", "not-an-image", "the content is a web page"),
        (b'{"error": 404}', "not-an-image", "the content is text"),
        (b"\x00" * 100, "not-an-image", "no image format that is known"),
        (b"\x00\x00\x00\x18ftypheic\x00", "unsupported-format", "HEIC or AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported-format", "SVG"),
        (b"P6\n1 1\n255\nabc", "unsupported-format", "PNM"),
    ],
)
def test_what_is_no_image_is_said_in_words(content: bytes, reason: str, detail: str) -> None:
    with pytest.raises(BadImageError, match=detail) as caught:
        inspect(content, ENOUGH)
    assert caught.value.reason == reason


def test_a_picture_of_30000_by_30000_pixels_is_refused_without_decoding_it() -> None:
    content = png_header_only(30_000, 30_000)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BadImageError, match="30000 x 30000 pixels, at most 100,000,000") as bad:
            inspect(content, 100_000_000)
    assert bad.value.reason == "too-many-pixels"
    assert time.process_time() - started < 0.5  # decoding would take seconds and 2.7 GB


def test_the_pixel_limit_is_held_exactly() -> None:
    content = encoded(picture(5), "PNG")
    assert inspect(content, 64 * 48) == Facts("PNG", 64, 48)
    with pytest.raises(BadImageError):
        inspect(content, 64 * 48 - 1)


def test_pillows_own_limit_stays_as_it_was_for_others() -> None:
    before = Image.MAX_IMAGE_PIXELS
    inspect(encoded(picture(6)), ENOUGH)
    assert before == Image.MAX_IMAGE_PIXELS


# Where the corners of the upright picture stand in the stored one, by the EXIF standard: the
# stored row 0 and column 0 are the visual side that the orientation names.
UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: lambda stored: np.rot90(stored, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_to_pixels_and_size(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(7), kind, exif=exif)
    expected = UPRIGHT[orientation](np.asarray(picture(7)))
    assert np.array_equal(decode(content), expected)
    height, width = expected.shape[:2]
    assert inspect(content, ENOUGH) == Facts(kind, width, height)


def test_unreadable_exif_does_not_make_a_picture_unreadable() -> None:
    content = encoded(picture(8), exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert inspect(content, ENOUGH).width == 64


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    white = Image.new("L", (16, 16), 255)
    image = (
        Image.fromarray(np.full((16, 16), 65535, np.uint16))
        if mode == "I;16"
        else white.convert(mode)
    )
    content = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    assert np.array_equal(decode(content), np.full((16, 16, 3), 255, np.uint8))


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    image = Image.fromarray(np.full((16, 16), 0x8000, np.uint16))
    assert int(decode(encoded(image, "PNG"))[0, 0, 0]) == 127


def test_transparent_parts_become_white() -> None:
    image = picture(9).convert("RGBA")
    image.putalpha(0)
    assert decode(encoded(image, "PNG")).min() == 255


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    red, blue = Image.new("RGB", (32, 32), "red"), Image.new("RGB", (32, 32), "blue")
    content = encoded(red, kind, save_all=True, append_images=[blue])
    pixel = decode(content)[16, 16].astype(int)
    assert pixel[0] > 200
    assert pixel[2] < 50
