"""Down a stair at the epochs that are named."""

from typing import Annotated

from annotated_types import Gt, Le

from runner.schedule.warmup import risen
from runner.types import Count, Fraction


def multistep(
    step: int,
    total: int,
    epochs: int,
    milestones: list[Count],
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1,
    warmup: Fraction = 0.0,
) -> float:
    """Return gamma^n once n of the milestones are reached, times the rise.

    Equals ``torch.optim.lr_scheduler.MultiStepLR(milestones, gamma)``, a step per epoch. He et al., arXiv 1512.03385,
    trained residual networks so.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        epochs: Epochs of the run.
        milestones: Epochs done when a stair is taken; those beyond the run's end are never reached.
        gamma: The rate of a stair, as a share of the one before.
        warmup: Share of the run that rises linearly; the stairs do not wait for its end.
    """
    epoch = step * epochs // total
    return gamma ** sum(milestone <= epoch for milestone in milestones) * risen(step, total, warmup)
