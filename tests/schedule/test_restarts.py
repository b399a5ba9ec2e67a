import pytest
import torch

from runner.schedule.restarts import restarts


@pytest.mark.parametrize(("length", "mult"), [(10, 1), (3, 1), (1, 2), (2, 3), (50, 1)])
@pytest.mark.parametrize("final", [0.0, 0.1])
def test_is_torchs_at_every_update(length, mult, final):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, length, mult, eta_min=final)
    for step in range(30 * 8):  # eighths are exact: torch takes the cycle from a logarithm
        scheduler.step(step / 8)
        value = restarts(step, 30 * 8, 30, cycle_length=length, cycle_mult=mult, final=final)
        assert value == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)


@pytest.mark.parametrize("mult", [1.0, 1.5, 2.0])
def test_each_cycle_is_longer_and_lower_than_the_one_before(mult):
    values = [restarts(i, 400, 40, cycle_length=4, cycle_mult=mult, cycle_decay=0.5, final=0.2) for i in range(400)]
    tops = [i for i in range(1, 400) if values[i] > values[i - 1]]
    assert tops[:2] == [40, 40 + round(40 * mult)]
    assert [values[0], *(values[top] for top in tops[:2])] == pytest.approx([1, 0.6, 0.4])
    assert min(values) > 0.2


def test_the_rise_multiplies():
    assert restarts(0, 10, 10, warmup=0.4) == pytest.approx(1 / 5)
