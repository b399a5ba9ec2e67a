import pytest
import torch
from torchvision.transforms.v2 import functional

from runner.dataset.image.resize import Resize

NOTHING = torch.zeros(4)
IMAGES = torch.randint(0, 256, (4, 3, 12, 18), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def resized(sizes, epoch):
    return Resize(sizes)(IMAGES, NOTHING, torch.zeros(4, 0), epoch)[0]


def test_the_epoch_alone_decides_the_size():
    sizes = [[1, 6], [3, 8], [5, 12]]
    shapes = [tuple(resized(sizes, epoch).shape[-2:]) for epoch in range(7)]
    assert shapes == [(12, 18), (6, 9), (6, 9), (8, 12), (8, 12), (12, 18), (12, 18)]
    assert resized(sizes, 5) is IMAGES  # the stored size costs nothing


@pytest.mark.parametrize("pixels", [5, 20])
def test_images_are_torchvisions(pixels):
    expected = functional.resize(IMAGES.float(), [pixels], antialias=True)
    changed = resized([[0, pixels]], 0)
    torch.testing.assert_close(changed, expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("sizes", [[[0]], [[0, 0]], [[-1, 4]], [[0, 4, 5]]])
def test_what_is_no_pair_is_refused(sizes):
    with pytest.raises(ValueError, match="pairs"):
        Resize(sizes)


@pytest.mark.parametrize("sizes", [[[3, 4], [1, 5]], [[1, 4], [1, 5]]])
def test_epochs_out_of_order_are_refused(sizes):
    with pytest.raises(ValueError, match="rising order"):
        Resize(sizes)
