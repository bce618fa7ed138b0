"""Views: what the network sees of a crop."""

from __future__ import annotations

import numpy as np
import torch

from training.augment import VIEW, Augmentation, plain_views, random_views, render, stored_size

NO_NORMALISATION = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
STILL = Augmentation(flip=0.0, rotation=0.0, zoom=0.0, shift=0.0)


def noise(size: int = 128, count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (count, size, size, 3), dtype=torch.uint8, generator=generator)


def test_a_plain_view_at_full_size_is_the_central_part_pixel_by_pixel() -> None:
    crops = noise(256)
    seen = render(crops, plain_views(2), 224, *NO_NORMALISATION)
    center = crops[:, 16:240, 16:240].permute(0, 3, 1, 2).float() / 255
    torch.testing.assert_close(seen, center, atol=2e-3, rtol=0)


def test_views_are_normalised_per_channel() -> None:
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.25, 2.0)
    crops = torch.full((1, 64, 64, 3), 255, dtype=torch.uint8)
    seen = render(crops, plain_views(1), 16, mean, std)
    expected = [(1 - m) / s for m, s in zip(mean, std, strict=True)]
    np.testing.assert_allclose(seen[0, :, 8, 8].numpy(), expected, rtol=1e-5)


def test_a_still_random_view_is_the_plain_view() -> None:
    views = random_views(5, STILL, torch.Generator().manual_seed(0))
    torch.testing.assert_close(views, plain_views(5))


def test_a_flipped_view_is_the_mirror_of_the_plain_view() -> None:
    crops = noise()
    always = Augmentation(flip=1.0, rotation=0.0, zoom=0.0, shift=0.0)
    views = random_views(2, always, torch.Generator().manual_seed(0))
    flipped = render(crops, views, 112, *NO_NORMALISATION)
    plain = render(crops, plain_views(2), 112, *NO_NORMALISATION)
    torch.testing.assert_close(flipped, plain.flip(-1), atol=1e-4, rtol=0)


def test_a_quarter_turn_is_numpys_quarter_turn() -> None:
    crops = noise()
    turn = torch.tensor([[0.0, -VIEW, 0.0], [VIEW, 0.0, 0.0]]).expand(2, 2, 3)
    turned = render(crops, turn, 112, *NO_NORMALISATION).numpy()
    plain = render(crops, plain_views(2), 112, *NO_NORMALISATION).numpy()
    np.testing.assert_allclose(turned, np.rot90(plain, k=1, axes=(2, 3)), atol=1e-4)


def test_random_views_stay_within_their_limits() -> None:
    limits = Augmentation()
    views = random_views(4000, limits, torch.Generator().manual_seed(1)).double()
    linear, shift = views[..., :2], views[..., 2]
    scale = torch.linalg.det(linear).abs().sqrt() / VIEW
    assert scale.min() >= 1 - limits.zoom - 1e-6
    assert scale.max() <= 1 + limits.zoom + 1e-6
    assert scale.std() > 0.02
    assert shift.abs().max() <= 2 * limits.shift + 1e-6
    angle = torch.rad2deg(torch.atan2(-linear[:, 0, 1], linear[:, 1, 1])).abs()
    assert 0.9 * limits.rotation < angle.max() <= limits.rotation + 1e-3
    mirrored = (torch.linalg.det(linear) < 0).double().mean()
    assert 0.45 < mirrored < 0.55
    # No shear: the columns stay orthogonal and of one length.
    products = linear.transpose(1, 2) @ linear
    torch.testing.assert_close(
        products[:, 0, 1], torch.zeros(4000, dtype=torch.float64), atol=1e-6, rtol=0
    )


def test_the_same_generator_state_gives_the_same_views() -> None:
    first = random_views(6, Augmentation(), torch.Generator().manual_seed(9))
    second = random_views(6, Augmentation(), torch.Generator().manual_seed(9))
    assert torch.equal(first, second)


def test_crops_are_stored_as_large_as_their_view_needs() -> None:
    assert stored_size(224, 256) == 256
    assert stored_size(96, 256) == 110
    assert stored_size(300, 256) == 256
