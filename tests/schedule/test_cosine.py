import pytest
import torch

from runner.schedule.cosine import cosine


def test_table():
    assert [cosine(step, 5) for step in range(5)] == pytest.approx([1, 0.853553, 0.5, 0.146447, 0], abs=1e-6)
    assert cosine(4, 5, final=0.1) == pytest.approx(0.1)
    assert cosine(0, 10, warmup=0.5) == pytest.approx(1 / 6)
    assert cosine(5, 10, warmup=0.5) == 1


def test_is_torchs_cosine_annealing():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=99, eta_min=0.2)
    for step in range(100):
        assert cosine(step, 100, final=0.2) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
