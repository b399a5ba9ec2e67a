import pytest
import torch

from runner.optimizer.adamw import adamw


def test_a_step_is_the_papers_by_hand():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = adamw([weight], lr=0.1, betas=[0.8, 0.9], eps=1e-6, weight_decay=0.02)
    value, first, second = weight.detach().clone(), torch.zeros(2), torch.zeros(2)
    for step, gradient in enumerate((torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0])), start=1):
        weight.grad = gradient.double()
        optimizer.step()
        value = value * (1 - 0.1 * 0.02)
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient**2
        corrected = (first / (1 - 0.8**step)) / ((second / (1 - 0.9**step)).sqrt() + 1e-6)
        value = value - 0.1 * corrected
        torch.testing.assert_close(weight.detach(), value, rtol=1e-5, atol=1e-6)


def test_default_betas_and_fused():
    optimizer = adamw([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    assert optimizer.defaults["betas"] == (0.9, 0.999)
    assert optimizer.defaults["fused"]


def test_three_betas_are_refused():
    with pytest.raises(ValueError):
        adamw([torch.nn.Parameter(torch.ones(1))], lr=0.1, betas=[0.1, 0.2, 0.3])
