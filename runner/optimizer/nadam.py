"""Adam with Nesterov's momentum."""

from __future__ import annotations

from torch.optim import NAdam
from torch.optim.optimizer import ParamsT

from runner.types import Betas, NonNegative, Positive


def nadam(
    params: ParamsT,
    lr: Positive,
    betas: Betas | None = None,
    eps: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
    momentum_decay: NonNegative = 4e-3,
    decoupled_weight_decay: bool = False,
) -> NAdam:
    """Return torch's NAdam, over all parameters at once: torch has no fused form of it.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam", ICLR 2016 workshop.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        betas: Decay of the running mean of the gradient and of its square; [0.9, 0.999] unless told.
        eps: Added to the denominator.
        weight_decay: Pull to zero, in the manner that ``decoupled_weight_decay`` says.
        momentum_decay: How fast the momentum of update t approaches the first beta: by 1 - 0.96^(t x this) / 2.
        decoupled_weight_decay: Decay the weights as AdamW does, instead of adding an L2 penalty to the gradient.

    Raises:
        ValueError: There are not two betas.
    """
    first, second = betas or (0.9, 0.999)
    return NAdam(
        params,
        lr,
        betas=(first, second),
        eps=eps,
        weight_decay=weight_decay,
        momentum_decay=momentum_decay,
        decoupled_weight_decay=decoupled_weight_decay,
        foreach=True,
    )
