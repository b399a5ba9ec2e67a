"""The gradient over the root of its mean square."""

from __future__ import annotations

from torch.optim import RMSprop
from torch.optim.optimizer import ParamsT

from runner.types import Fraction, NonNegative, Positive


def rmsprop(
    params: ParamsT,
    lr: Positive,
    alpha: Fraction = 0.99,
    eps: Positive = 1e-8,
    momentum: Fraction = 0.0,
    centered: bool = False,
    weight_decay: NonNegative = 0.0,
) -> RMSprop:
    """Return torch's RMSprop, over all parameters at once: torch has no fused form of it.

    Source: Tieleman, Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012; centred: Graves, "Generating
    Sequences With Recurrent Neural Networks", arXiv 1308.0850, equations 38-45.

    Args:
        params: Parameter groups.
        lr: Learning rate.
        alpha: Decay of the running mean of the squared gradient.
        eps: Added to the denominator, after the root is taken.
        momentum: Share of the last update that is kept.
        centered: Divide by the gradient's standard deviation: the square of its mean is subtracted.
        weight_decay: L2 penalty, added to the gradient.
    """
    return RMSprop(
        params,
        lr,
        alpha=alpha,
        eps=eps,
        momentum=momentum,
        centered=centered,
        weight_decay=weight_decay,
        foreach=True,
    )
