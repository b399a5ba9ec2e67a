import pytest
import torch
from torch import nn

from runner.hardware.backward import Passes
from runner.hardware.clock import Clock
from runner.hardware.faults import Faults
from runner.hardware.processes import Alone
from runner.hardware.split import Splitting, refuse_split


def splitting(model, faults):
    passes = Passes(torch.autocast("cpu", enabled=False), None, Clock(), len, 1, Alone(), lambda held: None)
    return Splitting(passes, model, faults)


def test_it_asks_for_no_more_parts_than_it_takes_and_leaves_no_trace_of_what_failed():
    torch.manual_seed(0)
    model, faults = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), Faults()
    inputs, targets = torch.randn(12, 4), torch.randint(0, 3, (12,))
    drawn = []

    def forward(x, y):
        loss = nn.functional.cross_entropy(model(x), y)
        drawn.append((len(x), torch.rand(()).item()))
        if len(x) > 3:
            torch.empty(2**50, dtype=torch.uint8)
        return loss

    splitting(model, faults)(forward, inputs, targets)
    assert [size for size, _ in drawn] == [12, 6, 3, 3, 3, 3]
    assert drawn[0][1] == drawn[1][1] == drawn[2][1] != drawn[3][1]
    assert faults.splits == [{"samples": 12, "accumulate": 4}]
    assert int(model[1].num_batches_tracked) == 4


def test_nothing_is_refused_that_goes_together():
    refuse_split(1, False, False)
    with pytest.raises(ValueError, match="choose hardware"):
        refuse_split(2, False, False)
