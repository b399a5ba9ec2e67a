"""What changes the weights: gradients are unscaled and clipped, the optimizer steps, the gradients go."""

from __future__ import annotations

from math import isfinite

import torch
from torch import Tensor
from torch.optim import Optimizer

from runner.hardware.clip import clipping
from runner.hardware.clock import Clock
from runner.hardware.lean import direct_step


class Update:
    """Updates the parameters of an optimizer from their gradients.

    Args:
        optimizer: Steps.
        scaler: Of the loss, under fp16: an update whose gradients are not finite is skipped.
        clock: Told when an update ends.
        most: Largest Euclidean norm of the whole gradient.
        value: Largest absolute value of a gradient element.
        direct: Leave out torch's wrappers around the step; false where it compiles.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        scaler: torch.amp.GradScaler | None,
        clock: Clock,
        most: float | None = None,
        value: float | None = None,
        direct: bool = True,
    ) -> None:
        self.optimizer, self.scaler, self.clock, self.most, self.value = optimizer, scaler, clock, most, value
        self.parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self.step = direct_step(optimizer) if direct else optimizer.step
        self.norm: Tensor | None = None
        """Euclidean norm of the last gradient before clipping, a scalar on the device, if it is watched."""
        self.watch(False)

    def watch(self, watched: bool) -> None:
        """From now on, leave the norm of each gradient in ``norm``, or no longer."""
        self.watched = watched
        self.clip = clipping(self.parameters, self.most, self.value, watched)

    def plain(self) -> int:
        """Update, in full precision; return 1, the batches that count."""
        if self.clip is not None:
            self.norm = self.clip()
        self.step()
        for parameter in self.parameters:
            parameter.grad = None
        self.clock.lap("optimizer")
        return 1

    def sound(self) -> int:
        """Update, if the gradient is finite, whose norm is watched; return 0, and leave everything, if it is not."""
        assert self.clip is not None
        self.norm = self.clip()
        assert self.norm is not None
        if not isfinite(self.norm.item()):
            return 0
        self.step()
        self.drop()
        return 1

    def drop(self) -> None:
        """Let go of the gradients, and do nothing else."""
        for parameter in self.parameters:
            parameter.grad = None
        self.clock.lap("optimizer")

    def scaled(self) -> int:
        """Update, with a loss scale; return 1, the batches that count."""
        assert self.scaler is not None
        self.scaler.unscale_(self.optimizer)
        if self.clip is not None:
            self.norm = self.clip()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        self.clock.lap("optimizer")
        return 1
