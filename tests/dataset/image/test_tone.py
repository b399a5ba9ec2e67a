import pytest
import torch
from torchvision.transforms.v2 import functional

from runner.dataset.image.tone import autocontrast, equalize, posterize, sharpness, solarize

GENERATOR = torch.Generator().manual_seed(0)
PEAKED = (torch.randn(6, 3, 24, 20, generator=GENERATOR) * 30 + torch.tensor([60.0, 128, 200]).view(3, 1, 1)).clamp(
    0, 255
)
PEAKED = PEAKED.byte()
FLAT = torch.full((2, 3, 24, 20), 77, dtype=torch.uint8)
IMAGES = torch.cat([PEAKED, FLAT])
COUNT = len(IMAGES)


def each(theirs, *amounts):
    rows = zip(IMAGES, *(amount.tolist() for amount in amounts), strict=True)
    return torch.stack([theirs(image, *amount) for image, *amount in rows]).float()


def test_sharpness_is_torchvisions():
    factors = torch.linspace(0, 2, COUNT)
    ours = sharpness(IMAGES, factors, 255.0)
    assert (ours - each(functional.adjust_sharpness, factors)).abs().max() <= 2  # theirs rounds the copy and the result


def test_sharpness_leaves_images_without_inner_pixels():
    x = torch.rand(2, 1, 2, 9)
    assert torch.equal(sharpness(x, torch.tensor([0.0, 1.0]), 255.0), x)


def test_posterize_is_torchvisions():
    bits = torch.arange(COUNT) % 8 + 1
    assert torch.equal(posterize(IMAGES, bits, 255.0), each(functional.posterize, bits))


def test_solarize_is_torchvisions():
    thresholds = torch.linspace(0, 255, COUNT)
    assert torch.equal(solarize(IMAGES, thresholds, 255.0), each(functional.solarize, thresholds))


def test_autocontrast_is_torchvisions():
    assert (autocontrast(IMAGES, 255.0) - each(functional.autocontrast)).abs().max() <= 1  # theirs cuts off


@pytest.mark.parametrize("share", [1, 4])
def test_equalize_is_torchvisions(share):
    few = IMAGES[:, :, : 24 // share]  # with fewer pixels than levels there is nothing to do
    expected = torch.stack([functional.equalize(image) for image in few]).float()
    assert torch.equal(equalize(few, 255.0), expected)


def test_another_white_is_another_unit():
    bits, factors = torch.full((COUNT,), 3), torch.full((COUNT,), 1.7)
    x = IMAGES + 0.25  # between the levels, where rounding is no matter
    for change in (
        lambda images, white: sharpness(images, factors, white),
        lambda images, white: posterize(images, bits, white),
        lambda images, white: solarize(images, factors * white / 3, white),
        autocontrast,
        equalize,
    ):
        torch.testing.assert_close(change(x / 255 * 16, 16.0) * 255 / 16, change(x, 255.0), rtol=1e-3, atol=1e-2)
