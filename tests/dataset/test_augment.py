import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from runner.dataset.augment import Augment
from runner.dataset.image.crop import Crop, Flip

EVERYTHING = {
    "crop": 2,
    "flip": 0.5,
    "rotate": 10.0,
    "scale": 0.1,
    "translate": 0.1,
    "policy": "rand",
    "brightness": 0.2,
    "contrast": 0.2,
    "saturation": 0.2,
    "erase": 0.5,
    "sizes": [[0, 6], [2, 12]],
    "mixup": 0.2,
    "cutmix": 1.0,
}
DRAWS = {"crop": 2, "flip": 1, "rotate": 4, "policy": 6, "brightness": 1, "contrast": 1, "saturation": 1, "erase": 5,
         "sizes": 0, "mixup": 5}  # fmt: skip
BLENDS = ("mixup", "cutmix")


def batch(count=40, dtype=torch.uint8):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 3, 12, 12), generator=generator).to(dtype)
    return images, torch.eye(10)[torch.arange(count) % 10]


def uniform(augment, count=40, seed=0):
    return torch.rand(count, augment.draws, generator=torch.Generator().manual_seed(seed))


def test_nothing_asked_nothing_changed():
    augment, (images, targets) = Augment(), batch()
    assert augment.draws == 0
    assert not augment.mixes
    same, labels = augment(images, targets, torch.rand(40, 0), 0)
    assert same is images
    assert labels is targets


def test_crop_and_flip_keep_bytes_and_come_one_after_the_other():
    augment, (images, targets) = Augment(crop=2, flip=0.5), batch()
    u = uniform(augment)
    changed, _ = augment(images, targets, u, 0)
    cropped, _ = Crop(2)(images, targets, u[:, :2], 0)
    assert changed.dtype == torch.uint8
    assert torch.equal(changed, Flip(0.5)(cropped, targets, u[:, 2:], 0)[0])


@pytest.mark.parametrize("key", EVERYTHING)
def test_each_key_alone(key):
    augment, (images, targets) = Augment(**{key: EVERYTHING[key]}), batch()
    assert augment.draws == DRAWS.get(key, DRAWS["mixup"] if key in BLENDS else DRAWS["rotate"])
    assert augment.mixes == (key in BLENDS)
    changed, labels = augment(images, targets, uniform(augment), 0)
    assert changed.shape != images.shape or not torch.equal(changed.float(), images.float())
    assert torch.equal(labels, targets) != (key in BLENDS)
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_keys_that_share_an_operation():
    assert Augment(rotate=5, scale=0.1, translate=0.1).draws == 4
    assert Augment(mixup=1, cutmix=1).draws == 5
    assert Augment(**EVERYTHING).draws == sum(DRAWS.values())


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(list(EVERYTHING)), unique=True), st.integers(0, 3), st.integers(1, 20))
def test_any_combination_is_a_pure_function_that_leaves_its_inputs_alone(keys, epoch, count):
    augment = Augment(**{key: EVERYTHING[key] for key in keys})
    images, targets = batch(count)
    kept = images.clone(), targets.clone()
    first, again = (augment(images, targets, uniform(augment, count), epoch) for _ in range(2))
    for one, other, before, given_ in zip(first, again, kept, (images, targets), strict=True):
        assert torch.equal(one, other)
        assert torch.equal(before, given_)
    assert first[0].isfinite().all()


def test_without_blending_a_sample_does_not_see_its_neighbours():
    keys = {key: value for key, value in EVERYTHING.items() if key not in (*BLENDS, "policy")}
    augment, (images, targets) = Augment(**keys), batch()
    u = uniform(augment)
    whole, _ = augment(images, targets, u, 0)
    half, _ = augment(images[20:], targets[20:], u[20:], 0)
    torch.testing.assert_close(whole[20:], half)


def test_the_epoch_decides_the_size():
    augment, (images, targets) = Augment(**EVERYTHING), batch()
    sides = [augment(images, targets, uniform(augment), epoch)[0].shape[-1] for epoch in range(4)]
    assert sides == [6, 6, 12, 12]


def test_white_is_where_values_end():
    images = (batch()[0] // 16).float()
    augment = Augment(brightness=3.0, white=16.0)
    assert augment(images, batch()[1], uniform(augment), 0)[0].max() == 16


class NoQuestions(TorchDispatchMode):
    """Refuses what would wait for a device."""

    ASKS = ("_local_scalar_dense", "nonzero", "masked_select", "_unique2", "is_nonzero", "equal")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func.overloadpacket.__name__ not in self.ASKS, f"{func} waits for the device"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("policy", ["trivial", "rand"])
def test_the_device_is_never_asked(policy):
    augment, (images, targets) = Augment(**EVERYTHING | {"policy": policy}), batch()
    u = uniform(augment)
    augment(images, targets, u, 0)  # tables are made once
    with NoQuestions():
        augment(images, targets, u, 0)
    with pytest.raises(AssertionError, match="waits"), NoQuestions():
        u.max().item()


def test_everything_stays_on_the_device_of_the_images():
    augment, (images, targets) = Augment(**EVERYTHING), batch()  # ``meta`` refuses tensors of other devices
    changed, labels = augment(images.to("meta"), targets.to("meta"), uniform(augment).to("meta"), 0)
    assert changed.device == labels.device == torch.device("meta")
    assert changed.shape == (40, 3, 6, 6)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_same_up_to_rounding():
    for keys in ({"crop": 2, "flip": 0.5}, EVERYTHING):
        augment, (images, targets) = Augment(**keys), batch()
        u = uniform(augment)
        changed, labels = augment(images.cuda(), targets.cuda(), u.cuda(), 0)
        expected, soft = augment(images, targets, u, 0)
        torch.testing.assert_close(labels.cpu(), soft)
        if changed.dtype == torch.uint8:
            assert torch.equal(changed.cpu(), expected)
        else:  # a threshold or a level may fall on the other side
            assert (changed.cpu() - expected).abs().gt(0.5).float().mean() < 0.01
