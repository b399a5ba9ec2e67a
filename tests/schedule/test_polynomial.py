import pytest
import torch

from runner.schedule.polynomial import polynomial


def test_table():
    assert [polynomial(step, 5, power=2) for step in range(5)] == pytest.approx([1, 0.5625, 0.25, 0.0625, 0])
    assert polynomial(4, 5, final=0.1) == pytest.approx(0.1)
    assert polynomial(3, 6, warmup=0.5) == 1


@pytest.mark.parametrize("power", [0.9, 1.0, 3.0])
def test_is_torchs(power):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=99, power=power)
    for step in range(100):
        assert polynomial(step, 100, power=power) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        scheduler.step()
