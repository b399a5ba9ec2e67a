"""A batch that takes too much memory, computed in more and smaller parts: the batch, and the result, stay."""

from __future__ import annotations

import logging

import torch
from torch import Tensor, nn

from runner.hardware.backward import Forward, Passes
from runner.hardware.exhausted import is_exhausted
from runner.hardware.faults import Faults
from runner.hardware.surprises import Setting
from runner.hardware.undo import Undo
from runner.randomness import random_state, restore_random

log = logging.getLogger(__name__)


def refuse_split(processes: int, graphs: bool, compile: Setting) -> None:
    """Refuse settings with which a batch cannot be begun anew.

    Raises:
        ValueError: One of them was chosen.
    """
    reasons = {
        f"hardware.processes={processes}": processes > 1 and "the others would wait for this one's gradients",
        "hardware.graphs=true": graphs and "a recording computes whole batches",
        f"hardware.compile={compile}": bool(compile) and "it would be compiled anew for each size",
    }
    for name, reason in reasons.items():
        if reason:
            raise ValueError(
                f"hardware.on_oom=split does not go with {name}: {reason}; choose hardware.accumulate instead"
            )


class Splitting:
    """Computes the loss of a batch and its gradient; where memory runs out, again in twice as many micro-batches.

    From then on all batches are. It is as if ``hardware.accumulate`` had been that large from this batch on: random
    numbers and the statistics of batch normalisation are those from before the attempt.

    Args:
        passes: Computes.
        model: On its device.
        faults: Where it is noted.

    Raises:
        ValueError: The model carries a state from row to row of its batches, which must stay whole.
    """

    def __init__(self, passes: Passes, model: nn.Module, faults: Faults) -> None:
        self.passes, self.model, self.faults, self.undo = passes, model, faults, Undo(model)
        self.asked = passes.accumulate
        if any(getattr(module, "stateful", True) for module in self.undo.carriers):
            raise ValueError("hardware.on_oom=split does not go with a model that carries a state from batch to batch")

    def again(self) -> None:
        """Compute in as many micro-batches as the faults say that it takes."""
        self.passes.accumulate = max([self.asked, *(split["accumulate"] for split in self.faults.splits)])

    def __call__(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, a scalar on the device, without its graph."""
        self.undo.keep()
        before, first = random_state(), self.passes.accumulate
        while True:
            try:
                loss = self.passes.accumulated(forward, inputs, targets)
                break
            except Exception as error:
                if not is_exhausted(error) or self.passes.accumulate >= len(inputs):
                    raise
            self.begin_anew(before)
            self.passes.accumulate = min(2 * self.passes.accumulate, len(inputs))
        if self.passes.accumulate > first:
            log.warning(
                "out of memory with a batch of %d: from here on it is computed in %d parts (hardware.accumulate)",
                len(inputs),
                self.passes.accumulate,
            )
            self.faults.splits = [*self.faults.splits, {"samples": len(inputs), "accumulate": self.passes.accumulate}]
        return loss

    def begin_anew(self, random: dict[str, object]) -> None:
        """Take back what an attempt has changed, and let go of its memory."""
        for parameter in self.model.parameters():
            parameter.grad = None
        self.undo.back()
        restore_random(random)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
