"""Half a cosine down, again and again."""

from math import cos, pi
from typing import Annotated

from annotated_types import Ge, Gt, Le

from runner.schedule.warmup import risen
from runner.types import Count, Fraction, Share


def restarts(
    step: int,
    total: int,
    epochs: int,
    cycle_length: Count = 10,
    cycle_mult: Annotated[float, Ge(1)] = 1.0,
    cycle_decay: Annotated[float, Gt(0), Le(1)] = 1.0,
    final: Share = 0.0,
    warmup: Fraction = 0.0,
) -> float:
    """Return final + (1 - final) cycle_decay^c (1 + cos(pi x)) / 2 at the share x of cycle c, times the rise.

    Equals ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(T_0=cycle_length, T_mult=cycle_mult,
    eta_min=final * lr)``, set to the epoch with its fraction before every update. The weights are best where a cycle
    ends: let the run end with one, after cycle_length (1 + cycle_mult + cycle_mult^2 ...) epochs.

    Source: Loshchilov, Hutter, "SGDR", arXiv 1608.03983, equation 5.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        epochs: Epochs of the run.
        cycle_length: Epochs of the first cycle.
        cycle_mult: Length of a cycle, as a multiple of the one before.
        cycle_decay: Height of a cycle over ``final``, as a share of the one before.
        final: Value that each cycle falls to.
        warmup: Share of the run that rises linearly; the cycles do not wait for its end.
    """
    epoch, cycle, length = step * epochs / total, 0, float(cycle_length)
    if cycle_mult == 1:
        cycle, epoch = int(epoch // length), epoch % length
    while epoch >= length:
        epoch, cycle, length = epoch - length, cycle + 1, length * cycle_mult
    height = (1 - final) * cycle_decay**cycle
    return (final + height * (1 + cos(pi * epoch / length)) / 2) * risen(step, total, warmup)
