import pytest
import torch
from torchvision.transforms.v2 import functional

from runner.dataset.image.colour import Colour, brightness, contrast, luminance, saturation

PAIRS = [
    (brightness, functional.adjust_brightness),
    (contrast, functional.adjust_contrast),
    (saturation, functional.adjust_saturation),
]
FACTORS = torch.tensor([0.0, 0.3, 0.9, 1.0, 1.4, 2.5])


def images(channels):
    return torch.rand(6, channels, 5, 7, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("white", [1.0, 16.0, 255.0])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda value: value.__name__)
def test_each_image_is_what_torchvision_makes_of_it(ours, theirs, channels, white):
    expected = torch.stack([theirs(x, f) for x, f in zip(images(channels), FACTORS.tolist(), strict=True)])
    changed = ours(images(channels) * white, FACTORS, white)
    torch.testing.assert_close(changed / white, expected, rtol=1e-4, atol=3e-4)  # their weights of grey sum to 0.9999


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda value: value.__name__)
def test_bytes_are_torchvisions_up_to_rounding(ours, theirs):
    x = (images(3) * 255).byte()
    expected = torch.stack([theirs(image, f) for image, f in zip(x, FACTORS.tolist(), strict=True)])
    changed = ours(x, FACTORS, 255.0)
    assert changed.dtype == torch.float32
    assert (changed - expected).abs().max() <= 4  # theirs rounds the grey copy down, and multiplies that by up to 1.5


def test_the_factor_is_drawn_per_sample_in_its_range():
    x, uniform = torch.full((3, 1, 2, 2), 10.0), torch.tensor([[0.0], [0.5], [1.0]])
    changed, targets = Colour(brightness, 0.4)(x, FACTORS, uniform, 0)
    assert changed[:, 0, 0, 0].tolist() == pytest.approx([6, 10, 14])
    assert targets is FACTORS
    assert Colour(brightness, 1.5)(x, FACTORS, uniform, 0)[0][0].max() == 0  # not below 0
    assert Colour(brightness, 0.4, white=12.0)(x, FACTORS, uniform, 0)[0].max() == 12


def test_saturation_of_grey_images_is_refused():
    with pytest.raises(ValueError, match="images with colours"):
        Colour(saturation, 0.4)(images(1), FACTORS, torch.rand(6, 1), 0)


def test_luminance_of_other_channels_is_their_mean():
    assert torch.equal(luminance(images(4)), images(4).mean(1, keepdim=True))
