import pytest
import torch
from torch import nn

from runner.hardware.clock import Clock
from runner.hardware.faults import Faults
from runner.hardware.guard import NonFinite, unsound
from runner.hardware.processes import Alone
from runner.hardware.update import Update
from runner.hardware.watch import Watch


def watching(model, policy="stop", losses=True, weights=True):
    changes = Update(torch.optim.SGD(model.parameters(), lr=1.0), None, Clock())
    return Watch(model, changes, Alone(), Faults(), policy, 2, 0.5, losses, weights)


@pytest.fixture
def spoilt():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    with torch.no_grad():
        model[1].bias[1] = float("inf")
    return model


def test_weights_that_are_not_finite_are_named(spoilt):
    assert unsound(spoilt) == "1.bias"
    assert unsound(nn.Linear(2, 2)) == unsound(nn.ReLU()) == ""
    with pytest.raises(NonFinite, match=r"the weights 1\.bias are not finite"):
        watching(spoilt).finite(0.5)
    assert watching(spoilt, weights=False).finite(0.5) == 0.5


def test_large_weights_are_finite():
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, 1e30)  # whose square is not
    assert unsound(model) == ""


def test_a_mean_loss_is_finite_if_losses_are_looked_at():
    with pytest.raises(NonFinite, match="the mean loss of the epoch is nan"):
        watching(nn.Linear(2, 2)).finite(float("nan"))
    assert watching(nn.Linear(2, 2), losses=False).finite(float("inf")) == float("inf")
    watch = watching(nn.Linear(2, 2), policy="skip")
    watch.faults.skipped = watch.faults.in_a_row = 3
    with pytest.raises(NonFinite, match="every batch of the epoch was left out"):
        watch.finite(float("nan"))


def test_the_metrics_have_a_count_only_where_batches_can_be_left_out():
    assert watching(nn.Linear(2, 2)).counts() == {}
    assert watching(nn.Linear(2, 2), policy="skip").counts() == {"train/skipped_batches": 0}
