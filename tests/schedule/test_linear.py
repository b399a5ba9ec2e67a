import pytest
import torch

from runner.schedule.linear import linear


def test_table():
    assert [linear(step, 5) for step in range(5)] == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    assert [linear(step, 6, warmup=0.5) for step in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1, 0.5, 0])


@pytest.mark.parametrize("final", [0.0, 0.2])
def test_is_torchs(final):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=final, total_iters=99)
    for step in range(100):
        assert linear(step, 100, final=final) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        scheduler.step()
