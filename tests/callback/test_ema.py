from types import SimpleNamespace

import torch
from torch import nn

from runner.callback.ema import EMA


def test_is_the_average_by_its_definition_with_buffers_copied():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    run = SimpleNamespace(model=model, evaluated=model)
    ema = EMA(decay=0.9, warmup=False)
    ema.start(run)
    assert run.evaluated is ema.average is not model
    expected = [parameter.detach().clone() for parameter in model.parameters()]
    for _ in range(4):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        model(torch.randn(8, 3))
        ema.step(run)
        expected = [0.9 * old + 0.1 * new for old, new in zip(expected, model.parameters(), strict=True)]
    for average, value in zip(ema.average.parameters(), expected, strict=True):
        torch.testing.assert_close(average, value)
    torch.testing.assert_close(ema.average[1].running_mean, model[1].running_mean)
    assert ema.average[1].num_batches_tracked == 4


def test_warmup_forgets_the_start():
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    run = SimpleNamespace(model=model, evaluated=model)
    ema = EMA(decay=0.999)
    ema.start(run)
    nn.init.ones_(model.weight)
    values = []
    for _ in range(3):
        ema.step(run)
        values.append(ema.average.weight.item())
    decays = [1 / 10, 2 / 11, 3 / 12]
    expected, current = [], 0.0
    for decay in decays:
        current = decay * current + (1 - decay)
        expected.append(current)
    torch.testing.assert_close(torch.tensor(values), torch.tensor(expected))


def test_state_goes_on():
    model = nn.Linear(2, 2)
    first, second = EMA(), EMA()
    runs = [SimpleNamespace(model=model, evaluated=model) for _ in range(2)]
    first.start(runs[0])
    first.step(runs[0])
    second.start(runs[1])
    second.load_state_dict(first.state_dict())
    first.step(runs[0])
    second.step(runs[1])
    assert torch.equal(first.average.weight, second.average.weight)
    assert second.updates == 2
