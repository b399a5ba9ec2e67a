"""Runs to export, and models that are hard to."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from runner.inference.saved import Saved
from tests.support import trained


class Noisy(nn.Module):
    """Says something else at every call, so that no file can be the same model."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(64, classes)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.layer(inputs.flatten(1))
        return outputs + torch.rand_like(outputs)


class Deciding(nn.Module):
    """Decides by the values of a batch, which no graph can."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(64, classes)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        flat = inputs.flatten(1)
        outputs: torch.Tensor = self.layer(flat) if float(flat.sum()) > -1e9 else self.layer(-flat)
        return outputs


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A run of a classifier of images."""
    folder = tmp_path_factory.mktemp("export") / "run"
    trained(folder, "epochs=2", "callback=[record,checkpoint,ema]")
    return folder


@pytest.fixture(scope="session")
def saved(folder):
    return Saved(folder)
