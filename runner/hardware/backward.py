"""Forward and backward of a batch: whole, in micro-batches, or as one process's part of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from runner.hardware.clock import Clock
from runner.hardware.processes import Alone, Group

Forward = Callable[[Tensor, Tensor], Tensor]
Backward = Callable[[Forward, Tensor, Tensor], Tensor]
Mass = Callable[[Tensor], float | Tensor]


class Passes:
    """Computes the loss of a batch, and adds its gradient to that of the parameters.

    Args:
        context: Entered for the forward pass: autocast, or nothing.
        scaler: Of the loss, under fp16.
        clock: Told when forward and backward end.
        mass: What the mean of a batch's loss is a mean over.
        accumulate: Micro-batches of a batch, at most.
        group: The processes.
        hold: Told before each micro-batch whether its gradients stay in this process for now.
        least: Samples of the smallest micro-batch: 2 where batch normalisation needs more than one, else 1.
    """

    def __init__(
        self,
        context: AbstractContextManager[Any],
        scaler: torch.amp.GradScaler | None,
        clock: Clock,
        mass: Mass,
        accumulate: int,
        group: Alone | Group,
        hold: Callable[[bool], None],
        least: int = 1,
    ) -> None:
        self.context, self.scaler, self.clock, self.mass = context, scaler, clock, mass
        self.accumulate, self.group, self.hold, self.least = accumulate, group, hold, least

    def chosen(self) -> Backward:
        """Return the method that fits: a step has no branches."""
        if isinstance(self.group, Group):
            return self.shared
        return self.whole if self.accumulate == 1 else self.accumulated

    def whole(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, a scalar on the device, without its graph."""
        with self.context:
            loss = forward(inputs, targets)
        self.clock.lap("forward")
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()
        self.clock.lap("backward")
        return loss.detach()

    def accumulated(self, forward: Forward, inputs: Tensor, targets: Tensor, most: int | None = None) -> Tensor:
        """Do it in micro-batches, each weighted by its share of the batch: a short last batch is still one whole.

        Args:
            forward, inputs, targets: As for ``whole``.
            most: The most micro-batches that every process's part can be split into.
        """
        total = torch.zeros((), device=inputs.device)
        count = min(self.accumulate, max(1, (most or len(inputs)) // self.least))
        for number, (part, truth) in enumerate(
            zip(inputs.tensor_split(count), targets.tensor_split(count), strict=True)
        ):
            share = self.mass(truth) / self.mass(targets)
            self.hold(number < count - 1)
            total += self.whole(lambda x, y, share=share: forward(x, y) * share, part, truth)  # type: ignore[misc]
        return total

    def shared(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """Work on this process's part, and return the loss of the whole batch.

        Args:
            forward: As for ``whole``.
            inputs: Of this process's part, or of the whole batch.
            targets: Of the whole batch: how much a part weighs is known without asking.
        """
        group = self.group
        assert isinstance(group, Group)
        inputs, own, counted = group.own(inputs, targets)
        # times the processes: their gradients are averaged, not added
        weight = self.mass(own) / self.mass(targets) * group.world if counted else 0.0

        def weighted(x: Tensor, y: Tensor) -> Tensor:
            return forward(x, y) * weight

        if self.accumulate == 1:
            return group.mean(self.whole(weighted, inputs, own))
        return group.mean(self.accumulated(weighted, inputs, own, group.smallest(len(targets))))
