import pytest
import torch

from runner.optimizer.rmsprop import rmsprop


@pytest.mark.parametrize("centered", [False, True])
def test_a_step_by_hand(centered):
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = rmsprop([weight], lr=0.1, alpha=0.9, eps=1e-6, momentum=0.5, centered=centered, weight_decay=0.3)
    value, mean, square, velocity = weight.detach().clone(), torch.zeros(2), torch.zeros(2), torch.zeros(2)
    for given in (torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0])):
        weight.grad = given.double()
        optimizer.step()
        gradient = given + 0.3 * value
        mean, square = 0.9 * mean + 0.1 * gradient, 0.9 * square + 0.1 * gradient**2
        spread = square - mean**2 if centered else square
        velocity = 0.5 * velocity + gradient / (spread.sqrt() + 1e-6)
        value = value - 0.1 * velocity
        torch.testing.assert_close(weight.detach(), value, rtol=1e-5, atol=1e-6)
