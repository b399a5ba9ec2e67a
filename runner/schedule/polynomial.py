"""A power of the share of the run that is left."""

from math import pow

from runner.schedule.warmup import progress, rise
from runner.types import Fraction, Positive, Share


def polynomial(step: int, total: int, warmup: Fraction = 0.0, power: Positive = 2.0, final: Share = 0.0) -> float:
    """Return final + (1 - final) (1 - x)^power, x the share of the run after the warmup.

    With final = 0 it equals ``torch.optim.lr_scheduler.PolynomialLR(total_iters=total - 1, power=power)``, a step per
    update. A power of 0.9 is customary for segmentation (Chen et al., "DeepLab", arXiv 1606.00915, section 4.1).

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises linearly.
        power: 1 is a straight line; more falls early, less falls late.
        final: Last value.
    """
    rising = rise(step, total, warmup)
    if rising is not None:
        return rising
    return final + (1 - final) * pow(1 - progress(step, total, warmup), power)
