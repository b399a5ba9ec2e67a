"""Applying a curve to an optimizer."""

from __future__ import annotations

from collections.abc import Callable

from torch.optim import Optimizer

Curve = Callable[[int, int], float]


class Schedule:
    """Set the learning rate of every group for an update: a pure function of its number, so nothing to restore.

    Args:
        optimizer: Its groups' rates at this moment are what the curve multiplies.
        curve: (step, total) -> multiple.
        total: Updates of the run.
    """

    def __init__(self, optimizer: Optimizer, curve: Curve, total: int) -> None:
        self.optimizer, self.curve, self.total = optimizer, curve, total
        self.rates = [float(group["lr"]) for group in optimizer.param_groups]

    def __call__(self, step: int) -> None:
        """Set the rates for update ``step``, counted from 0."""
        multiple = self.curve(step, self.total)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * multiple

    def rate(self, step: int) -> float:
        """Return the first group's rate at update ``step``."""
        return self.rates[0] * self.curve(step, self.total)
