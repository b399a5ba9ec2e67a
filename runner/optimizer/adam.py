"""Adam, its weight decay an L2 penalty."""

from __future__ import annotations

from torch.optim import Adam
from torch.optim.optimizer import ParamsT

from runner.types import Betas, NonNegative, Positive


def adam(
    params: ParamsT,
    lr: Positive,
    betas: Betas | None = None,
    eps: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
) -> Adam:
    """Return torch's Adam in its fused form; ``adamw`` is the same with a decay that the gradient's size leaves alone.

    Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", arXiv 1412.6980, algorithm 1.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        betas: Decay of the running mean of the gradient and of its square; [0.9, 0.999] unless told.
        eps: Added to the denominator.
        weight_decay: L2 penalty, added to the gradient and so divided by its size.

    Raises:
        ValueError: There are not two betas.
    """
    first, second = betas or (0.9, 0.999)
    return Adam(params, lr, betas=(first, second), eps=eps, weight_decay=weight_decay, fused=True)
