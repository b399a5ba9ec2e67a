import math

import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode, functional

from runner.dataset.image.affine import Affine, rotate, shear_x, shear_y, translate_x, translate_y

BILINEAR = InterpolationMode.BILINEAR
IMAGES = torch.rand(6, 3, 12, 17, generator=torch.Generator().manual_seed(0)) * 255
AMOUNTS = torch.tensor([-0.9, -0.31, 0.0, 0.15, 0.5, 1.0])
CLOSE = {"rtol": 1e-4, "atol": 1e-2}  # of 255: both sample in float32, at places that were computed in another order


def affine(image, angle=0.0, translate=(0.0, 0.0), scale=1.0, shear=(0.0, 0.0), center=None):
    return functional.affine(image, angle, list(translate), scale, list(shear), BILINEAR, center=center)


def slant(amount):
    return math.degrees(math.atan(amount))


@pytest.mark.parametrize(
    ("ours", "unit", "theirs"),
    [
        (shear_x, 1, lambda image, amount: affine(image, shear=(slant(amount), 0.0), center=[0.0, 0.0])),
        (shear_y, 1, lambda image, amount: affine(image, shear=(0.0, slant(amount)), center=[0.0, 0.0])),
        (rotate, 180, lambda image, amount: functional.rotate(image, amount, BILINEAR)),
        (translate_x, 5, lambda image, amount: affine(image, translate=(amount, 0.0))),
        (translate_y, 5, lambda image, amount: affine(image, translate=(0.0, amount))),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_image_is_what_torchvision_makes_of_it(ours, unit, theirs):
    amounts = AMOUNTS * unit
    expected = torch.stack([theirs(image, a) for image, a in zip(IMAGES, amounts.tolist(), strict=True)])
    torch.testing.assert_close(ours(IMAGES, amounts), expected, **CLOSE)


def test_all_together_is_torchvisions_affine():
    uniform = torch.rand(6, 4, generator=torch.Generator().manual_seed(1))
    changed, targets = Affine(rotate=40, scale=0.3, translate=0.25)(IMAGES, AMOUNTS, uniform, 0)
    expected = []
    for image, draw in zip(IMAGES, (uniform * 2 - 1).tolist(), strict=True):
        angle, factor, right, down = draw
        move = (right * 0.25 * 17, down * 0.25 * 12)
        expected.append(affine(image, -angle * 40, move, 1 + factor * 0.3))  # theirs turns clockwise
    torch.testing.assert_close(changed, torch.stack(expected), **CLOSE)
    assert targets is AMOUNTS


def test_nothing_moved_is_the_same_image():
    uniform = torch.rand(6, 4, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(Affine()(IMAGES, AMOUNTS, uniform, 0)[0], IMAGES, **CLOSE)


def test_a_whole_pixel_moves_bytes_and_lets_zeros_in():
    pixels = IMAGES.byte()
    changed = translate_x(pixels, torch.full((6,), 2.0))
    assert changed.dtype == torch.float32
    torch.testing.assert_close(changed[..., 2:], pixels[..., :-2].float(), **CLOSE)
    torch.testing.assert_close(changed[..., :2], torch.zeros(6, 3, 12, 2), **CLOSE)
