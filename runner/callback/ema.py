"""An exponential moving average of the weights."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from runner.callback.base import Callback
from runner.types import Fraction

if TYPE_CHECKING:
    from runner.loop import Run


class EMA(Callback):
    """Evaluate, and keep as best, an exponential moving average of the weights: a += (1 - decay) (w - a).

    Source: Polyak, Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; the warmup, decay
    min(decay, (1 + n) / (10 + n)) at update n, as in TensorFlow's moving averages. Buffers (the statistics of batch
    normalisation) are copied.

    Args:
        decay: Share of the average that is kept at an update.
        warmup: Keep less at first, so that the random start is forgotten.
    """

    needs_whole = True

    def __init__(self, decay: Fraction = 0.999, warmup: bool = True) -> None:
        self.decay, self.warmup = decay, warmup
        self.updates = 0

    def start(self, run: Run) -> None:
        links = [value for module in run.model.modules() for value in vars(module).values()]
        groups = {id(value): value for value in links if isinstance(value, torch.distributed.ProcessGroup)}
        self.average = deepcopy(run.model, groups).requires_grad_(False)  # a connection has no copy
        for module in self.average.modules():
            if isinstance(module, nn.RNNBase):
                module.flatten_parameters()  # a copy's weights lie apart, which cuDNN would mend at each call
        self.weights = [parameter.data for parameter in self.average.parameters()]
        self.source = [parameter.data for parameter in run.model.parameters()]
        self.buffers = list(zip(self.average.buffers(), run.model.buffers(), strict=True))
        run.evaluated = self.average

    @torch.no_grad()
    def step(self, run: Run) -> None:
        """Move the average; one fused call for all weights."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates)) if self.warmup else self.decay
        self.updates += 1
        torch._foreach_lerp_(self.weights, self.source, 1 - decay)
        for average, buffer in self.buffers:
            average.copy_(buffer)

    def state_dict(self) -> dict[str, Any]:
        return {"updates": self.updates, "average": self.average.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.updates = state["updates"]
        self.average.load_state_dict(state["average"])
