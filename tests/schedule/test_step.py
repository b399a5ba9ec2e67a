import pytest
import torch

from runner.schedule.step import step


def test_is_torchs_by_epochs():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
    for epoch in range(10):
        for batch in range(7):
            value = step(epoch * 7 + batch, 70, 10, step_size=3, gamma=0.5)
            assert value == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def test_the_rise_multiplies():
    assert [step(i, 8, 4, step_size=1, gamma=0.5, warmup=0.25) for i in range(5)] == pytest.approx(
        [1 / 3, 2 / 3, 0.5, 0.5, 0.25]
    )
