import pytest
import torch
from torch.nn.functional import pad

from runner.dataset.image.crop import Crop, Flip

NOTHING = torch.zeros(50)


def images(*shape, dtype=torch.uint8):
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0)).to(dtype)


def uniform(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


def window(image, place, margin):
    """One image at a time, with slices."""
    height, width = image.shape[-2:]
    top, left = (int(number * (2 * margin + 1)) for number in place.tolist())
    return pad(image, [margin] * 4)[:, top : top + height, left : left + width]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("channels", "margin"), [(1, 1), (3, 2), (2, 7)])
def test_crops_are_those_of_a_loop_over_single_images(dtype, memory_format, channels, margin):
    x, u = images(50, channels, 6, 7, dtype=dtype), uniform(50, 2)
    u[0], u[1] = 0, 1 - 2**-24  # the first and the last place there is
    changed, targets = Crop(margin)(x.contiguous(memory_format=memory_format), NOTHING, u, 0)
    assert changed.dtype == dtype
    assert torch.equal(changed, torch.stack([window(i, place, margin) for i, place in zip(x, u, strict=True)]))
    assert targets is NOTHING


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_mirror_images_are_those_that_were_drawn(dtype):
    x, u = images(50, 3, 6, 7, dtype=dtype), uniform(50, 1)
    changed, _ = Flip(0.3)(x, NOTHING, u, 0)
    expected = [image.flip(-1) if number < 0.3 else image for image, number in zip(x, u[:, 0], strict=True)]
    assert changed.dtype == dtype
    assert torch.equal(changed, torch.stack(expected))


def test_draws_are_per_sample_and_every_place_is_as_likely():
    x = torch.arange(49, dtype=torch.uint8).view(1, 1, 7, 7).expand(5000, 1, 7, 7)
    changed, _ = Crop(2)(x, NOTHING, uniform(5000, 2), 0)
    kinds, counts = torch.unique(changed.reshape(5000, -1), dim=0, return_counts=True)
    assert len(kinds) == 25
    assert counts.min() > 140  # 200 expected each, 14 is their standard deviation
    assert (Flip(0.3)(x, NOTHING, uniform(5000, 1), 0)[0][:, 0, 0, 0] == 6).float().mean().item() == pytest.approx(
        0.3, abs=0.02
    )


def test_the_stored_images_are_not_touched():
    x = images(8, 1, 5, 5)
    kept = x.clone()
    Flip(1.0)(Crop(2)(x, NOTHING, uniform(8, 2), 0)[0], NOTHING, uniform(8, 1), 0)
    assert torch.equal(x, kept)
