import pytest
import torch

from runner.optimizer.nadam import nadam


@pytest.mark.parametrize("decoupled", [False, True])
def test_a_step_is_dozats_by_hand(decoupled):
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = nadam(
        [weight], 0.1, [0.8, 0.9], eps=1e-6, weight_decay=0.3, momentum_decay=0.01, decoupled_weight_decay=decoupled
    )
    value, first, second, product = weight.detach().clone(), torch.zeros(2), torch.zeros(2), 1.0
    for step, given in enumerate((torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0])), start=1):
        weight.grad = given.double()
        optimizer.step()
        now, following = (0.8 * (1 - 0.5 * 0.96 ** (t * 0.01)) for t in (step, step + 1))
        product *= now
        gradient = given if decoupled else given + 0.3 * value
        value = value * (1 - 0.1 * 0.3) if decoupled else value
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient**2
        ahead = following * first / (1 - product * following) + (1 - now) * gradient / (1 - product)
        value = value - 0.1 * ahead / ((second / (1 - 0.9**step)).sqrt() + 1e-6)
        torch.testing.assert_close(weight.detach(), value, rtol=1e-5, atol=1e-6)


def test_three_betas_are_refused():
    with pytest.raises(ValueError):
        nadam([torch.nn.Parameter(torch.ones(1))], lr=0.1, betas=[0.1, 0.2, 0.3])
