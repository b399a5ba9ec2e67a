import pytest
import torch

from runner.optimizer.lion import lion


def test_steps_are_the_papers_algorithm_written_out():
    generator = torch.Generator().manual_seed(0)
    shapes = [(3, 4), (5,), ()]
    weights = [torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64)) for shape in shapes]
    decayed, plain = {"params": weights[:1]}, {"params": weights[1:], "weight_decay": 0.0}
    optimizer = lion([decayed, plain], lr=0.01, betas=[0.8, 0.95], weight_decay=0.3)
    values, averages = [w.detach().clone() for w in weights], [torch.zeros_like(w) for w in weights]
    for _ in range(5):
        for i, weight in enumerate(weights):
            weight.grad = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
            update = (0.8 * averages[i] + 0.2 * weight.grad).sign()
            values[i] = values[i] - 0.01 * (update + (0.3 if i == 0 else 0.0) * values[i])
            averages[i] = 0.95 * averages[i] + 0.05 * weight.grad
        optimizer.step()
        for weight, value in zip(weights, values, strict=True):
            torch.testing.assert_close(weight.detach(), value)


def test_a_weight_without_a_gradient_stays():
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    weights[0].grad = torch.ones(2)
    lion(weights, lr=0.1, weight_decay=0.0).step()
    assert weights[0].tolist() == pytest.approx([0.9, 0.9])
    assert weights[1].tolist() == [1, 1]


def test_the_closures_loss_comes_back():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = lion([weight], lr=0.1)

    def closure():
        loss = (weight**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure) == 2
    assert weight.tolist() == pytest.approx([0.89, 0.89])


def test_three_betas_are_refused():
    with pytest.raises(ValueError):
        lion([torch.nn.Parameter(torch.ones(1))], lr=0.1, betas=[0.1, 0.2, 0.3])
