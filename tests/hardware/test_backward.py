import pytest
import torch
from torch import nn

from runner.hardware.backward import Passes
from runner.hardware.clock import Clock
from runner.hardware.processes import Alone


def passes(accumulate=1, hold=lambda held: None):
    return Passes(torch.autocast("cpu", enabled=False), None, Clock(), len, accumulate, Alone(), hold)


def test_what_fits_is_chosen_once():
    assert passes().chosen().__name__ == "whole"
    assert passes(3).chosen().__name__ == "accumulated"


@pytest.mark.parametrize("count", [9, 8, 2, 1])
def test_micro_batches_add_up_to_the_batch(count):
    torch.manual_seed(0)
    model, inputs, targets = nn.Linear(4, 3), torch.randn(count, 4), torch.randint(0, 3, (count,))

    def forward(x, y):
        return nn.functional.cross_entropy(model(x), y)

    expected = passes().whole(forward, inputs, targets)
    gradient = model.weight.grad.clone()
    model.weight.grad = None
    torch.testing.assert_close(passes(3).accumulated(forward, inputs, targets), expected)
    torch.testing.assert_close(model.weight.grad, gradient)


def test_gradients_are_held_back_until_the_last_micro_batch():
    told = []
    passes(3, told.append).accumulated(lambda x, y: (x * y).sum().requires_grad_(), torch.ones(7), torch.ones(7))
    assert told == [True, True, False]


def test_all_can_agree_on_fewer_micro_batches():
    told = []
    passes(3, told.append).accumulated(lambda x, y: (x * y).sum().requires_grad_(), torch.ones(7), torch.ones(7), 2)
    assert told == [True, False]
