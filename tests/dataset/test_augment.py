import torch
from torch.nn.functional import pad

from runner.dataset.augment import CropFlip


def reference(image, uniform, crop, flip):
    """One image at a time, with slices."""
    height, width = image.shape[-2:]
    padded = pad(image, [crop] * 4)
    top, left = (int(number * (2 * crop + 1)) for number in uniform[:2].tolist())
    image = padded[:, top : top + height, left : left + width]
    return image.flip(-1) if uniform[2] < flip else image


def test_equals_a_loop_over_single_images():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (50, 3, 6, 7), dtype=torch.uint8, generator=generator)
    uniform = torch.rand(50, 3, generator=generator)
    changed = CropFlip(crop=2, flip=0.5)(images, uniform)
    expected = torch.stack([reference(i, u, 2, 0.5) for i, u in zip(images, uniform, strict=True)])
    assert changed.dtype == torch.uint8
    assert torch.equal(changed, expected)


def test_draws_are_per_sample():
    images = torch.arange(49, dtype=torch.uint8).view(1, 1, 7, 7).expand(2000, 1, 7, 7)
    changed = CropFlip(crop=2, flip=0.5)(images, torch.rand(2000, 3, generator=torch.Generator().manual_seed(1)))
    assert len(torch.unique(changed.reshape(2000, -1), dim=0)) == 5 * 5 * 2


def test_nothing_asked_nothing_changed():
    images = torch.randint(0, 256, (4, 1, 5, 5), dtype=torch.uint8)
    assert torch.equal(CropFlip()(images, torch.rand(4, 3)), images)
