import pytest
import torch

from runner.dataset.image.erase import Erase, inside

NOTHING = torch.zeros(1)


def uniform(count):
    return torch.rand(count, 5, generator=torch.Generator().manual_seed(0))


def erased(area=None, count=2000, share=1.0, size=(20, 30)):
    """Images that are 1 in one pixel in two, so that their mean shows where it was painted."""
    checks = (torch.arange(size[0])[:, None] + torch.arange(size[1])) % 2
    changed, _ = Erase(share, area)(checks.float().expand(count, 1, *size), NOTHING, uniform(count), 0)
    return changed[:, 0] == 0.5


def test_inside_is_the_slice():
    a, b, c, d = (torch.tensor(values) for values in ([1, 0], [3, 9], [2, -4], [4, 1]))
    masks = inside(a, b, c, d, torch.Size((4, 5)))
    expected = torch.zeros(2, 1, 4, 5, dtype=torch.bool)
    expected[0, 0, 1:3, 2:4] = True
    expected[1, 0, 0:4, 0:1] = True
    assert torch.equal(masks, expected)


def test_a_rectangle_of_the_asked_area_is_painted():
    mask = erased([0.1, 0.2])
    rows, columns = mask.any(2), mask.any(1)
    assert torch.equal(mask, rows[:, :, None] & columns[:, None, :])
    for side in (rows, columns):  # in one piece
        assert ((side[:, 1:] != side[:, :-1]).sum(1) <= 2).all()
    share = mask.float().mean((1, 2))
    assert share.min() > 0.08  # sides are rounded to pixels
    assert share.max() < 0.22
    ratio = rows.sum(1) / columns.sum(1)
    assert ratio.min() < 0.4
    assert ratio.max() > 2.5
    assert ratio.log().mean().abs() < 0.05  # upright as often as flat


def test_every_pixel_can_be_painted_and_a_large_one_is_cut_to_the_image():
    assert erased([0.02, 0.33]).any(0).all()
    assert erased([1.0, 1.0]).any(2).all(1).any()


def test_the_share_of_images():
    assert erased(share=0.25).any(1).any(1).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_bytes_stay_bytes_and_get_their_own_mean():
    x = torch.randint(0, 256, (9, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    changed, targets = Erase(1.0)(x, NOTHING, uniform(9), 0)
    assert changed.dtype == torch.uint8
    assert targets is NOTHING
    mean = x.float().mean((2, 3), keepdim=True).round().byte()
    assert ((changed == x) | (changed == mean)).all()
    assert (changed != x).any(1).any(1).any(1).all()


@pytest.mark.parametrize("area", [[], [0.1], [0.3, 0.1], [0.1, 1.1], [-0.1, 0.2], [0.1, 0.2, 0.3]])
def test_other_areas_are_refused(area):
    with pytest.raises(ValueError, match="erase_area needs"):
        Erase(0.5, area)
