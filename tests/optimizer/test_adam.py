import pytest
import torch

from runner.optimizer.adam import adam


def test_a_step_is_the_papers_by_hand_and_the_decay_is_part_of_the_gradient():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = adam([weight], lr=0.1, betas=[0.8, 0.9], eps=1e-6, weight_decay=0.5)
    value, first, second = weight.detach().clone(), torch.zeros(2), torch.zeros(2)
    for step, given in enumerate((torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0])), start=1):
        weight.grad = given.double()
        optimizer.step()
        gradient = given + 0.5 * value
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient**2
        value = value - 0.1 * (first / (1 - 0.8**step)) / ((second / (1 - 0.9**step)).sqrt() + 1e-6)
        torch.testing.assert_close(weight.detach(), value, rtol=1e-5, atol=1e-6)


def test_default_betas_and_fused():
    optimizer = adam([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    assert optimizer.defaults["betas"] == (0.9, 0.999)
    assert optimizer.defaults["fused"]


def test_three_betas_are_refused():
    with pytest.raises(ValueError):
        adam([torch.nn.Parameter(torch.ones(1))], lr=0.1, betas=[0.1, 0.2, 0.3])
