"""The same share lost in every epoch."""

from math import pow
from typing import Annotated

from annotated_types import Gt, Le

from runner.schedule.warmup import risen
from runner.types import Fraction


def exponential(
    step: int,
    total: int,
    epochs: int,
    gamma: Annotated[float, Gt(0), Le(1)] = 0.95,
    warmup: Fraction = 0.0,
) -> float:
    """Return gamma^e, e the epochs done, parts of one included, times the rise.

    Where an epoch begins it equals ``torch.optim.lr_scheduler.ExponentialLR(gamma)``, a step per epoch; in between
    it falls smoothly instead of standing still.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        epochs: Epochs of the run.
        gamma: Share of the rate that an epoch leaves.
        warmup: Share of the run that rises linearly; the fall does not wait for its end.
    """
    return pow(gamma, step * epochs / total) * risen(step, total, warmup)
