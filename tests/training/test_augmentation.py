"""Harder pictures: each operation against another implementation of it, and the whole by name."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch.nn import functional

from training import photometric, trivial
from training.augment import Augment, Augmentation, augmented, plain_views, random_views, render
from training.cpu_views import show_normalised
from training.mixup import mixup

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def smooth(count: int = 3, size: int = 64, seed: int = 0) -> torch.Tensor:
    """Pictures (B, S, S, 3) uint8 that change slowly, as faces do."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 6, 6, generator=generator) * 255
    fine = functional.interpolate(coarse, size=(size, size), mode="bilinear")
    return fine.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def planes(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.permute(0, 3, 1, 2).float() / 255


def pillow(images: torch.Tensor) -> list[Image.Image]:
    whole = (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(one) for one in whole]


def test_views_on_a_processor_are_those_of_grid_sample() -> None:
    crops = torch.randint(0, 256, (5, 70, 50, 3), dtype=torch.uint8)
    wild = Augmentation(rotation=180.0, zoom=0.6, shift=0.3)  # far beyond the edges too
    views = random_views(5, wild, torch.Generator().manual_seed(2))
    for size in (31, 64):
        grid = functional.affine_grid(views, [5, 3, size, size], align_corners=False)
        seen = functional.grid_sample(
            planes(crops), grid, padding_mode="border", align_corners=False
        )
        ours = show_normalised(crops, views, size, MEAN, STD)
        expected = (seen - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
        torch.testing.assert_close(ours, expected, atol=5e-4, rtol=0)
        assert ours.is_contiguous(memory_format=torch.channels_last)


def test_views_that_are_kept_are_not_written_over() -> None:
    crops = smooth()
    first = render(crops, plain_views(3), 32, MEAN, STD)
    copy = first.clone()
    for _ in range(20):
        render(255 - crops, plain_views(3), 32, MEAN, STD)
    assert torch.equal(first, copy)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (photometric.brightness, ImageEnhance.Brightness),
        (photometric.contrast, ImageEnhance.Contrast),
        (photometric.colour, ImageEnhance.Color),
        (photometric.sharpness, ImageEnhance.Sharpness),
    ],
)
def test_light_is_changed_as_pillow_changes_it(ours, theirs) -> None:  # type: ignore[no-untyped-def]
    images = planes(smooth())
    strengths = [0.4, 1.0, 1.6]
    changed = ours(images, torch.tensor(strengths))
    for one, strength, picture in zip(changed, strengths, pillow(images), strict=True):
        expected = np.asarray(theirs(picture).enhance(strength), dtype=float)
        assert np.abs(one.permute(1, 2, 0).numpy() * 255 - expected).max() <= 2.5
    torch.testing.assert_close(changed[1], images[1], atol=1e-5, rtol=0)


def test_posterize_solarize_autocontrast_and_equalize_are_pillows() -> None:
    images = planes(smooth()) * 0.7 + 0.1
    images = (images * 255).round() / 255
    pairs = {
        "posterize": (trivial.posterize(images, torch.tensor([4.0] * 3)),
                      lambda one: ImageOps.posterize(one, 4)),
        "solarize": (trivial.solarize(images, torch.tensor([128 / 255] * 3)),
                     lambda one: ImageOps.solarize(one, 128)),
        "autocontrast": (trivial.autocontrast(images), ImageOps.autocontrast),
        "equalize": (trivial.equalize(images), ImageOps.equalize),
    }  # fmt: skip
    for name, (changed, theirs) in pairs.items():
        for one, picture in zip(changed, pillow(images), strict=True):
            expected = np.asarray(theirs(picture), dtype=float)
            assert np.abs(one.permute(1, 2, 0).numpy() * 255 - expected).max() <= 1.01, name


@pytest.mark.parametrize("quality", [20, 50, 85])
def test_a_simulated_jpeg_looks_like_a_real_one(quality: int) -> None:
    images = planes(smooth(size=96))
    simulated = photometric.jpeg(images, torch.full((3,), float(quality)))
    for one, picture, original in zip(simulated, pillow(images), images, strict=True):
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=quality, subsampling="4:2:0")
        real = np.asarray(Image.open(content), dtype=float)
        ours = one.permute(1, 2, 0).numpy() * 255
        before = original.permute(1, 2, 0).numpy() * 255
        loss = np.abs(real - before).mean()
        assert np.abs(ours - before).mean() == pytest.approx(loss, rel=0.1)
        assert np.abs(ours - real).mean() < 0.65 * loss  # much of it is rounding to whole levels


