import torch
from torch import nn

from runner.hardware.clock import Clock
from runner.hardware.update import Update


def with_gradient(*values):
    parameter = nn.Parameter(torch.zeros(len(values)))
    parameter.grad = torch.tensor(values)
    return parameter


def test_an_update_is_the_optimizers_step_and_the_gradients_go():
    weight, clock = with_gradient(3.0, -4.0), Clock()
    Update(torch.optim.SGD([weight], lr=1.0), None, clock).plain()
    assert weight.tolist() == [-3.0, 4.0]
    assert weight.grad is None
    assert "optimizer" in clock.seconds


def test_gradients_are_shortened_and_their_norm_is_kept_only_if_somebody_watches():
    weight = with_gradient(3.0, -4.0)
    update = Update(torch.optim.SGD([weight], lr=1.0), None, Clock(), most=1.0)
    update.watch(True)
    update.plain()
    torch.testing.assert_close(weight.data, torch.tensor([-0.6, 0.8]))
    torch.testing.assert_close(update.norm, torch.tensor(5.0))
    free = Update(torch.optim.SGD([with_gradient(1.0)], lr=1.0), None, Clock())
    free.plain()
    assert free.clip is None
    assert free.norm is None


def test_the_step_is_called_without_torchs_wrappers_unless_it_compiles():
    optimizer = torch.optim.SGD([with_gradient(1.0)], lr=1.0)
    assert Update(optimizer, None, Clock()).step != optimizer.step
    assert Update(optimizer, None, Clock(), direct=False).step == optimizer.step
