"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import SGD
from torch.optim.optimizer import ParamsT

from runner.types import Fraction, NonNegative, Positive


def sgd(
    params: ParamsT,
    lr: Positive,
    momentum: Fraction = 0.9,
    nesterov: bool = True,
    weight_decay: NonNegative = 0.0,
) -> SGD:
    """Return torch's SGD in its fused form, a half to a third of the time of the plain one.

    Parameters that are cut into pieces (FSDP) are updated all at once instead: torch has no fused form for them.

    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        momentum: Share of the last update that is kept.
        nesterov: Look ahead along the momentum; without momentum it has no meaning and is left off.
        weight_decay: L2 penalty, added to the gradient.
    """
    first, *others = params
    one: Any = first["params"][0] if isinstance(first, dict) else first
    cut = hasattr(one, "full_tensor")
    optimizer = SGD(
        [first, *others],
        lr,
        momentum=momentum,
        nesterov=nesterov and momentum > 0,
        weight_decay=weight_decay,
        fused=not cut,
        foreach=cut,
    )
    if momentum and not cut:
        begin(optimizer)
    return optimizer


def begin(optimizer: SGD) -> None:
    """Let the momentum begin at zero, which gives the same first update.

    Torch's fused form makes room for it at the first update and fills it there, but not if a loss scale skips that
    one: what happened to lie in memory would then be momentum (``_fused_sgd``, torch 2.11 to 2.15).
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter, requires_grad=False)
