import pytest
import torch

from runner.schedule.exponential import exponential


def torchs(gamma, count):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma)
    for _ in range(count):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()


def test_is_torchs_where_an_epoch_begins():
    values = [exponential(epoch * 7, 70, 10, gamma=0.8) for epoch in range(10)]
    assert values == pytest.approx(list(torchs(0.8, 10)))


def test_is_torchs_with_the_root_of_gamma_at_every_update():
    values = [exponential(step, 70, 10, gamma=0.8) for step in range(70)]
    assert values == pytest.approx(list(torchs(0.8 ** (1 / 7), 70)))


def test_the_rise_multiplies():
    assert [exponential(i, 4, 4, gamma=0.5, warmup=0.5) for i in range(3)] == pytest.approx([1 / 3, 1 / 3, 0.25])
