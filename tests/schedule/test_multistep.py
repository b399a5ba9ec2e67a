import pytest
import torch

from runner.schedule.multistep import multistep


@pytest.mark.parametrize("milestones", [[2, 5], [5, 2], [3, 3], [1, 40], []])
def test_is_torchs_by_epochs(milestones):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=milestones, gamma=0.5)
    for epoch in range(10):
        for batch in range(7):
            value = multistep(epoch * 7 + batch, 70, 10, milestones=milestones, gamma=0.5)
            assert value == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def test_the_rise_multiplies():
    values = [multistep(i, 8, 4, milestones=[1, 2], gamma=0.5, warmup=0.25) for i in range(5)]
    assert values == pytest.approx([1 / 3, 2 / 3, 0.5, 0.5, 0.25])