def test_blur_is_the_gaussian_of_its_sigma_for_each_picture() -> None:
    point = torch.zeros(2, 3, 41, 41)
    point[:, :, 20, 20] = 1.0
    seen = photometric.blur(point, torch.tensor([1.0, 2.5]))
    offsets = torch.arange(-20.0, 21.0)
    for one, sigma in zip(seen, (1.0, 2.5), strict=True):
        spread = (one[0].sum(0) * offsets.square()).sum().sqrt()
        assert float(spread) == pytest.approx(sigma, rel=0.03)
        assert float(one[0].sum()) == pytest.approx(1.0, abs=1e-4)


def test_hue_turns_colours_and_keeps_grey() -> None:
    grey = torch.full((1, 3, 4, 4), 0.5)
    torch.testing.assert_close(photometric.hue(grey, torch.tensor([0.3])), grey, atol=1e-4, rtol=0)
    images = planes(smooth()) * 0.3 + 0.35
    turned = photometric.hue(images, torch.tensor([0.1, 0.0, 1.0]))
    torch.testing.assert_close(turned[1:], images[1:], atol=1e-4, rtol=0)
    assert (turned[0] - images[0]).abs().mean() > 0.01
    torch.testing.assert_close(
        photometric.grey(turned), photometric.grey(images), atol=2e-3, rtol=0
    )


def test_erased_boxes_lie_inside_and_cover_their_share() -> None:
    generator = torch.Generator().manual_seed(0)
    boxes = photometric.erased_boxes(2000, 100, generator)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= 100).all()
    area = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1)).double() / 1e4
    assert area.min() > 0.01
    assert area.max() < 0.27
    images = torch.rand(2000, 3, 8, 8)
    none = torch.zeros(2000, 4, dtype=torch.int64)
    assert torch.equal(photometric.erase(images, none, generator), images)


def test_trivial_geometry_turns_as_numpy_turns() -> None:
    chosen = torch.tensor([trivial.OPERATIONS.index("rotate"), 0])
    maps = trivial.geometry(chosen, torch.tensor([90 / trivial.ROTATION, 1.0]))
    torch.testing.assert_close(maps[0], torch.tensor([[0.0, -1, 0], [1, 0, 0]]), atol=1e-6, rtol=0)
    torch.testing.assert_close(maps[1], torch.tensor([[1.0, 0, 0], [0, 1, 0]]))
    views = trivial.compose(plain_views(2), maps)
    crops = smooth(2, 64)
    plain = render(crops, plain_views(2), 56, (0.0,) * 3, (1.0,) * 3)
    seen = render(crops, views, 56, (0.0,) * 3, (1.0,) * 3)
    np.testing.assert_allclose(seen[0], np.rot90(plain[0], axes=(1, 2)), atol=1e-4)
    torch.testing.assert_close(seen[1], plain[1])


@pytest.mark.parametrize("how", list(Augment))
def test_every_way_gives_the_same_pictures_for_the_same_draws(how: Augment) -> None:
    crops = smooth(40, 64)

    def draw(seed: int) -> torch.Tensor:
        return augmented(crops, how, 48, MEAN, STD, torch.Generator().manual_seed(seed))

    first, again, other = draw(1).clone(), draw(1).clone(), draw(2)
    assert first.shape == (40, 3, 48, 48)
    assert first.isfinite().all()
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (how is Augment.none)
    plain = render(crops, plain_views(40), 48, MEAN, STD)
    changed = (first - plain).abs().mean(dim=(1, 2, 3))
    assert (changed > 0.02).double().mean() > (-1 if how is Augment.none else 0.4)


def test_mixup_mixes_pictures_and_the_losses_of_both_labels() -> None:
    images = torch.arange(6.0).view(6, 1, 1, 1)
    mixed = mixup(images, alpha=1.0, generator=torch.Generator().manual_seed(4))
    assert 0.5 <= mixed.share <= 1
    assert sorted(mixed.partner.tolist()) == list(range(6))
    expected = mixed.share * images + (1 - mixed.share) * images[mixed.partner]
    torch.testing.assert_close(mixed.images, expected)
    labels = torch.tensor([1.0, 2, 4, 8, 16, 32])
    loss = mixed.loss(lambda rows: (labels[rows] * torch.arange(1, 7)).sum())
    by_hand = sum(
        (mixed.share * labels[i] + (1 - mixed.share) * labels[mixed.partner[i]]) * (i + 1)
        for i in range(6)
    )
    torch.testing.assert_close(loss, by_hand)
    shares = [mixup(images, 0.2, torch.Generator().manual_seed(i)).share for i in range(300)]
    assert np.mean(np.array(shares) > 0.9) > 0.5  # small alpha mixes little
