import pytest
import torch

from runner.schedule.onecycle import onecycle


@pytest.mark.parametrize(("total", "warmup"), [(100, 0.3), (57, 0.25), (10, 0.5), (1000, 0.1)])
def test_is_torchs_one_cycle(total, warmup):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=total, pct_start=warmup, div_factor=25.0, final_div_factor=1e4 / 25
    )
    for step in range(total):
        assert onecycle(step, total, warmup=warmup) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        if step < total - 1:
            scheduler.step()


@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_runs_have_a_rate(total):
    assert all(0 < onecycle(step, total) <= 1 for step in range(total))
