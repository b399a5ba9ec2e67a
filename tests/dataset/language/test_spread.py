import scipy.stats
import torch

from runner.dataset.language.spread import spread


def hashed(value):
    """The published function, on Python's integers."""
    value = (value ^ value >> 16) * 0x7FEB352D & 0xFFFFFFFF
    value = (value ^ value >> 15) * 0x846CA68B & 0xFFFFFFFF
    return value ^ value >> 16


def test_equals_integers_in_python():
    uniform = torch.rand(20, 2, generator=torch.Generator().manual_seed(0))
    for row, numbers in zip(uniform.tolist(), spread(uniform, 50).tolist(), strict=True):
        for position, number in enumerate(numbers):
            state = position
            for given in row:
                state = hashed(state ^ hashed(int(given * 2**24) + 1))
            assert number == (hashed(state) >> 8) / 2**24


def test_numbers_are_uniform_and_unrelated():
    uniform = torch.rand(500, 2, generator=torch.Generator().manual_seed(0))
    numbers = spread(uniform, 400)
    assert numbers.shape == (500, 400)
    assert scipy.stats.kstest(numbers.flatten().numpy(), "uniform").pvalue > 1e-3
    for related in (numbers, numbers.T):  # neighbours in a row, and in a column
        pairs = torch.stack([related[:, :-1].flatten(), related[:, 1:].flatten()])
        assert torch.corrcoef(pairs)[0, 1].abs() < 0.01
    assert numbers.unique().numel() > 0.98 * numbers.numel()


def test_each_given_number_matters():
    one = torch.tensor([[0.25, 0.5], [0.25, 0.5 + 2**-24], [0.25 + 2**-24, 0.5], [0.5, 0.25], [0.25, 0.5]])
    rows = [tuple(row) for row in spread(one, 8).tolist()]
    assert rows[0] == rows[4]
    assert len(set(rows)) == 4
