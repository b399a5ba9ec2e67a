"""Down a stair every few epochs."""

from typing import Annotated

from annotated_types import Gt, Le

from runner.schedule.warmup import risen
from runner.types import Count, Fraction


def step(
    step: int,
    total: int,
    epochs: int,
    step_size: Count = 10,
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1,
    warmup: Fraction = 0.0,
) -> float:
    """Return gamma^floor(e / step_size) in epoch e, counted from 0, times the rise.

    Equals ``torch.optim.lr_scheduler.StepLR(step_size, gamma)``, a step per epoch.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        epochs: Epochs of the run.
        step_size: Epochs from one stair to the next, counted from the beginning of the run.
        gamma: The rate of a stair, as a share of the one before.
        warmup: Share of the run that rises linearly; the stairs do not wait for its end.
    """
    epoch = step * epochs // total
    return gamma ** (epoch // step_size) * risen(step, total, warmup)
