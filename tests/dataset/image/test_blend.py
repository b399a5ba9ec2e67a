import pytest
import scipy.stats
import torch
from torch.nn.functional import one_hot

from runner.dataset.image.blend import Blend, beta

COUNT = 4000
HEIGHT, WIDTH = 10, 16


def batch():
    """Each image is the number of its sample in every pixel: what is blended can be read."""
    images = torch.arange(COUNT, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 2, HEIGHT, WIDTH)
    return images, torch.arange(COUNT)


def uniform(seed=0):
    return torch.rand(COUNT, 5, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1.0, 4.0, 50.0])
def test_draws_are_those_of_the_beta_distribution(alpha):
    places = torch.linspace(1e-6, 1 - 1e-6, 20001)
    expected = scipy.stats.beta.ppf(places.double().numpy(), alpha, alpha)
    assert (beta(places, alpha) - torch.from_numpy(expected)).abs().max() < 1e-3


def test_draws_stay_in_range_at_both_ends():
    ends = beta(torch.tensor([0.0, 1 - 2**-24]), 0.2)
    assert ends.min() >= 0
    assert ends.max() <= 1
    assert ends.tolist() == pytest.approx([0, 1], abs=1e-6)


def test_mixup_is_the_papers_equation():
    images, numbers = batch()
    labels = torch.stack([numbers.float(), numbers.float() ** 2], 1)  # any targets are blended alike
    u = uniform()
    changed, targets = Blend(mixup=0.4)(images, labels, u, 0)
    share, partner = beta(u[:, 0], 0.4), u[:, 3].argsort()
    expected = share * numbers + (1 - share) * numbers[partner]
    torch.testing.assert_close(changed, expected.view(-1, 1, 1, 1).expand_as(images), rtol=1e-5, atol=1e-2)
    torch.testing.assert_close(targets[:, 0], expected, rtol=1e-5, atol=1e-2)
    squares = share * labels[:, 1] + (1 - share) * labels[partner, 1]
    torch.testing.assert_close(targets[:, 1], squares, rtol=1e-5, atol=1e2)
    assert sorted(partner.tolist()) == numbers.tolist()


def test_cutmix_pastes_a_rectangle_and_counts_its_pixels():
    images, numbers = batch()
    changed, targets = Blend(cutmix=1.0)(images, numbers.float(), uniform(), 0)
    partner = uniform()[:, 3].argsort()
    own, other = changed == numbers.view(-1, 1, 1, 1), changed == partner.view(-1, 1, 1, 1)
    assert (own | other).all()
    pasted = ~own[:, 0]
    assert torch.equal(pasted, pasted.any(2)[:, :, None] & pasted.any(1)[:, None, :])
    share = pasted.float().mean((1, 2))
    torch.testing.assert_close(targets, numbers + share * (partner - numbers), rtol=1e-5, atol=1e-2)
    side = (1 - beta(uniform()[:, 0], 1.0)).sqrt()
    assert (pasted.any(2).sum(1) <= side * HEIGHT + 1).all()
    whole = ((uniform()[:, 1:3] - 0.5).abs() < 0.5 - side[:, None] / 2).all(1)  # nothing of it lies outside
    whole &= (side * HEIGHT > 1) & (partner != numbers)
    assert whole.sum() > 100
    assert ((pasted.any(2).sum(1) - side * HEIGHT).abs() <= 1)[whole].all()
    assert ((pasted.any(1).sum(1) - side * WIDTH).abs() <= 1)[whole].all()


def test_with_both_each_sample_has_one_of_them():
    images, numbers = batch()
    changed, _ = Blend(mixup=0.4, cutmix=1.0)(images, numbers.float(), uniform(), 0)
    mixed, cut = (Blend(**{name: alpha})(images, numbers.float(), uniform(), 0)[0] for name, alpha in
                  (("mixup", 0.4), ("cutmix", 1.0)))  # fmt: skip
    even, pasted = ((changed == other).flatten(1).all(1) for other in (mixed, cut))
    assert (even | pasted).all()
    assert even.float().mean().item() == pytest.approx(0.5, abs=0.05)


def test_labels_stay_probabilities():
    labels = one_hot(torch.arange(COUNT) % 10, 10).float()
    for keys in ({"mixup": 0.2}, {"cutmix": 1.0}, {"mixup": 1.0, "cutmix": 1.0}):
        _, targets = Blend(**keys)(batch()[0], labels, uniform(), 0)
        torch.testing.assert_close(targets.sum(1), torch.ones(COUNT))
        assert targets.min() >= 0


def test_bytes_and_a_batch_of_one():
    images = torch.full((1, 3, 4, 4), 7, dtype=torch.uint8)
    changed, targets = Blend(mixup=0.2, cutmix=1.0)(images, torch.ones(1, 2), uniform()[:1], 0)
    assert torch.equal(changed, images.float())
    assert torch.equal(targets, torch.ones(1, 2))


def test_hard_labels_are_refused():
    with pytest.raises(ValueError, match="must be float"):
        Blend(mixup=0.2)(*batch(), uniform(), 0)


def test_nothing_to_do_is_refused():
    with pytest.raises(ValueError, match="nothing is blended"):
        Blend()
