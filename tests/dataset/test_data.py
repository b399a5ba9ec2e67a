import numpy
import pytest
import torch

from runner.dataset.data import fingerprint, statistics


def test_statistics_are_those_of_numpy_per_channel():
    images = torch.randint(0, 256, (5000, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mean, std = statistics(images)
    values = images.numpy().astype(numpy.float64)
    assert mean.shape == std.shape == (3, 1, 1)
    numpy.testing.assert_allclose(mean.flatten(), values.mean((0, 2, 3)), rtol=1e-6)
    numpy.testing.assert_allclose(std.flatten(), values.std((0, 2, 3)), rtol=1e-6)


def test_a_constant_channel_does_not_divide_by_zero():
    _, std = statistics(torch.full((10, 1, 2, 2), 7, dtype=torch.uint8))
    assert std.item() == 1


def test_statistics_of_nothing_say_so():
    with pytest.raises(ValueError, match="training split is empty"):
        statistics(torch.empty(0, 1, 2, 2))


def test_fingerprint_sees_one_bit_and_the_shape():
    zeros = torch.zeros(4, 4, dtype=torch.uint8)
    changed = zeros.clone()
    changed[3, 3] = 1
    assert len({fingerprint([zeros]), fingerprint([changed]), fingerprint([zeros.view(2, 8)])}) == 3
