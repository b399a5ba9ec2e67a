import torch
from torch import nn

from runner.model.ensemble import Ensemble


def test_the_mean_of_the_scores():
    members, inputs = [nn.Linear(2, 3) for _ in range(3)], torch.randn(4, 2)
    expected = sum(member(inputs) for member in members) / 3
    torch.testing.assert_close(Ensemble(members)(inputs), expected)
