import torch
from torch import nn

from runner.hardware.backward import Passes
from runner.hardware.clock import Clock
from runner.hardware.faults import Faults
from runner.hardware.processes import Alone
from runner.hardware.skip import Skip
from runner.hardware.update import Update


def skipping(model, faults, limit=10):
    context, clock = torch.autocast("cpu", enabled=False), Clock()
    passes = Passes(context, None, clock, len, 1, Alone(), lambda held: None)
    changes = Update(torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), None, clock)
    return Skip(passes.whole, changes, model, Alone(), context, faults, limit)


def test_a_loss_that_is_not_finite_is_replaced_by_the_last_one_that_was():
    torch.manual_seed(0)
    model, faults = nn.Linear(2, 1), Faults()
    skip = skipping(model, faults)

    def forward(x, y):
        return (model(x) - y).square().mean()

    good, targets = torch.ones(4, 2), torch.zeros(4, 1)
    first = skip.backward(forward, good, targets)
    assert skip.update() == 1
    weight = model.weight.clone()
    assert skip.backward(forward, good / 0, targets) is first
    assert skip.update() == 0
    assert torch.equal(model.weight, weight)
    assert (faults.skipped, faults.in_a_row) == (1, 1)
    skip.backward(forward, good, targets)
    assert skip.update() == 1
    assert (faults.skipped, faults.in_a_row) == (1, 0)
