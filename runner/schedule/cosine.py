"""Half a cosine down."""

from math import cos, pi

from runner.schedule.warmup import progress, rise
from runner.types import Fraction, Share


def cosine(step: int, total: int, warmup: Fraction = 0.0, final: Share = 0.0) -> float:
    """Return final + (1 - final) (1 + cos(pi x)) / 2, x the share of the run after the warmup.

    Source: Loshchilov, Hutter, "SGDR", arXiv 1608.03983, equation 5, without restarts.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises linearly.
        final: Last value.
    """
    rising = rise(step, total, warmup)
    if rising is not None:
        return rising
    return final + (1 - final) * (1 + cos(pi * progress(step, total, warmup))) / 2
