"""Leaving out a batch whose loss or gradient is not finite."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from runner.hardware.faults import Faults
from runner.hardware.guard import Backward, Forward, NonFinite, culprit, now, of_gradients
from runner.hardware.processes import Alone
from runner.hardware.undo import Undo
from runner.hardware.update import Update

log = logging.getLogger(__name__)


class Skip:
    """Leaves a batch out whose loss or gradient is not finite: weights, optimizer and buffers stay as they were.

    The step counts all the same, as it does under a loss scale: the schedule moves on, and an average of the weights
    takes them in once more. The batch has no part in the mean loss. All processes see the same loss and the same
    gradient, and so leave out the same batches. Both are looked at for each batch, which waits for a GPU.

    Args:
        backward: Returns the loss of a batch.
        changes: Updates the weights.
        model: On its device.
        group: The processes.
        context: Entered for a forward pass.
        faults: Where they are counted.
        limit: Batches in a row that may be left out; with one more the run ends.
    """

    def __init__(
        self,
        backward: Backward,
        changes: Update,
        model: nn.Module,
        group: Alone,
        context: AbstractContextManager[Any],
        faults: Faults,
        limit: int,
    ) -> None:
        self.inner, self.changes, self.model, self.group, self.context = backward, changes, model, group, context
        self.faults, self.limit, self.undo = faults, limit, Undo(model)
        self.value, self.last = 0.0, torch.zeros(())
        changes.watch(True)

    def backward(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch, or that of the last one that was finite."""
        self.undo.keep()
        loss = self.inner(forward, inputs, targets)
        self.value, self.batch = now(loss), (forward, inputs, targets)
        if isfinite(self.value):
            self.last = loss
        return self.last.to(loss.device)

    def update(self) -> int:
        """Update the weights and return 1; or leave the batch out and return 0.

        Raises:
            NonFinite: Too many in a row were left out.
        """
        if isfinite(self.value) and self.changes.sound():
            self.faults.in_a_row = 0
            return 1
        gradient = of_gradients(self.model) if isfinite(self.value) else ""
        self.changes.drop()
        self.undo.back()
        self.faults.skipped += 1
        self.faults.in_a_row += 1
        log.info("a batch is left out: %s", gradient or f"its loss is {self.value}")
        if self.faults.in_a_row > self.limit:
            forward, inputs, targets = self.batch
            own, truth, _ = self.group.own(inputs, targets)
            with self.context:
                reason = gradient or culprit(self.model, forward, own, truth, self.group)
            count = self.faults.in_a_row
            raise NonFinite(f"{count} batches in a row were left out (hardware.nonfinite_limit={self.limit}): {reason}")
        return 0
