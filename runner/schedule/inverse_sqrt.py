"""Up, then down with the root of the time: a curve that does not ask how long the run is."""

from math import sqrt

from runner.schedule.warmup import rise
from runner.types import Fraction


def inverse_sqrt(step: int, total: int, warmup: Fraction = 0.1) -> float:
    """Return sqrt(w / s) from update w on, after a linear rise to 1; s and w are counted from 1.

    Source: Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, equation 3, divided by its maximum:
    the rate at the top is the optimizer's.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises linearly; its end is w, and the shorter it is the sooner the rate falls.
    """
    rising = rise(step, total, warmup)
    return sqrt((warmup * total + 1) / (step + 1)) if rising is None else rising
