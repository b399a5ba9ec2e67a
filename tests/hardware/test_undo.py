import torch
from torch import nn

from runner.hardware.undo import Undo


def test_the_statistics_of_a_forward_pass_are_taken_back():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    undo = Undo(model)
    model(torch.randn(5, 3))
    undo.keep()
    before = [buffer.clone() for buffer in model.buffers()]
    model(torch.full((5, 3), float("nan")))
    undo.back()
    assert all(torch.equal(*both) for both in zip(before, model.buffers(), strict=True))


class Carrier(nn.Module):
    """Remembers."""

    def forget(self):
        self.forgotten = True


def test_what_is_carried_along_begins_anew():
    model = nn.Sequential(Carrier())
    Undo(model).back()
    assert model[0].forgotten
