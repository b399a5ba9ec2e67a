import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode, RandAugment, TrivialAugmentWide

from runner.dataset.image.policy import REACH, Policy, operations

SIDE = 40
IMAGES = torch.randint(0, 256, (300, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
NOTHING = torch.zeros(300)
THEIRS = {
    "trivial": TrivialAugmentWide(interpolation=InterpolationMode.BILINEAR),
    "rand": RandAugment(interpolation=InterpolationMode.BILINEAR),
}
NAMES = [
    "Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness",
    "Color", "Contrast", "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
]  # fmt: skip
ROUNDED = ("Brightness", "Color", "Contrast", "Sharpness")


def uniform(draws, count=300, seed=0):
    return torch.rand(count, draws, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("policy", ["trivial", "rand"])
@pytest.mark.parametrize(("index", "name"), list(enumerate(NAMES)), ids=NAMES)
@pytest.mark.parametrize("bin_", [0, 12, 30])
def test_every_operation_reaches_as_far_as_torchvisions(policy, index, name, bin_):
    image = torch.randint(0, 256, (1, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    space = THEIRS[policy]._AUGMENTATION_SPACE
    assert sorted(space) == sorted(NAMES)
    magnitudes, signed = space[name]
    magnitude = magnitudes(31, SIDE, SIDE)
    amount = 0.0 if magnitude is None else float(magnitude[bin_])
    strength = torch.tensor([bin_ / 30])
    for sign in (1, -1) if signed else (1,):
        expected = THEIRS[policy]._apply_image_or_video_transform(
            image, name, sign * amount, THEIRS[policy].interpolation, THEIRS[policy]._fill
        )
        ours = operations(REACH[policy], 255.0)[index](image, strength, torch.tensor([float(sign)]))
        assert ours.dtype == torch.float32
        difference = (ours - expected.float()).abs()
        if name == "Solarize":  # a threshold that is off by rounding turns a whole level over
            assert (difference > 1).float().mean() < 0.02
        elif name in ("TranslateX", "TranslateY"):  # theirs moves by whole pixels
            assert (ours.mean() - expected.float().mean()).abs() < 4
        else:
            assert difference.max() <= (4 if name in ROUNDED else 1)


@pytest.mark.parametrize(("name", "ops", "draws"), [("trivial", 2, 3), ("rand", 1, 3), ("rand", 3, 9)])
def test_a_sample_draws_three_numbers_for_each_operation(name, ops, draws):
    policy = Policy(name, ops)
    assert policy.draws == draws
    changed, targets = policy(IMAGES, NOTHING, uniform(draws), 0)
    assert changed.shape == IMAGES.shape
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert targets is NOTHING


class Marked(Policy):
    """Writes the number of the operation into the image instead, and strength and sign beside it."""

    def __init__(self, *arguments, **keys):
        super().__init__(*arguments, **keys)

        def mark(number):
            return lambda images, strength, sign: torch.stack(
                [images[:, 0].float(), torch.full((len(images), 1, 1), float(number)), strength.view(-1, 1, 1),
                 sign.view(-1, 1, 1)], 1
            )  # fmt: skip

        self.operations = tuple(map(mark, range(14)))


def drawn(policy, count, epoch=0, seed=0):
    numbers = torch.arange(count).view(-1, 1, 1, 1)
    changed, _ = policy(numbers, NOTHING, uniform(3, count, seed), epoch)
    assert torch.equal(changed[:, 0].flatten(), numbers.flatten().float()), "samples stay in their places"
    return changed[:, 1:].flatten(1).unbind(1)


def test_operations_are_dealt_out_evenly_and_at_random():
    counts = torch.zeros(14, 5)
    for seed in range(1000):
        operation, _, _ = drawn(Marked("trivial"), 20, epoch=seed, seed=seed)
        assert torch.bincount(operation.long(), minlength=14).unique().tolist() == [1, 2]
        counts[operation[:5].long(), torch.arange(5)] += 1
    assert (counts / 1000 - 1 / 14).abs().max() < 0.035  # the first five samples meet all alike; 4 standard deviations


def test_strength_and_sign():
    _, strength, sign = drawn(Marked("trivial"), 3000)
    assert strength.mean().item() == pytest.approx(0.5, abs=0.02)
    assert sign.mean().item() == pytest.approx(0, abs=0.06)
    _, strength, _ = drawn(Marked("rand", strength=0.4), 50)
    assert strength.unique().tolist() == pytest.approx([0.4])


def test_small_batches():
    """Which operations there are is drawn for each batch: else a small one would see the same few all epoch."""
    for count in (1, 5):
        met = torch.cat([drawn(Marked("trivial"), count, epoch=3, seed=seed)[0] for seed in range(700)])
        shares = torch.bincount(met.long(), minlength=14) / len(met)
        assert shares.min() > 0.03
        assert shares.max() < 0.12
    assert drawn(Marked("trivial"), 5)[0].unique().numel() == 5


def test_it_is_a_pure_function():
    first, again = (Policy("rand", 2)(IMAGES, NOTHING, uniform(6), 3)[0] for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, Policy("rand", 2)(IMAGES, NOTHING, uniform(6), 4)[0])
