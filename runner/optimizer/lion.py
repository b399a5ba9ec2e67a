"""Lion: updates of one size, the sign of an average of gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from runner.types import Betas, NonNegative, Positive


def lion(
    params: ParamsT,
    lr: Positive,
    betas: Betas | None = None,
    weight_decay: NonNegative = 0.1,
) -> Lion:
    """Return Lion. It keeps one number per weight where Adam keeps two.

    Every weight moves by the rate itself, so the rate is 3 to 10 times smaller than AdamW's and the decay as many
    times larger (section 5 of the paper).

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", arXiv 2302.06675, algorithm 2.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        betas: Share of the average in the update's direction, and decay of the average; [0.9, 0.99] unless told.
        weight_decay: Pull to zero per update, times the learning rate.

    Raises:
        ValueError: There are not two betas.
    """
    first, second = betas or (0.9, 0.99)
    return Lion(params, lr, (first, second), weight_decay)


class Lion(Optimizer):
    """u = sign(b1 m + (1 - b1) g);  w <- w - lr (u + decay w);  m <- b2 m + (1 - b2) g.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        betas: b1 and b2.
        weight_decay: Decay.
    """

    def __init__(self, params: ParamsT, lr: float, betas: tuple[float, float], weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every weight that has a gradient; return the closure's loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self._update(group, weights)
        return loss

    def _update(self, group: dict[str, Any], weights: list[Tensor]) -> None:
        lr, (first, second) = group["lr"], group["betas"]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        averages = list(self._averages(weights))
        updates = torch._foreach_lerp(averages, gradients, 1 - first)
        torch._foreach_sign_(updates)
        torch._foreach_mul_(weights, 1 - lr * group["weight_decay"])
        torch._foreach_add_(weights, updates, alpha=-lr)
        torch._foreach_lerp_(averages, gradients, 1 - second)

    def _averages(self, weights: Iterable[Tensor]) -> Iterable[Tensor]:
        for weight in weights:
            state = self.state[weight]
            if not state:
                state["average"] = torch.zeros_like(weight, memory_format=torch.preserve_format)
            yield state["average"]
