"""Several models as one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Ensemble(nn.Module):
    """The mean of the scores of several models of one kind."""

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the mean of what the members give for the inputs."""
        return torch.stack([member(inputs) for member in self.members]).mean(0)
